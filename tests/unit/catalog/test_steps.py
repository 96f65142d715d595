"""What components plan fits the roles that carry it out."""

from __future__ import annotations

import pytest
import yaml

from unit.catalog.context import Cluster, host
from worldtree.catalog.component_registry import components
from worldtree.catalog.components.etcd import EtcdConfig
from worldtree.catalog.components.os import OsConfig
from worldtree.catalog.components.pki import PkiConfig
from worldtree.catalog.pipeline_builder import build_pipeline
from worldtree.catalog.pipeline_registry import pipelines
from worldtree.core.resources import roles_dir
from worldtree.plan.pipeline_names import BUILTIN_PIPELINES
from worldtree.plan.specs import PipelineSpec


def pipeline(name: str) -> PipelineSpec:
    """Return a pipeline of a cluster that uses everything."""
    members = tuple(host(f"e{n}", "etcd", address=f"10.0.0.{n}") for n in (1, 2, 3))
    configs = {
        "etcd": EtcdConfig(),
        "pki": PkiConfig(purge=True),
        "os": OsConfig.model_validate(
            {
                "packages": ["jq"],
                "kernelModules": ["overlay"],
                "sysctl": {"net.ipv4.ip_forward": 1},
                "time": {},
                "limits": [{"domain": "*", "item": "nofile", "value": 1}],
            }
        ),
    }
    control = host("here", "control", connection="local")
    return build_pipeline(pipelines()[name], Cluster((*members, control), configs), components())


def declared(role: str, entry: str) -> dict[str, dict[str, object]]:
    text = (roles_dir() / role / "meta" / "argument_specs.yml").read_text()
    options = yaml.safe_load(text)["argument_specs"][entry].get("options")
    return options or {}


@pytest.mark.parametrize("name", BUILTIN_PIPELINES)
def test_a_step_has_only_variables_that_its_entry_declares(name: str) -> None:
    for module in pipeline(name).modules:
        for task in module.tasks:
            for step in task.steps:
                assert step.role
                assert set(step.vars) <= set(declared(step.role, step.entry)), step.name


@pytest.mark.parametrize("name", BUILTIN_PIPELINES)
def test_every_required_variable_is_given(name: str) -> None:
    for module in pipeline(name).modules:
        for task in module.tasks:
            for step in task.steps:
                options = declared(step.role or "", step.entry)
                required = {o for o, spec in options.items() if spec.get("required")}
                assert required <= set(step.vars) | set(module.vars), step.name


@pytest.mark.parametrize("name", BUILTIN_PIPELINES)
def test_every_variable_of_a_module_is_read_by_some_entry(name: str) -> None:
    for module in pipeline(name).modules:
        role = components()[module.component or ""].role_name
        text = (roles_dir() / role / "meta" / "argument_specs.yml").read_text()
        known = {
            option
            for entry in yaml.safe_load(text)["argument_specs"].values()
            for option in entry.get("options") or {}
        }
        assert set(module.vars) <= known
