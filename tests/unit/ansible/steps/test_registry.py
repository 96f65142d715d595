"""Kinds are found by entry point, the built-in ones too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from worldtree.ansible.steps import StepKind, kinds, registry


@dataclass(frozen=True)
class _Entry:
    name: str
    value: str
    loads: Any

    def load(self) -> Any:
        return self.loads


@pytest.fixture
def _uncached() -> Iterator[None]:
    kinds.cache_clear()
    yield
    kinds.cache_clear()


def _install(monkeypatch: pytest.MonkeyPatch, *loads: Any) -> None:
    entries = [_Entry(f"e{i}", f"pkg:{i}", item) for i, item in enumerate(loads)]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries if group else [])


def test_the_built_in_kinds_come_through_the_same_door() -> None:
    wanted = "assert command copy directory fetch file package pause render script service sysctl"
    assert {*wanted.split(), "unarchive", "user", "wait", "facts"} <= set(kinds())


@pytest.mark.parametrize("kind", list(kinds().values()), ids=lambda kind: kind.name)
def test_every_parameter_is_described(kind: StepKind[Any]) -> None:
    """`wt explain` and the schema have something to say of each."""
    assert kind.summary.endswith(".")
    properties = kind.params.model_json_schema()["properties"]
    assert [name for name, item in properties.items() if "description" not in item] == []


@pytest.mark.usefixtures("_uncached")
def test_another_package_adds_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, replace(kinds()["pause"], name="rest"))
    kinds.cache_clear()
    assert list(kinds()) == ["rest"]


@pytest.mark.usefixtures("_uncached")
def test_a_name_given_twice_or_reserved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pause = kinds()["pause"]
    for loads, why in (
        ((pause, pause), "registered twice"),
        ((replace(pause, name="role"),), "reserved name"),
    ):
        kinds.cache_clear()
        _install(monkeypatch, *loads)
        with pytest.raises(ValueError, match=why):
            kinds()


@pytest.mark.usefixtures("_uncached")
def test_what_is_no_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds.cache_clear()
    _install(monkeypatch, "pause")
    with pytest.raises(TypeError, match="not a StepKind"):
        kinds()
