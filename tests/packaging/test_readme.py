"""The READMEs are correct: their commands work, and both languages agree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
LANGUAGES = [README, ROOT / "README.zh-CN.md"]
EXAMPLES = sorted(path.parent for path in (ROOT / "inventory-examples").glob("*/cluster.yaml"))

#: Patterns of text that varies between runs and tool versions -> placeholder.
_VARYING = (
    (r"\d{8}-\d{6}-[0-9a-f]{6}", "TASK"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "DATE"),
    (r"\b\d\d:\d\d:\d\d\b", "CLOCK"),
    (r"\b(\d+m)?\d+(\.\d+)?s\b", "TIME"),
    (r"\b[0-9a-f]{12}\b", "DIGEST"),
    (r" +", " "),
)


def blocks(file: Path, language: str = r"\w*") -> list[str]:
    """The code blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", file.read_text(), re.M | re.S)


def commands() -> list[tuple[str, str]]:
    """Each command of the README with the output shown below it."""
    found = []
    for block in blocks(README, "console"):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def plain(text: str) -> str:
    """Text with the varying parts replaced."""
    for pattern, word in _VARYING:
        text = re.sub(pattern, word, text)
    return "\n".join(line.strip() for line in text.splitlines())


def test_the_tour_does_what_it_shows(tmp_path: Path) -> None:
    """Every command, in order, in an empty directory, prints what the README says it prints."""
    own = {"WORLDTREE_HOME": str(tmp_path / "state"), "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    place = tmp_path / "tour"
    place.mkdir()
    for command, shown in commands():
        done = subprocess.run(
            ["sh", "-c", f"exec 2>&1; {command}"],
            cwd=place,
            env={**os.environ, **own, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        said = plain(done.stdout.replace(str(place), "/tmp/tour"))
        pattern = re.escape(plain(shown)).replace("…", ".*")
        assert re.fullmatch(pattern, said, re.S), f"$ {command}\n{done.stdout}"


def test_both_languages_agree() -> None:
    """As many headings of each level, the same code, also in tables, the same links to pages."""
    first, second = (file.read_text() for file in LANGUAGES)
    assert blocks(LANGUAGES[0]) == blocks(LANGUAGES[1])
    assert re.findall(r"^#+", first, re.M) == re.findall(r"^#+", second, re.M)
    tables = [
        [re.findall(r"`([^`]+)`", row) for row in re.findall(r"^\| .*", text, re.M)]
        for text in (first, second)
    ]
    assert tables[0] == tables[1]
    links = [
        set(re.findall(r"\]\(([^)]+)\)", text)) - {f.name for f in LANGUAGES}
        for text in (first, second)
    ]
    assert links[0] == links[1]


@pytest.mark.parametrize("file", LANGUAGES, ids=lambda file: file.name)
def test_links_have_a_target(file: Path) -> None:
    """Every relative link is a file or directory."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text())
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("file", LANGUAGES, ids=lambda file: file.name)
def test_every_named_target_exists(file: Path) -> None:
    """Each `make` target that a README names is one."""
    named = set(re.findall(r"\bmake ([a-z-]+)", file.read_text()))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert named - targets == set()


def test_every_example_says_what_it_is() -> None:
    """Each example has a README."""
    assert [path.name for path in EXAMPLES if not (path / "README.md").is_file()] == []
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_compiles(example: Path, tmp_path: Path) -> None:
    """Each example is valid and becomes a bundle."""
    wt = Path(sys.executable).parent / "wt"
    done = subprocess.run(
        [wt, "compile", "-f", example / "cluster.yaml", "--dir", tmp_path / "bundle"],
        env={**os.environ, "WORLDTREE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bundle/site.yml").is_file()
