"""Kinds are found by entry point, the built-in ones too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.plugins.packages import installed, write_package
from worldtree.ansible.steps import StepKind, kinds, loaded_kinds

MODULE = """
from dataclasses import replace
from worldtree.ansible.steps.pause import KIND as PAUSE

REST = replace(PAUSE, name="rest")
RESERVED = replace(PAUSE, name="role")
TAKEN = PAUSE
TEXT = "pause"
"""


def test_the_built_in_kinds_are_found_by_entry_point() -> None:
    wanted = "assert command copy directory fetch file package pause render script service sysctl"
    assert {*wanted.split(), "unarchive", "user", "wait", "facts"} <= set(kinds())
    assert loaded_kinds().broken == ()


@pytest.mark.parametrize("kind", list(kinds().values()), ids=lambda kind: kind.name)
def test_every_parameter_is_described(kind: StepKind[Any]) -> None:
    """`wt explain` and the schema have something to say of each."""
    assert kind.summary.endswith(".")
    properties = kind.params.model_json_schema()["properties"]
    assert [name for name, item in properties.items() if "description" not in item] == []


def test_another_package_adds_a_kind_and_its_broken_ones_are_left_out(tmp_path: Path) -> None:
    points = {name: f"resting:{name.upper()}" for name in ("rest", "reserved", "taken", "text")}
    write_package(tmp_path, "resting", {"resting.py": MODULE}, {"worldtree.steps": points})
    before = dict(kinds())
    with installed(tmp_path):
        assert set(kinds()) - set(before) == {"rest"}
        assert {one.name: one.fault.name for one in loaded_kinds().broken} == {
            "reserved": "DUPLICATE",
            "taken": "DUPLICATE",
            "text": "TYPE",
        }
    assert dict(kinds()) == before
