"""The modules of components `addons` and `cni`: one task per addon, and what it waits for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster
from unit.catalog.kubernetes.clusters import cluster, config
from worldtree.catalog.components.addons.addons_component import COMPONENT as ADDONS
from worldtree.catalog.components.addons.addons_config import AddonsConfig
from worldtree.catalog.components.addons.cni_component import COMPONENT as CNI
from worldtree.catalog.components.addons.cni_component import CniConfig
from worldtree.plan.specs import ModuleSpec, TaskSpec

ARCHIVES = "https://mirror.example/{name}-{version}-{architecture}.tar"


def with_addons(directory: Path | None = None, **fields: Any) -> Cluster:
    made = cluster(
        config(),
        control_planes=3,
        workers=2,
        balancers=2,
        addons=AddonsConfig.model_validate(fields),
    )
    return replace(made, directory=directory)


def build(context: Cluster, pipeline: str = "create-cluster") -> ModuleSpec | None:
    return ADDONS.pipelines[pipeline](context.configs["addons"], context)


def tasks(module: ModuleSpec | None) -> dict[str, TaskSpec]:
    assert module is not None
    return {task.name: task for task in module.tasks}


def needs(task: TaskSpec) -> dict[str, str]:
    return {need.target: need.scope for need in task.needs}


def custom(name: str, **more: Any) -> dict[str, Any]:
    metadata = {"name": name}
    objects = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}]
    return {"name": name, "sources": [{"objects": objects}], **more}


def test_addons_are_side_by_side_on_the_first_control_plane() -> None:
    context = with_addons(metricsServer={}, custom=[custom("one"), custom("two", needs=["one"])])
    found = tasks(build(context))
    assert list(found) == ["metrics-server", "one", "two", "remove-unlisted"]
    assert {task.hosts for task in found.values()} == {("cp1",)}
    assert needs(found["metrics-server"]) == {
        "kubernetes/init": "host",
        "kubernetes/ready": "soft",
        "cni/ready": "soft",
    }
    assert needs(found["two"])["one"] == "host"


def test_addons_are_removed_after_all_others_were_applied() -> None:
    context = with_addons(metricsServer={}, custom=[custom("one")])
    last = tasks(build(context))["remove-unlisted"]
    assert needs(last) | {"metrics-server": "soft", "one": "soft"} == needs(last)
    assert last.steps[0].vars == {"addons_names": ["metrics-server", "one"]}
    context.configs["cni"] = CniConfig.model_validate({"flannel": {}})
    last = tasks(build(context))["remove-unlisted"]
    assert last.steps[0].vars == {"addons_names": ["cni", "metrics-server", "one"]}
    assert "remove-unlisted" not in tasks(
        build(with_addons(metricsServer={}, removeUnlisted=False))
    )


def test_images_are_brought_to_all_members_before() -> None:
    context = with_addons(metricsServer={}, imageArchives=ARCHIVES)
    found = tasks(build(context))
    assert found["images"].hosts == ("cp1", "cp2", "cp3", "w1", "w2")
    assert needs(found["metrics-server"])["images"] == "barrier"
    assert ADDONS.artifacts is not None
    [request] = ADDONS.artifacts(context.configs["addons"], context)
    assert (request.name, request.hosts) == ("metrics-server", ("cp1", "cp2", "cp3", "w1", "w2"))
    assert "images" not in tasks(build(with_addons(metricsServer={})))


def test_an_addon_may_have_the_name_of_a_task() -> None:
    context = with_addons(metricsServer={}, imageArchives=ARCHIVES, custom=[custom("images")])
    assert list(tasks(build(context))) == [
        *("images", "metrics-server", "addon-images", "remove-unlisted"),
    ]


def test_texts_of_files_are_data_and_those_of_the_document_are_templates(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: file}\n"
    text += "data: {a: '{{ x }} ${HOME}', b: plain, c: 2020-01-01}\n"
    (tmp_path / "one.yaml").write_text(text)
    inline = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "inline"},
        "data": {"a": "${env:A}"},
    }
    sources = [{"file": "one.yaml"}, {"objects": [inline]}]
    context = with_addons(tmp_path, custom=[{"name": "one", "sources": sources}])
    step = tasks(build(context))["one"].steps[0]
    of_file, of_document = step.vars["addons_objects"]
    assert of_file["data"] == {
        "a": {"__ansible_unsafe": "{{ x }} ${HOME}"},
        "b": "plain",
        "c": "2020-01-01",
    }
    assert of_document == inline


def test_a_kustomization_brings_all_files_that_it_names(tmp_path: Path) -> None:
    files = {
        "over/kustomization.yaml": "resources: [../base]\n"
        "patches: [{path: change.yaml}, {patch: '{}'}]\n"
        "configMapGenerator: [{name: x, files: [key=app.conf], envs: [app.env]}]\n",
        "over/change.yaml": "{}\n",
        "over/app.conf": "{{ not a template }}\n",
        "over/app.env": "A=1\n",
        "base/kustomization.yml": "resources: [one.yaml]\n",
        "base/one.yaml": "{}\n",
        "base/unused.yaml": "{}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    sources = [{"kustomization": "over"}]
    context = with_addons(tmp_path, custom=[{"name": "one", "sources": sources}])
    [found] = tasks(build(context))["one"].steps[0].vars["addons_kustomizations"]
    assert found["path"] == "over"
    assert sorted(found["files"]) == sorted(set(files) - {"base/unused.yaml"})
    assert found["files"]["over/app.conf"] == {"__ansible_unsafe": "{{ not a template }}\n"}


def test_links_that_lead_outside_are_refused(tmp_path: Path) -> None:
    beside = tmp_path / "document"
    beside.mkdir()
    (tmp_path / "secret.yaml").write_text("{}\n")
    (beside / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (beside / "kustomization.yaml").write_text("resources: [link.yaml]\n")
    sources = [{"file": "link.yaml"}, {"kustomization": "."}]
    context = with_addons(beside, custom=[{"name": "one", "sources": sources}])
    assert ADDONS.check is not None
    found = list(ADDONS.check(context.configs["addons"], context))
    assert [one.slug for one in found] == ["addon-file-outside", "addon-kustomization-invalid"]


def test_a_document_without_a_directory_has_no_files() -> None:
    context = with_addons(custom=[{"name": "one", "sources": [{"file": "one.yaml"}]}])
    assert ADDONS.check is not None
    [found] = ADDONS.check(context.configs["addons"], context)
    assert found.slug == "addon-file-not-found"
    assert "not a file" in found.summary


@pytest.mark.parametrize(
    "fields",
    [
        {"custom": [custom("metrics-server")]},
        {"custom": [custom("cni")]},
        {"custom": [custom("one"), custom("one")]},
        {"custom": [{"name": "one", "sources": []}]},
        {"custom": [{"name": "one", "sources": [{}]}]},
    ],
)
def test_wrong_configurations_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AddonsConfig.model_validate(fields)


def test_checks_and_removals_name_all_addons() -> None:
    context = with_addons(metricsServer={}, custom=[custom("one")])
    names = {"addons_names": ["metrics-server", "one"]}
    for pipeline, entry in (("verify", "verify"), ("destroy-cluster", "remove")):
        [step] = tasks(build(context, pipeline))[entry].steps
        assert (step.entry, step.vars) == (entry, names)
    assert build(with_addons(), "verify") is None


def with_plugin(**fields: Any) -> Cluster:
    return cluster(
        config(networking={"plugin": "none"}),
        control_planes=3,
        workers=2,
        balancers=2,
        cni=CniConfig.model_validate(fields),
    )


def test_the_network_waits_for_the_first_control_plane_alone() -> None:
    context = with_plugin(flannel={}, imageArchives=ARCHIVES)
    found = tasks(CNI.pipelines["create-cluster"](context.configs["cni"], context))
    assert list(found) == ["images", "network", "ready"]
    assert needs(found["network"]) == {"kubernetes/init": "host", "images": "host"}
    assert needs(found["ready"]) == {"network": "host", "kubernetes": "soft"}
    assert found["ready"].steps[0].vars["addons_nodes"] == ["cp1", "cp2", "cp3", "w1", "w2"]


def test_the_removal_of_flannel_cleans_all_members() -> None:
    context = with_plugin(flannel={})
    found = tasks(CNI.pipelines["destroy-cluster"](context.configs["cni"], context))
    assert found["hosts"].hosts == ("cp1", "cp2", "cp3", "w1", "w2")
    assert needs(found["hosts"]) == {"remove": "soft"}


def test_another_plugin_is_applied_as_its_manifest_says() -> None:
    metadata = {"name": "calico"}
    objects = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}]
    context = with_plugin(sources=[{"objects": objects}])
    found = tasks(CNI.pipelines["create-cluster"](context.configs["cni"], context))
    variables = found["network"].steps[0].vars
    assert variables["addons_objects"] == objects
    assert variables["addons_namespace"] == "kube-system"
    removal = tasks(CNI.pipelines["destroy-cluster"](context.configs["cni"], context))
    assert list(removal) == ["remove"]


def test_problems_of_a_plugins_sources_are_at_their_places() -> None:
    context = with_plugin(sources=[{"objects": [{"apiVersion": "v1"}]}])
    assert CNI.check is not None
    [found] = CNI.check(context.configs["cni"], context)
    assert found.path == ("sources", 0, "objects", 0)


@pytest.mark.parametrize("fields", [{}, {"flannel": {}, "sources": [{"file": "x"}]}])
def test_there_is_one_plugin(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CniConfig.model_validate(fields)
