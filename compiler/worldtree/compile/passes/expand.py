"""Pass ``expand``: PipelineSpec -> Fragment. Binds steps to hosts, variables and policies."""

from __future__ import annotations

from dataclasses import replace

from worldtree.compile.expansion import SelectHosts, expand_pipeline
from worldtree.compile.host_words import host_pattern
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.spec.cluster import Cluster
from worldtree.spec.selectors import Selector, SelectorError


def expand(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Make the nodes; report dangling needs, duplicate ids and hooks that cannot run."""
    roles = state.roles
    fragment = expand_pipeline(
        state.spec,
        _host_selector(state.cluster, bag),
        lambda role, entry, component: roles.declared(role, entry, by_component=component),
        bag,
        lambda selector: host_pattern(selector, state.cluster),
    )
    return replace(state, fragment=fragment, left_out=_left_out(state, bag))


def _left_out(state: CompileState, bag: DiagnosticBag) -> dict[str, str]:
    """Return ``module/task`` (or ``module/task/step``) -> why it has no host, where it may."""
    select = _host_selector(state.cluster, bag)
    found: dict[str, str] = {}
    for module in state.spec.modules:
        for task in module.tasks:
            if task.on_empty != "skip":
                continue
            name = f"{module.name}/{task.name}"
            if not select(task.hosts):
                found[name] = _no_host(task.hosts)
                continue
            for step in task.steps:
                if step.hosts is not None and not select(step.hosts):
                    found[f"{name}/{step.name}"] = _no_host(step.hosts)
    return found


def _no_host(selector: Selector) -> str:
    said = selector if isinstance(selector, str) else ", ".join(selector)
    return f"no host matches `{said}`"


def _host_selector(cluster: Cluster, bag: DiagnosticBag) -> SelectHosts:
    """Return the cluster's selector; an earlier pass has reported one that cannot be read."""

    def select_hosts(selector: Selector) -> tuple[str, ...]:
        try:
            return cluster.select(selector)
        except SelectorError:
            if not bag.has_errors:
                raise
            return ()

    return select_hosts
