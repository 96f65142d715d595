"""Finds the words of ``words.toml`` in the files of the tree and says what to write instead.

``words.py`` prints ``file:line:column`` of each and ends with 1 when there is one;
``words.py --count`` prints how many there are per package and ends with 0.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

DOCS = Path(__file__).resolve().parent
LIST = DOCS / "words.toml"

#: What may stand between two words of a phrase: blanks, a line break with the comment sign of the
#: next line, or the seam between two string literals.
_GAP = r"(?:\s+(?:\#:?\s+)?|\s*[\"']\s+f?[\"']\s*)"


@dataclass(frozen=True)
class Match:
    """A forbidden phrase in a text; line and column count from 1."""

    line: int
    column: int
    found: str
    instead: str


@dataclass(frozen=True)
class Rule:
    """One entry of the list."""

    pattern: re.Pattern[str]
    instead: str
    #: Texts of which the pattern needs one, in small letters; they are much faster to find.
    needles: tuple[str, ...] = ("",)


class WordList:
    """The forbidden phrases, names and modules."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take the tables of ``words.toml``."""
        self._rules = (
            *(_phrase(old, new) for old, new in data.get("phrases", {}).items()),
            *(_name(old, new) for old, new in data.get("names", {}).items()),
            *(_module(old, new) for old, new in data.get("modules", {}).items()),
        )
        self._exempt: tuple[str, ...] = tuple(data.get("exempt", ()))

    def is_exempt(self, path: str) -> bool:
        """Whether ``path`` (relative, with slashes) fits one of the exempt patterns."""
        return any(PurePosixPath(path).match(pattern) for pattern in self._exempt)

    def matches(self, text: str) -> list[Match]:
        """Return every forbidden phrase of ``text`` in order."""
        lowered = text.lower()
        found = [
            (match.start(), match.group(), rule.instead)
            for rule in self._rules
            if any(needle in lowered for needle in rule.needles)
            for match in rule.pattern.finditer(text)
        ]
        return [
            Match(
                text.count("\n", 0, start) + 1,
                start - text.rfind("\n", 0, start),
                " ".join(phrase.split()),
                instead,
            )
            for start, phrase, instead in sorted(found)
        ]


def _phrase(phrase: str, instead: str) -> Rule:
    """Match whole words in any case; ``re:`` begins a regular expression."""
    if phrase.startswith("re:"):
        return Rule(re.compile(phrase.removeprefix("re:"), re.IGNORECASE), instead)
    words = phrase.split()
    pattern = _GAP.join(re.escape(word) for word in words)
    needles = (max(words, key=len).lower(),)
    return Rule(re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE), instead, needles)


def _name(name: str, instead: str) -> Rule:
    return Rule(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), instead, (name.lower(),))


def _module(module: str, instead: str) -> Rule:
    """Match the dotted name below ``worldtree``, and the path of the file."""
    dotted = re.escape(f"worldtree.{module}")
    path = re.escape(module.replace(".", "/"))
    below = r"(?:(?:compiler/)?worldtree/)" + ("?" if "." in module else "")
    pattern = rf"(?<!\w){dotted}(?!\w)|(?<![\w/]){below}{path}\.py(?!\w)"
    needles = (f"worldtree.{module}", f"{module.replace('.', '/')}.py")
    return Rule(re.compile(pattern), instead, needles)


def load(file: Path = LIST) -> WordList:
    """Read the list."""
    return WordList(tomllib.loads(file.read_text(encoding="utf-8")))


def tree_texts(root: Path, words: WordList) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of the text files that are neither ignored by git nor exempt.

    A new file is checked before it is added.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True)
    for path in listed.stdout.decode().split("\0"):
        file = root / path
        if not path or words.is_exempt(path) or file.is_symlink() or not file.is_file():
            continue
        data = file.read_bytes()
        if b"\0" not in data:
            yield path, data.decode(errors="replace")


def package(path: str) -> str:
    """Return the package that ``path`` belongs to, e.g. ``compiler/worldtree/engine``."""
    parts = path.split("/")
    depth = 3 if path.startswith("compiler/worldtree/") else 2
    return "/".join(parts[: min(depth + (parts[:2] == ["tests", "unit"]), len(parts) - 1)]) or "."


def main(arguments: Iterable[str], root: Path = DOCS.parent) -> int:
    """Check the files below ``root``; return the exit code."""
    words = load()
    counts: Counter[str] = Counter()
    counting = "--count" in arguments
    for path, text in tree_texts(root, words):
        for match in words.matches(text):
            counts[package(path)] += 1
            if not counting:
                place = f"{path}:{match.line}:{match.column}"
                print(f"{place}: `{match.found}`: write {match.instead}")
    if counting:
        for name, count in sorted(counts.items()):
            print(f"{count:6} {name}")
    print(f"{counts.total()} words to replace, see docs/style.md", file=sys.stderr)
    return 0 if counting or not counts else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
