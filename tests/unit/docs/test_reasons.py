"""Every waiver has a reason next to it: of tool checks, of task failures, broad excepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
#: Files whose waivers still lack a reason; add none.
_EXEMPT = {"compiler/worldtree/store/prune.py"}
_PYTHON = re.compile(r"# noqa|# type: ?ignore|# nosec|except (Base)?Exception\b|except:")
_YAML = re.compile(r"# noqa|\bignore_errors:|\bfailed_when:|\bignore_unreachable:")
#: The waiver itself; the rest of the comment is the reason.
_WAIVER = re.compile(
    r"noqa(: ?[\w\[\], -]*?\b[A-Z]+\d+|: ?[a-z-]+\[[a-z-]+\])?|type: ?ignore(\[[^\]]*\])?"
)


def waivers() -> Iterator[tuple[str, list[str]]]:
    """Yield the place of each waiver, and the comments on its line and the lines around it."""
    for pattern, found in (
        (_PYTHON, [*ROOT.glob("compiler/**/*.py"), *ROOT.glob("collections/**/*.py")]),
        (_YAML, [*ROOT.glob("roles/**/*.yml"), *ROOT.glob("collections/**/*.yml")]),
    ):
        for file in sorted(found):
            lines = file.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines):
                if pattern.search(line) and not line.lstrip().startswith("#"):
                    near = lines[max(0, number - 2) : number] + lines[number + 1 : number + 2]
                    own = [x for x in near if x.lstrip().startswith("#")]
                    comment = line.partition("#")[2] if "#" in line else ""
                    yield f"{file.relative_to(ROOT)}:{number + 1}", [comment, *own]


def test_every_waiver_has_a_reason() -> None:
    bare = [
        place
        for place, comments in waivers()
        if not any(len(re.findall(r"[A-Za-z]{2,}", _WAIVER.sub("", c))) >= 2 for c in comments)
    ]
    assert [place for place in bare if place.partition(":")[0] not in _EXEMPT] == []
