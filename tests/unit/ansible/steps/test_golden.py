"""Each file of tests/golden/steps holds cases of one kind: a title, a step, the plays of it.

A new case is a title and a step; `make golden` (``WORLDTREE_UPDATE_GOLDEN=1``) writes the rest.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from unit.ansible.bundles import node, plan
from worldtree.ansible.bundle.lower import CalledRole, lower
from worldtree.ansible.model.yaml_writer import dump
from worldtree.ansible.steps import kinds

GOLDEN = Path(__file__).parents[3] / "golden" / "steps"
FILES = sorted(GOLDEN.glob("*.txt"))


def _cases(file: Path) -> list[tuple[str, str]]:
    """Return (title, text of the step) of each case, without what is expected."""
    parts = re.split(r"^=== (.+)\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    texts = (re.split(r"^--- ", part, flags=re.MULTILINE)[0] for part in parts[1::2])
    return list(zip(parts[::2], texts, strict=True))


def _no_role(_node: object) -> CalledRole:
    raise AssertionError


def _rendered(file: Path) -> str:
    blocks = []
    for title, text in _cases(file):
        fields = yaml.safe_load(text)
        if "tags" in fields:
            fields["tags"] = tuple(fields["tags"])
        step = node("step", file.stem, fields.pop("params"), **fields)
        lowered = lower(plan([step]), _no_role, kinds())
        block = f"=== {title}\n{text.rstrip()}\n--- {step.reversibility}: play\n"
        block += dump([lowered.plays[step.id].data()]).removeprefix("---\n")
        if step.id in lowered.rollbacks:
            block += "--- rollback\n"
            block += dump([lowered.rollbacks[step.id].data()]).removeprefix("---\n")
        blocks.append(block)
    return "\n".join(blocks)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_steps_become_the_plays_of_their_golden_file(file: Path) -> None:
    """A step of each kind is lowered to exactly the reviewed tasks and rollback."""
    rendered = _rendered(file)
    if os.environ.get("WORLDTREE_UPDATE_GOLDEN"):
        file.write_text(rendered, encoding="utf-8")
    assert rendered == file.read_text(encoding="utf-8")


def test_every_kind_has_golden_cases() -> None:
    """No kind is without a reviewed example."""
    assert {file.stem for file in FILES} == set(kinds())
