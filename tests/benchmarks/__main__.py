"""`make bench [TOPIC=pages]`: run the benchmarks and write their tables into docs/performance.md."""

from __future__ import annotations

import importlib
import subprocess
import sys

import django

TOPICS = ("pages", "doctor", "bulk", "audit", "api")


def main(wanted: list[str]) -> None:
    """Run the topics named, or all of them, each in a process of its own: memory is measured too."""
    if len(wanted) != 1:
        for topic in wanted or TOPICS:
            subprocess.run([sys.executable, "-m", "tests.benchmarks", topic], check=True)
        return
    django.setup()
    from tests.benchmarks.measure import write_section

    (topic,) = wanted
    module = importlib.import_module(f"tests.benchmarks.{topic}")
    sys.stdout.write(f"\n{topic}\n{write_section(topic, module.run())}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
