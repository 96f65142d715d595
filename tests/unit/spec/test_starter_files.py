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

COMPONENTS = ("etcd", "loadbalancer", "nginx")


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_has_no_problems(name: str, tmp_path: Path) -> None:
    """In a directory whose name needs quoting, too."""
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
    steps = [step for module in found.modules for task in module.tasks for step in task.steps]
    for step in (*steps, *(hook.step for hook in found.hooks)):
        if step.role is None:
            bag.extend(step_kinds.check(step.kind, step.params, step.source or ()))
    assert bag.items == []
    if "run_dir" in found.vars:
        assert found.vars["run_dir"] == str(home / "run")


def test_quickstart_and_roles_need_no_other_machine_and_no_root() -> None:
    """They run without changes."""
    for name in ("quickstart", "roles"):
        text = starter_files(name, Path("/x"))["cluster.yaml"]
        assert "connection: local" in text
        assert "become: true" not in text


def test_every_starter_is_commented_and_offered() -> None:
    """Every starter file is in the menu, and the other way round."""
    home = Path(starter_module.__file__).parent / "starters"
    assert {file.stem for file in home.glob("*.yaml")} == set(STARTERS)
    for name in STARTERS:
        assert starter_files(name, Path("/x"))["cluster.yaml"].startswith("# ")
    with pytest.raises(KeyError):
        starter_files("none", Path("/x"))
