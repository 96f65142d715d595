"""Every component, its configuration and its role say the same."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
import yaml
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.component_registry import components
from worldtree.core.resources import roles_dir
from worldtree.plan.pipeline_names import COMMON_PIPELINES

NAMES = sorted(components())

#: Fields whose meaning is given to the role in another form by the component's builder.
NOT_ROLE_VARIABLES = {
    "os": {"hosts_file", "time"},
    "etcd": {"archive", "mirror"},
    "registry": {"version", "mirror", "pull_user", "address", "mirrors", "upstream"},
    "containerd": {"version", "program_versions", "mirror", "restart_hosts"},
    # The role applies one addon at a time, and does not know which made its objects.
    "addons": {
        *("custom", "image_archives", "local_path_storage", "metrics_server", "remove_unlisted"),
    },
    "cni": {"flannel", "image_archives", "sources"},
    # Most of it stands in the documents that kubeadm reads.
    "kubernetes": {
        *("admission", "api_server", "audit", "cgroup_driver", "control_plane_endpoint"),
        *("controller_manager", "dns", "encryption", "etcd_mode", "extra_sans", "feature_gates"),
        *("ignore_preflight_errors", "image_archives", "image_repository", "join_batch"),
        *("kubeadm_feature_gates", "kubelet", "mirror", "networking", "node_pools", "oidc"),
        *("proxy", "schedule_on_control_planes", "scheduler", "upgrade_from"),
    },
}


def role_file(name: str, file: str) -> dict[str, Any]:
    path = roles_dir() / components()[name].role_name / file
    data = yaml.safe_load(path.read_text())
    return data or {}


def options(name: str) -> dict[str, set[str]]:
    """Return the options of each entry of a component's role."""
    specs = role_file(name, "meta/argument_specs.yml")["argument_specs"]
    return {entry: set(spec.get("options") or {}) for entry, spec in specs.items()}


def models(annotation: object) -> list[type[ComponentConfig]]:
    """Return the nested models that a field's type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, ComponentConfig):
        return [annotation]
    return [model for part in get_args(annotation) for model in models(part)]


def fields(config: type[ComponentConfig]) -> list[tuple[str, FieldInfo]]:
    """Return every field of a configuration, those of nested models too."""
    found = []
    for name, field in config.model_fields.items():
        found.append((f"{config.__name__}.{name}", field))
        found += [inner for model in models(field.annotation) for inner in fields(model)]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described(name: str) -> None:
    every = fields(components()[name].config)
    assert [place for place, field in every if not field.description] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_field_shows_its_form_by_a_default_or_an_example(name: str) -> None:
    silent = [
        place
        for place, field in fields(components()[name].config)
        if not (field.examples or models(field.annotation))
        and (field.is_required() or not field.get_default(call_default_factory=True))
        and field.annotation not in (bool, int, str)
    ]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_role_has_every_special_entry_and_pipelines_use_them(name: str) -> None:
    tasks = roles_dir() / components()[name].role_name / "tasks"
    special = {"precheck", "verify", "rollback", "remove"}
    assert special <= {path.stem for path in tasks.glob("*.yml")}
    assert set(COMMON_PIPELINES) <= set(components()[name].pipelines)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_a_task_file(name: str) -> None:
    tasks = roles_dir() / components()[name].role_name / "tasks"
    assert set(options(name)) <= {path.stem for path in tasks.glob("*.yml")}


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_a_variable_of_the_role(name: str) -> None:
    component = components()[name]
    declared = set().union(*options(name).values())
    wanted = set(component.config.model_fields) - NOT_ROLE_VARIABLES.get(name, set())
    assert {f"{component.role_name}_{field}" for field in wanted} - declared == set()


@pytest.mark.parametrize("name", NAMES)
def test_defaults_of_configuration_role_and_specs_agree(name: str) -> None:
    component = components()[name]
    in_role = role_file(name, "defaults/main.yml")
    specs = role_file(name, "meta/argument_specs.yml")["argument_specs"]
    in_specs = {
        option: spec["default"]
        for entry in specs.values()
        for option, spec in (entry.get("options") or {}).items()
        if "default" in spec
    }
    for field, info in component.config.model_fields.items():
        variable = f"{component.role_name}_{field}"
        if info.is_required() or models(info.annotation):
            continue
        value = to_jsonable_python(info.get_default(call_default_factory=True))
        if value is not None and field not in NOT_ROLE_VARIABLES.get(name, set()):
            assert in_role.get(variable) == value, variable
            assert in_specs.get(variable, value) == value, variable
    for variable, value in in_specs.items():
        assert in_role.get(variable, value) == value, variable


@pytest.mark.parametrize("name", NAMES)
def test_every_option_that_is_not_required_has_a_commented_default(name: str) -> None:
    text = (roles_dir() / components()[name].role_name / "defaults" / "main.yml").read_text()
    prefix = components()[name].role_name
    named = set(re.findall(rf"^#? ?({prefix}_\w+):", text, re.MULTILINE))
    wanted = {o for entry in options(name).values() for o in entry if o.startswith(f"{prefix}_")}
    assert wanted - named == set()
    assert all(block.startswith("#") for block in text.removeprefix("---\n").split("\n\n"))
