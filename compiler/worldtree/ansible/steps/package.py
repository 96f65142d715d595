"""Step kind ``package``: installs or removes packages of the system's package manager."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind, StepParams
from worldtree.ansible.steps.parameter_types import Name
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name
from worldtree.plan.node import Reversibility


class PackageParams(StepParams):
    """Parameters of ``package``, those of ``ansible.builtin.package``."""

    name: Name | list[Name] = Field(
        description="One package or several; a version as the package manager writes it.",
        examples=["nginx", ["curl", "jq=1.6-2.1"]],
    )
    state: Literal["present", "absent", "latest", "installed", "removed"] = Field(
        default="present", description="Wanted state.", examples=["present"]
    )
    update_cache: bool = Field(
        default=False,
        description="Update apt's package index first when it is over an hour old.",
    )


def _run(params: PackageParams, context: StepContext) -> tuple[PlayTask, ...]:
    tasks = []
    if params.update_cache:
        tasks.append(
            PlayTask(
                "Update the package index",
                "ansible.builtin.apt",
                {"update_cache": True, "cache_valid_time": 3600},
                {"changed_when": False, "when": "ansible_facts['pkg_mgr'] == 'apt'"},
            )
        )
    names: list[str] = [params.name] if isinstance(params.name, str) else list(params.name)
    tasks.append(snapshot_task(context, packages=names))
    verb = "Remove" if params.state in ("absent", "removed") else "Install"
    args: dict[str, Any] = {"name": params.name, "state": params.state}
    noqa = ("package-latest",) if params.state == "latest" else ()
    name = task_name(verb, ", ".join(names), "packages")
    tasks.append(PlayTask(name, "ansible.builtin.package", args, {}, noqa))
    return tuple(tasks)


def _reversibility(_params: PackageParams) -> Reversibility:
    # Packages installed as dependencies stay, and so may configuration files.
    return "compensable"


KIND = StepKind(
    name="package",
    summary="Install or remove packages.",
    params=PackageParams,
    run=_run,
    rollback=restore_tasks,
    reversibility=_reversibility,
    shorthand={str: "name", list: "name"},
    needs_facts=lambda params: params.update_cache,
)
