"""Templates use declared variables only."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.catalog.component_registry import components
from worldtree.catalog.components.etcd import COMPONENT as ETCD
from worldtree.catalog.template_checks import check_template, undeclared_template_variables
from worldtree.core.resources import templates_dir

BUILT_IN = sorted(templates_dir().rglob("*.j2"))


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_built_in_templates_use_declared_variables_only(path: Path) -> None:
    component = components()[path.relative_to(templates_dir()).parts[0]]
    assert check_template(path, component) == ()


@pytest.mark.parametrize("name", sorted(components()))
def test_the_declared_context_is_used_by_some_template(name: str) -> None:
    component = components()[name]
    text = "".join(p.read_text() for p in (templates_dir() / name).rglob("*.j2"))
    assert set(component.template_context) <= set(undeclared_template_variables(text, ()))


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{{ known }}", ()),
        ("{{ typo }} {{ known }} {{ other }}", ("other", "typo")),
        ("{% for x in known %}{{ x }}{{ loop.index }}{% endfor %}", ()),
        ("{% set own = known %}{{ own }}", ()),
        ("{{ range(3) | list }} {{ lookup('env', 'X') }} {{ hostvars[inventory_hostname] }}", ()),
        ("{% if known is defined %}{% do known.append(1) %}{% endif %}", ()),
        ("{% raw %}{{ data }}{% endraw %}", ()),
        ("{{ known | to_json }}{% if known is version(typo, '<') %}{% endif %}", ("typo",)),
    ],
)
def test_what_counts_as_undeclared(text: str, unknown: tuple[str, ...]) -> None:
    assert undeclared_template_variables(text, {"known"}) == unknown


def test_an_overlay_with_a_typo_gets_a_suggestion(tmp_path: Path) -> None:
    overlay = tmp_path / "etcd.env.j2"
    overlay.write_text("# mine\nETCD_DATA_DIR={{ etcd_datadir }}\n")
    (problem,) = check_template(overlay, ETCD)
    assert problem.slug == "template-unknown-variable"
    assert problem.hint == "did you mean `etcd_data_dir`?"
    assert str(problem.mark) == f"{overlay}:2:18"


def test_an_overlay_that_is_no_template_is_a_diagnostic(tmp_path: Path) -> None:
    overlay = tmp_path / "etcd.env.j2"
    overlay.write_text("a\n{{ etcd_data_dir\n")
    (problem,) = check_template(overlay, ETCD)
    assert (problem.slug, problem.mark.line if problem.mark else 0) == ("template-syntax", 2)
