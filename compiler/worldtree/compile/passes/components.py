"""Pass ``components``: raw configurations become typed ones; what they require is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from worldtree.catalog import component_registry
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.catalog.component_calls import ComponentError, call_component
from worldtree.compile.plan_context import ClusterContext
from worldtree.compile.state import CompileState
from worldtree.core.errors import Diagnostic, DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.document import Document
from worldtree.spec.pydantic_messages import to_diagnostic

_PATH: DocPath = ("spec", "components")


def components(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Type every active component's configuration; switch on what components require.

    Reports unknown components, wrong configurations, components without a host, and what the
    components' own checks find.
    """
    cluster = state.cluster
    context = ClusterContext(
        cluster.name,
        state.inventory.hosts,
        cluster.group_members,
        directory=cluster.directory,
    )
    known = component_registry.components()
    active = activate_components(cluster.components, context, known, state.document, bag)
    return replace(state, context=active)


def activate_components(
    raw: Mapping[str, Mapping[str, Any]],
    context: ClusterContext,
    known: Mapping[str, Component[Any]],
    document: Document,
    bag: DiagnosticBag,
) -> ClusterContext:
    """Return ``context`` with every active component's typed configuration.

    ``raw`` is ``spec.components``. Reports unknown components, wrong configurations, components
    without a host, and what the components' own checks say.
    """
    configs: dict[str, ComponentConfig] = {}
    for name, data in raw.items():
        if name not in known:
            bag.error(
                "unknown-component",
                f"unknown component `{name}`",
                detail=f"Components are: {', '.join(known)}.",
                hint=did_you_mean(name, list(known)),
                path=(*_PATH, name),
                at_key=True,
            )
            continue
        config = _parse_config(known[name], data, document, bag)
        if config is not None:
            configs[name] = config
    _activate_required(configs, known, document, bag)
    active = replace(context, configs=dict(sorted(configs.items())))
    for name, config in active.configs.items():
        _check_component(known[name], config, active, bag)
    return active


def _parse_config(
    component: Component[Any], data: Mapping[str, Any], document: Document, bag: DiagnosticBag
) -> ComponentConfig | None:
    try:
        config = call_component(
            component.name, "cannot read its configuration", _parsed, component, data
        )
    except ComponentError as failed:
        bag.extend([replace(failed.diagnostic, path=(*_PATH, component.name))])
        return None
    if isinstance(config, ValidationError):
        error = config
        for item in error.errors(include_url=False):
            path = (*_PATH, component.name, *item["loc"])
            if item["type"] == "extra_forbidden":
                fields = component.config.model_fields.items() if len(item["loc"]) == 1 else ()
                names = [info.alias or name for name, info in fields]
                key = str(item["loc"][-1])
                bag.error(
                    "unknown-key",
                    f"unknown key `{key}`",
                    detail=f"`{component.name}` has: {', '.join(names)}." if names else "",
                    hint=did_you_mean(key, names),
                    path=path,
                    at_key=True,
                )
            else:
                bag.extend([to_diagnostic({**item, "loc": path}, document)])
        return None
    return config


def _parsed(
    component: Component[Any], data: Mapping[str, Any]
) -> ComponentConfig | ValidationError:
    try:
        config: ComponentConfig = component.parse(data)
    except ValidationError as error:
        return error
    return config


def _activate_required(
    configs: dict[str, ComponentConfig],
    known: Mapping[str, Component[Any]],
    document: Document,
    bag: DiagnosticBag,
) -> None:
    """Add the components that others require, with their defaults, and those that these require."""
    waiting = list(configs)
    while waiting:
        for name in known[waiting.pop()].requires:
            if name not in configs:
                config = _parse_config(known[name], {}, document, bag)
                if config is not None:
                    configs[name] = config
                    waiting.append(name)


def _check_component(
    component: Component[Any], config: ComponentConfig, context: ClusterContext, bag: DiagnosticBag
) -> None:
    path = (*_PATH, component.name)
    if component.host_role != "all" and not context.hosts_of(component.host_role):
        bag.error(
            "component-without-hosts",
            f"no host has the role `{component.host_role}` that `{component.name}` runs on",
            detail="A component runs on the hosts of its role.",
            hint=f"add `{component.host_role}` to the `roles` of a host, or remove the component",
            path=path,
            at_key=True,
        )
        return
    if component.check is not None:
        try:
            what = "cannot check its configuration"
            found = call_component(component.name, what, _checked, component, config, context)
        except ComponentError as failed:
            found = [failed.diagnostic]
        for one in found:
            bag.extend([replace(one, path=(*path, *(one.path or ())))])


def _checked(
    component: Component[Any], config: ComponentConfig, context: ClusterContext
) -> list[Diagnostic]:
    return list(component.check(config, context)) if component.check else []
