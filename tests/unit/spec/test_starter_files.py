"""Starter documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.ansible import steps as step_kinds
from worldtree.core.errors import DiagnosticBag
from worldtree.spec import starter_files as starter_module
from worldtree.spec.analysis import resolve_checked, validate_checked
from worldtree.spec.load import load_file
from worldtree.spec.starter_files import STARTERS, starter_files
from worldtree.spec.validate import steps

COMPONENTS = ("etcd", "loadbalancer", "nginx")


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_right_as_it_is(name: str, tmp_path: Path) -> None:
    """Nothing is said about it, in a directory whose name needs care."""
    home = tmp_path / 'a "b" {c}'
    for relative, text in starter_files(name, home).items():
        file = home / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (loaded,) = load_file(home / "cluster.yaml")
    bag = DiagnosticBag()
    model = validate_checked(loaded, bag, components=COMPONENTS).model
    assert model is not None
    found = resolve_checked(
        model, loaded, bag, components=COMPONENTS, normalise=step_kinds.normalise
    )
    for path, kind, params in steps(model):
        bag.extend(step_kinds.check(kind, params, (*path, kind)))
    assert bag.items == []
    if "run_dir" in found.vars:
        assert found.vars["run_dir"] == str(home / "run")


def test_quickstart_and_roles_need_no_other_machine_and_no_root() -> None:
    """They run as they are."""
    for name in ("quickstart", "roles"):
        text = starter_files(name, Path("/x"))["cluster.yaml"]
        assert "connection: local" in text
        assert "become: true" not in text


def test_every_starter_is_commented_and_offered() -> None:
    """Files and offers are the same set."""
    home = Path(starter_module.__file__).parent / "starters"
    assert {file.stem for file in home.glob("*.yaml")} == set(STARTERS)
    for name in STARTERS:
        assert starter_files(name, Path("/x"))["cluster.yaml"].startswith("# ")
    with pytest.raises(KeyError):
        starter_files("none", Path("/x"))
