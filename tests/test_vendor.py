"""What static/vendor/ holds is what its manifest says, licensed, and what the pages use."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_each_vendored_file_has_the_hash_of_the_manifest() -> None:
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == MANIFEST["files"]


def test_each_package_is_pinned_and_its_license_is_there() -> None:
    licenses = (VENDOR / "LICENSES.txt").read_text()
    for name, version in MANIFEST["packages"].items():
        assert f"{name} {version}\n" in licenses
    pins = json.loads((ROOT / "frontend" / "package.json").read_text())["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())


def test_the_sprite_has_every_icon_that_the_pages_name() -> None:
    sprite = (VENDOR / "icons" / "sprite.svg").read_text()
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert named_icons() <= there


def named_icons() -> set[str]:
    """Icon names in templates (the tag, and icon_name in includes) and in Python (icon=)."""
    names: set[str] = set()
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        names.update(re.findall(r'{% icon "([^"]+)"', text))
        names.update(re.findall(r'icon_name="([^"]+)"', text))
    for module in (ROOT / "apps_admin").rglob("*.py"):
        names.update(re.findall(r'\bicon(?:=|": )"([a-z0-9-]+)"', module.read_text()))
    return names


def test_no_template_has_inline_style_or_handler() -> None:
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle\s*=", text), template
        assert not re.search(r"\son[a-z]+\s*=\s*[\"'{]", text), template
        assert "hx-on" not in text, template


# Names that scripts, tests or Django look for; they have no look of their own.
HOOKS = {"no-script", "icon", "errorlist"}


def test_every_class_of_the_pages_has_a_rule() -> None:
    """Tabler is vendored in parts, so a class of its others would do nothing."""
    sheets = [*(ROOT / "static" / "css").rglob("*.css"), VENDOR / "tabler" / "tabler.css"]
    ruled = {
        name for sheet in sheets for name in re.findall(r"\.(-?[a-zA-Z][\w-]*)", sheet.read_text())
    }
    for template in (ROOT / "templates").rglob("*.html"):
        for given in re.findall(r'class="([^"]*)"', template.read_text()):
            plain = re.sub(r"[\w-]*({%.*?%}|{{.*?}})[\w-]*", " ", given)
            assert set(plain.split()) <= ruled | HOOKS, template
