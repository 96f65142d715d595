"""The word list: what it finds, where, and what it leaves alone."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from unit.docs.scripts import load_script

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def words() -> ModuleType:
    return load_script("words")


DATA = {
    "phrases": {"half characters": "surrogates", r"re:\bis\s+told\b": "is reported"},
    "names": {"go_on": "remaining_units"},
    "modules": {"engine.ledger": "engine.task_progress", "errors": "core.errors"},
    "exempt": ["docs/words.toml", "*.svg"],
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\n  Half characters", [(2, 3, "Half characters", "surrogates")]),
        ("no half\n    # characters here", [(1, 4, "half # characters", "surrogates")]),
        ('f("half "\n  "characters")', [(1, 4, 'half " "characters', "surrogates")]),
        ("who is told what", [(1, 5, "is told", "is reported")]),
        ("go_on(x)", [(1, 1, "go_on", "remaining_units")]),
        ("worldtree.engine.ledger", [(1, 1, "worldtree.engine.ledger", "engine.task_progress")]),
        ("see `engine/ledger.py`", [(1, 6, "engine/ledger.py", "engine.task_progress")]),
        ("worldtree/errors.py", [(1, 1, "worldtree/errors.py", "core.errors")]),
        ("cargo_on, Go_On, behalf characters", []),
        ("secrets/errors.py, worldtree.errors_of", []),
    ],
)
def test_a_forbidden_phrase_is_found_at_its_place(
    words: ModuleType, text: str, found: list[tuple[int, int, str, str]]
) -> None:
    """Across line breaks, comment signs and adjacent string literals too."""
    matches = words.WordList(DATA).matches(text)
    assert [(m.line, m.column, m.found, m.instead) for m in matches] == found


def test_new_files_are_read_and_ignored_or_exempt_ones_are_not(
    words: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("docs/words.toml", "docs/a.md", "b.svg", "new.md", "ignored.md"):
        (tmp_path / name).write_text("go_on")
    (tmp_path / "binary").write_bytes(b"go_on\0")
    (tmp_path / ".gitignore").write_text("ignored.md\n.gitignore\n")
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "docs", "b.svg", "binary"], check=True)
    found = words.tree_texts(tmp_path, words.WordList(DATA))
    assert sorted(found) == [("docs/a.md", "go_on"), ("new.md", "go_on")]


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("compiler/worldtree/engine/scheduling/chains.py", "compiler/worldtree/engine"),
        ("tests/unit/engine/test_chains.py", "tests/unit/engine"),
        ("tests/lab/power.py", "tests/lab"),
        ("docs/cli.md", "docs"),
        ("README.md", "."),
    ],
)
def test_counts_are_per_package(words: ModuleType, path: str, package: str) -> None:
    assert words.package(path) == package


def test_the_list_itself_is_valid(words: ModuleType) -> None:
    """Every entry compiles and finds itself."""
    wanted = words.load()
    assert wanted.is_exempt("docs/adr/0001-x.md")
    assert [m.instead for m in wanted.matches("a knot in worldtree.engine.ledger")] == [
        "cycle, or strongly connected component",
        "engine.scheduling.task_progress",
    ]
