"""A compile state as short plain data, for the cases of the passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from worldtree.compile.state import CompileState
from worldtree.core.errors import Diagnostic
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.fragment import Fragment
from worldtree.plan.policy import DEFAULT_POLICY

ROOT = Path(__file__).parents[3]
#: Directories of a bundle whose contents other tests look at.
_WHOLE = ("collections", "roles")


def shown_state(
    state: CompileState, fields: Iterable[str], diagnostics: Iterable[Diagnostic], directory: Path
) -> dict[str, Any]:
    """Return ``fields`` of ``state`` and ``diagnostics``; ``DIR`` stands for ``directory``."""
    data = {field: _SHOWN[field](state) for field in fields}
    data["diagnostics"] = [_diagnostic(one) for one in diagnostics]
    shown: dict[str, Any] = _plain(data, {str(directory): "DIR", str(ROOT): "ROOT"})
    return shown


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    data = {
        "slug": f"{found.slug} ({found.severity})",
        "summary": found.summary,
        "detail": found.detail,
        "hint": found.hint,
        "path": "/".join(map(str, found.path or ())),
    }
    return {key: value for key, value in data.items() if value}


def _plain(value: Any, names: Mapping[str, str]) -> Any:
    """Return ``value`` as what YAML has: no tuples, no paths of this machine."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item, names) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, names) for item in value]
    if isinstance(value, (str, Path)):
        text = str(value)
        for path, name in names.items():
            text = text.replace(path, name)
        return text
    return value


def _model(model: BaseModel) -> dict[str, Any]:
    data = model.model_dump(mode="json", exclude_defaults=True)
    return _without_sources(data)


def _without_sources(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _without_sources(v) for k, v in data.items() if k != "source"}
    return [_without_sources(item) for item in data] if isinstance(data, list) else data


def _graph(graph: Fragment | ExecutionGraph) -> dict[str, Any]:
    nodes = {}
    for name, node in graph.nodes.items():
        data = _model(node)
        del data["id"]
        if node.policy == DEFAULT_POLICY:
            data.pop("policy", None)
        nodes[name] = data
    return {
        "nodes": nodes,
        "edges": sorted(f"{e.before} -> {e.after} ({e.kind})" for e in graph.edges),
    }


def _inventory(state: CompileState) -> dict[str, Any]:
    found = state.inventory
    return {
        "hosts": {host.name: _model(host) for host in found.hosts},
        "files": sorted(found.content(lambda value: value)),
    }


def _team_roles(state: CompileState) -> list[str]:
    found = {name: state.roles.find(name) for name in state.roles.names()}
    return [name for name, role in found.items() if role and role.origin == "team"]


def _plan(state: CompileState) -> dict[str, Any]:
    plan = state.plan
    assert plan is not None
    return {
        "layers": plan.layers,
        "inputs": list(plan.digests),
        "pairs": {name: list(pairs) for name, pairs in plan.pair_digests.items()},
    }


def _lowered(state: CompileState) -> dict[str, Any]:
    assert state.lowered is not None
    return {
        "plays": {n: play.data() for n, play in state.lowered.plays.items()},
        "rollbacks": list(state.lowered.rollbacks),
    }


def _bundle(state: CompileState) -> list[str]:
    assert state.bundle is not None
    return list(
        dict.fromkeys(
            f"{top}/…" if (top := path.partition("/")[0]) in _WHOLE else path
            for path in state.bundle.files
        )
    )


_SHOWN: Mapping[str, Callable[[CompileState], Any]] = {
    "left_out": lambda state: dict(state.left_out),
    "cluster": lambda state: {
        "hosts": [h.name for h in state.cluster.hosts],
        "groups": state.cluster.group_members,
    },
    "inventory": _inventory,
    "context": lambda state: {
        "configs": {name: _model(config) for name, config in state.context.configs.items()},
        "parameters": _model(state.context.parameters),
    },
    "modules": lambda state: [_model(module) for module in state.modules],
    "hooks": lambda state: [_model(hook) for hook in state.hooks],
    "roles": _team_roles,
    "spec": lambda state: _model(state.spec),
    "fragment": lambda state: _graph(state.fragment),
    "graph": lambda state: _graph(state.graph),
    "cut": lambda state: dict(state.cut),
    "carried": lambda state: {path: file.path for path, file in state.carried.files.items()},
    "artifacts": lambda state: {str(one.key): _model(one) for one in state.artifacts},
    "plan": _plan,
    "calls": lambda state: {name: role.origin for name, role in state.calls.carried.items()},
    "lowered": _lowered,
    "bundle": _bundle,
}
