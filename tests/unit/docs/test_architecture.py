"""docs/ names modules that exist; the architecture shows the layers that are enforced."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "compiler" / "worldtree"
#: The page on style shows names of before on purpose.
PAGES = sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "style.md")
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
#: A path with at least one directory, perhaps with a name in it: ``app/service.py:Application``.
_FILE = re.compile(r"(?<![\w./-])((?:[\w.-]+/)+\w+\.py)(?::([A-Za-z_]\w*))?")
#: A directory in backticks, as ``spec/checks/``.
_DIRECTORY = re.compile(r"`((?:[\w.-]+/)+)`")


def layers() -> list[str]:
    """The first contract of import-linter, top down."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = config["tool"]["importlinter"]["contracts"][0]
    return list(contract["layers"])


def places(path: str) -> Iterator[Path]:
    """Where ``path`` may be: below the package, or below the root.

    ``NAME`` stands for any name.
    """
    for base in (PACKAGE, ROOT):
        yield from base.glob(path.replace("NAME", "*"))


def unknown_files(text: str) -> list[str]:
    """Every file that ``text`` names and that does not exist, or lacks the name behind it."""
    wrong = []
    for path, name in _FILE.findall(text):
        file = next((place for place in places(path) if place.is_file()), None)
        if file is None:
            wrong.append(path)
        elif name and not re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")):
            wrong.append(f"{path}:{name}")
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_named_module_exists(page: Path) -> None:
    """So does a function or class that is named behind it."""
    assert unknown_files(page.read_text(encoding="utf-8")) == []


def test_a_module_that_moved_is_noticed() -> None:
    text = "`engine/nowhere.py`, `app/service.py:Nobody`, `app/service.py:Application`"
    assert unknown_files(text) == ["engine/nowhere.py", "app/service.py:Nobody"]


@pytest.mark.parametrize(
    "page", [ROOT / "docs" / "architecture.md", *READMES], ids=lambda page: page.name
)
def test_every_named_directory_exists(page: Path) -> None:
    named = _DIRECTORY.findall(page.read_text(encoding="utf-8"))
    assert len(named) > 5
    assert [one for one in named if not any(place.is_dir() for place in places(one))] == []


def test_the_layers_shown_are_those_that_are_checked() -> None:
    """The block of the architecture is the first contract of import-linter."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = re.search(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    assert block[1].splitlines() == layers()


def test_every_package_has_a_line_in_the_table() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    shown = {name.partition("/")[0] for cell in cells for name in re.findall(r"`([\w/]+)/`", cell)}
    packages = {name.strip() for layer in layers() for name in layer.split("|")}
    assert packages - shown == set()
