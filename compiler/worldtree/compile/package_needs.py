"""The packages that components and the document need from distributions, as requests of artifacts.

All packages of a distribution are one artifact, so that they are resolved together and no version
of one contradicts another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from worldtree.catalog.component import Component, ComponentConfig, PlanContext
from worldtree.catalog.component_calls import ComponentError, call_component
from worldtree.catalog.component_registry import components
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.plan.artifact import ArtifactKind, ArtifactRequest
from worldtree.plan.packages import PACKAGES_NAME, PACKAGES_VERSION, PackageSet, PackagesRequest
from worldtree.plan.pinned_artifact import DOCUMENT
from worldtree.spec.cluster import ClusterPackages

#: Component -> what it needs.
_Requests = Mapping[str, list[PackagesRequest]]


def package_requests(
    state: CompileState, bag: DiagnosticBag
) -> list[tuple[ArtifactRequest, str, DocPath]]:
    """Return the request of each distribution, who asks, and where in the document.

    Several that ask for the packages of one distribution ask for the same artifact. Reports a
    component that fails, versions that contradict, and versions of what nothing installs.
    """
    entries = state.cluster.packages
    if not entries:
        return []
    asked = _of_components(state, bag)
    return [found for one in entries for found in _requests(one, asked, state, bag)]


def _requests(
    one: ClusterPackages, asked: _Requests, state: CompileState, bag: DiagnosticBag
) -> Iterable[tuple[ArtifactRequest, str, DocPath]]:
    path = one.source or ()
    selected = state.cluster.select(one.hosts)
    askers: dict[str, tuple[str, ...]] = {DOCUMENT: selected} if one.install else {}
    names = set(one.install)
    versions = dict(one.versions)
    for component, requests in asked.items():
        for request in requests:
            hosts = {*request.hosts} & {*selected}
            if not hosts:
                continue
            before = askers.get(component, ())
            askers[component] = tuple(h for h in selected if h in hosts or h in before)
            names |= {*request.names}
            for name, version in request.versions.items():
                if versions.setdefault(name, version) != version:
                    _report_versions(name, versions[name], version, component, path, bag)
    for name in sorted(one.versions.keys() - names):
        bag.error(
            "package-not-installed",
            f"there is a version for `{name}`, which nothing installs",
            detail="The versions of packages that others depend on follow from these.",
            hint=f"add `{name}` to `install`, or remove its version",
            path=(*path, "versions", name),
            at_key=True,
        )
        del versions[name]
    if not names:
        return
    packages = PackageSet(
        names=tuple(sorted(names)),
        versions=versions,
        present=one.present,
        repositories=tuple(dict(repository) for repository in one.repositories),
    )
    for asker, hosts_of_asker in askers.items():
        request_of_asker = ArtifactRequest.model_validate(
            {
                "kind": ArtifactKind.PACKAGES,
                "name": PACKAGES_NAME,
                "version": PACKAGES_VERSION,
                "platform": one.platform,
                "architectures": one.architectures,
                "sources": one.sources,
                "packages": packages,
                "hosts": hosts_of_asker,
            }
        )
        yield request_of_asker, asker, path


def _of_components(state: CompileState, bag: DiagnosticBag) -> _Requests:
    found: dict[str, list[PackagesRequest]] = {}
    for component in components().values():
        config = state.context.config(component.name)
        if component.packages is None or config is None:
            continue
        try:
            found[component.name] = call_component(
                component.name,
                "cannot say which packages it needs",
                _checked,
                component,
                component.packages,
                config,
                state.context,
            )
        except ComponentError as failed:
            bag.extend([failed.diagnostic])
    return found


def _checked(
    component: Component[Any],
    function: Callable[[Any, PlanContext], Iterable[PackagesRequest]],
    config: ComponentConfig,
    context: PlanContext,
) -> list[PackagesRequest]:
    found = list(function(config, context))
    for one in found:
        if not isinstance(one, PackagesRequest):
            message = f"`packages` of {component.name} gives a {type(one).__name__}"
            raise TypeError(message)
    return found


def _report_versions(
    name: str, one: str, other: str, component: str, path: DocPath, bag: DiagnosticBag
) -> None:
    bag.error(
        "package-versions-differ",
        f"`{name}` is asked for in the versions {one} and {other}",
        detail=f"The component `{component}` says {other}; a host has one of them.",
        hint="make both the same, or leave one of them out",
        path=path,
    )
