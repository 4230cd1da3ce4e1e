"""Timing, ratios and the table they are written to."""

from __future__ import annotations

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

REPORT = Path(__file__).parents[2] / "docs" / "performance.md"
WARM_UP = 5


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured line: what the console took, what bare boto3 took, and what was aimed at."""

    what: str
    ours: str
    bare: str = ""
    ratio: str = ""
    aim: str = ""
    is_met: bool | None = None

    @property
    def line(self) -> str:
        """Its line of the table."""
        met = {None: "", True: "yes", False: "**no**"}[self.is_met]
        return f"| {self.what} | {self.ours} | {self.bare} | {self.ratio} | {self.aim} | {met} |"


def milliseconds(call: Callable[[], object], *, count: int) -> list[float]:
    """How long each of `count` calls took, after a warm-up that is thrown away."""
    for _ in range(WARM_UP):
        call()
    times = []
    for _ in range(count):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return times


def peak_megabytes() -> float:
    """The most memory this process had resident since it began.

    Not `ru_maxrss`: on Linux that begins with what the process had that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def quantile(times: Sequence[float], share: float) -> float:
    """The time that `share` of the calls did not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def compared(what: str, ours: Sequence[float], bare: Sequence[float], *, at_most: float) -> Figure:
    """A figure of medians: the console's time as a multiple of the bare calls'."""
    mine, theirs = statistics.median(ours), statistics.median(bare)
    ratio = mine / theirs
    return Figure(
        what=what,
        ours=f"{mine:.1f} ms (p95 {quantile(ours, 0.95):.1f})",
        bare=f"{theirs:.1f} ms (p95 {quantile(bare, 0.95):.1f})",
        ratio=f"{ratio:.2f}x",
        aim=f"≤ {at_most:g}x",
        is_met=ratio <= at_most,
    )


def machine() -> str:
    """What the figures were measured on."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())
        model = named.group(1).strip() if named else model
    return (
        f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def write_section(topic: str, figures: Sequence[Figure]) -> str:
    """Put the figures of one topic into the report, in the place of those of the last run."""
    rows = [
        "| What | Console | Bare boto3 | Ratio | Aim | Met |",
        "| --- | --- | --- | --- | --- | --- |",
        *(figure.line for figure in figures),
        "",
        f"Measured on {machine()}.",
    ]
    section = "\n".join(rows)
    start, end = f"<!-- bench:{topic} -->", f"<!-- /bench:{topic} -->"
    text = REPORT.read_text()
    before, found, rest = text.partition(start)
    if not found:
        raise SystemExit(f"{REPORT} has no place for {topic!r}: add {start} and {end}")
    after = rest.partition(end)[2]
    REPORT.write_text(f"{before}{start}\n{section}\n{end}{after}")
    return section
