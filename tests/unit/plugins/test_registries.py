"""Every registry takes plugins of a real second package, and leaves broken ones out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from unit.plugins.acme import write_acme, write_broken
from unit.plugins.packages import installed, write_package
from worldtree.ansible.steps import kinds
from worldtree.ansible.steps.registry import loaded_kinds
from worldtree.app.documents.reference import ReferenceService
from worldtree.catalog.component_registry import (
    components,
    loaded_components,
    role_directory,
)
from worldtree.catalog.pipeline_registry import pipelines
from worldtree.compile.compiler import PlanResult, compile_plan, plan_document
from worldtree.compile.previous_document import PreviousDocument
from worldtree.core.errors import InputError
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plugins import PluginFault
from worldtree.secrets.errors import SecretError
from worldtree.secrets.registry import provider_class
from worldtree.spec.load import load_file

DOCUMENT = {
    "apiVersion": "worldtree.io/v1alpha1",
    "kind": "Cluster",
    "metadata": {"name": "shop"},
    "spec": {
        "hosts": [{"name": "here", "connection": "local"}],
        "components": {"notice": {"text": "hi", "directory": "/srv"}},
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"rest": {"seconds": 0}}]}]}],
    },
}


def planned(
    directory: Path,
    pipeline: str = "create-cluster",
    parameters: Mapping[str, Any] | None = None,
    **more: Any,
) -> PlanResult:
    file = directory / "cluster.yaml"
    file.write_text(yaml.safe_dump(DOCUMENT))
    (document,) = load_file(file)
    request = PipelineRequest(pipeline, parameters or {})
    return plan_document(document, pipeline=request, **more)


def test_a_package_brings_a_component_with_role_templates_and_schema(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_acme(site)
    with installed(site):
        assert loaded_components().broken == ()
        assert role_directory(components()["notice"]) == site / "acme_notice/roles/notice"
        schema = ReferenceService().schema()
        assert "A notice on every host." in str(schema)
        roles = ReferenceService().list_roles(ReferenceService().roles([], []))
        assert "notice" in [role.name for role in roles]
        result = compile_plan(planned(tmp_path))
    node = result.plan.graph.nodes["create-cluster/notice/main/main"]
    assert (node.vars["notice_text"], node.reversibility) == ("hi", "compensable")
    files = result.bundle.files
    assert files["roles/notice/templates/notice.j2"].read() == b"{{ notice_text }}\n"
    assert "of the package acme-notice 1.2" in files["README.md"].read().decode()
    assert [d.slug for d in result.diagnostics] == []


def test_an_overlay_replaces_a_template_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_acme(tmp_path / "site")
    overlay = tmp_path / "overlay/notice/notice.j2"
    overlay.parent.mkdir(parents=True)
    overlay.write_text("{{ notice_txt }}")
    monkeypatch.setitem(DOCUMENT["spec"], "templatesPath", ["./overlay"])  # type: ignore[arg-type]
    with installed(tmp_path / "site"):
        with pytest.raises(InputError) as caught:
            planned(tmp_path)
        overlay.write_text("own {{ notice_text }}")
        files = compile_plan(planned(tmp_path)).bundle.files
    assert [d.slug for d in caught.value.diagnostics] == ["template-unknown-variable"]
    assert files["roles/notice/templates/notice.j2"].read() == b"own {{ notice_text }}"


def test_a_package_brings_a_pipeline_with_typed_parameters(tmp_path: Path) -> None:
    write_acme(tmp_path / "site")
    with installed(tmp_path / "site"):
        assert list(pipelines())[-1] == "repeat"
        plan = planned(tmp_path, "repeat", {"copies": 2}).plan
        with pytest.raises(InputError) as caught:
            planned(tmp_path, "repeat", {"copies": "x", "copie": 1})
    assert plan.parameters == {"copies": 2}
    assert plan.graph.nodes["repeat/notice/main/main"].vars["notice_text"] == "hi hi"
    problems = [d for d in caught.value.diagnostics if d.slug == "invalid-pipeline-parameter"]
    assert [d.hint for d in problems] == ["", "did you mean `copies`?"]


def test_builders_see_the_previous_document_and_facts_where_the_pipeline_takes_them(
    tmp_path: Path,
) -> None:
    """Both are then inputs of the plan."""
    write_acme(tmp_path / "site")
    spec = {**DOCUMENT["spec"], "components": {"notice": {"text": "old", "directory": "/srv"}}}  # type: ignore[dict-item]
    file = tmp_path / "before.yaml"
    file.write_text(yaml.safe_dump({**DOCUMENT, "spec": spec}))
    (previous,) = load_file(file)
    facts = {"here": {"ansible_system": "Linux", "ansible_uptime_seconds": 1}}
    later = {"here": {"ansible_system": "Linux", "ansible_uptime_seconds": 2}}
    given = {"previous": PreviousDocument(previous), "facts": facts}
    with installed(tmp_path / "site"):
        first = planned(tmp_path, "compare", facts=facts).plan
        second = planned(tmp_path, "compare", **given).plan
        third = planned(tmp_path, "compare", **{**given, "facts": later}).plan
        blind = planned(tmp_path, "repeat", **given).plan
    texts = [p.graph.nodes["compare/notice/main/main"].vars["notice_text"] for p in (first, second)]
    assert texts == ["nothing > hi on ['Linux']", "old > hi on ['Linux']"]
    assert second.digests.keys() - first.digests.keys() == {"previous-document"}
    assert first.digests.keys() - blind.digests.keys() == {"facts"}
    assert third.digests == second.digests, "a fact that nobody reads is no input"


def test_a_package_brings_a_step_kind_and_a_secret_provider(tmp_path: Path) -> None:
    write_acme(tmp_path)
    with installed(tmp_path):
        assert "rest" in kinds()
        assert provider_class("echo").__name__ == "Echo"


@pytest.mark.parametrize(
    ("annotation", "words"),
    [("threading.Lock", "Unable to generate pydantic-core schema"), ("'Missing'", "Missing")],
)
def test_a_step_kind_whose_parameters_cannot_be_built_is_left_out(
    tmp_path: Path, annotation: str, words: str
) -> None:
    """It is named before a document uses it, when its parameters would be built first."""
    text = f"""
        import threading
        from dataclasses import replace

        from worldtree.ansible.steps.kind import StepParams
        from worldtree.ansible.steps.pause import KIND as PAUSE


        class Params(StepParams):
            what: {annotation}


        KIND = replace(PAUSE, name="odd", params=Params)
        """
    files = {"acme_odd/__init__.py": "", "acme_odd/steps.py": textwrap.dedent(text)}
    write_package(tmp_path, "acme-odd", files, {"worldtree.steps": {"odd": "acme_odd.steps:KIND"}})
    with installed(tmp_path):
        assert "odd" not in kinds()
        assert "pause" in kinds()
        (broken,) = loaded_kinds().broken
    assert broken.fault is PluginFault.TYPE
    assert words in broken.detail


def test_broken_plugins_are_named_and_nothing_else_fails(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_acme(site)
    write_broken(site)
    with installed(site):
        result = planned(tmp_path)
        with pytest.raises(SecretError) as caught:
            provider_class("gone")
    found = [d for d in result.diagnostics if d.slug == "broken-plugin"]
    assert [d.is_error for d in found] == [False] * 3
    assert [d.summary for d in found] == [
        "the component `future` of the package acme-broken 1.0 needs another plugin API version",
        "the component `imports` of the package acme-broken 1.0 cannot be imported",
        "the component `bare` of the package acme-broken 1.0 lacks files",
    ]
    assert "create-cluster/notice/main/main" in result.plan.graph.nodes
    assert caught.value.problem.slug == "secret-provider-broken"
    assert "acme-broken 1.0" in caught.value.problem.summary
