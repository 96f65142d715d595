"""What a cluster needs from elsewhere: the artifacts of its components and of its document.

They are those of every pipeline, so that what is fetched once is enough for all work on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from worldtree.catalog.component import Component, ComponentConfig, PlanContext
from worldtree.catalog.component_calls import ComponentError, call_component
from worldtree.catalog.component_registry import components
from worldtree.compile.package_needs import package_requests
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.openpgp_keys import keys_fingerprint
from worldtree.core.signatures import read_public_key
from worldtree.plan.artifact import (
    Artifact,
    ArtifactKey,
    ArtifactNeed,
    ArtifactRequest,
    located,
    needs_of,
)
from worldtree.plan.pinned_artifact import DOCUMENT
from worldtree.spec.artifact_names import ARCHITECTURES, GO_NAMES
from worldtree.spec.cluster import Cluster

#: Label of a host that says its architecture, by either name: `arm64`, `aarch64`.
ARCHITECTURE_LABEL = "architecture"

#: A request, who asks, and where in the document.
_Asked = tuple[ArtifactRequest, str, DocPath]


def artifact_needs(
    state: CompileState, facts: Mapping[str, Mapping[str, Any]]
) -> tuple[ArtifactNeed, ...]:
    """Return every file that the cluster of a plan needs, sorted by name, each once.

    ``facts`` are the last facts by host. Raises ``InputError`` with places for a component that
    fails, for a host whose architecture an artifact lacks, and for requests that contradict.
    """
    bag = DiagnosticBag()
    found = reported_needs(state, facts, bag)
    if bag.has_errors:
        bag.items = state.document.locate(bag.items)
    bag.raise_if_errors()
    return tuple(
        need.model_copy(update={"artifact": located(need.artifact, state.cluster.path)})
        for need in found
    )


def reported_needs(
    state: CompileState, facts: Mapping[str, Mapping[str, Any]], bag: DiagnosticBag
) -> tuple[ArtifactNeed, ...]:
    """Return what ``artifact_needs`` returns, and report to ``bag`` what it raises.

    Paths are those of the document: every checkout of it gives the same.
    """
    architectures = host_architectures(state, facts)
    found: dict[ArtifactKey, ArtifactNeed] = {}
    kinds: dict[tuple[str, str], str] = {}
    asked = (*_of_components(state, bag), *_of_document(state), *package_requests(state, bag))
    for request, asker, path in asked:
        try:
            needs = needs_of(request, architectures, asker)
        except KeyError as missing:
            _report_missing(request, str(missing.args[0]), architectures, path, bag)
            continue
        for need in needs:
            key = need.artifact.key
            kind = kinds.setdefault((key.name, key.version), key.kind)
            if kind != key.kind:
                bag.error(
                    "artifact-kinds-differ",
                    f"{key.name} {key.version} is requested as `{kind}` and as `{key.kind}`",
                    detail="Roles and steps ask for an artifact by its name and version.",
                    hint="give one of them another name",
                    path=path,
                )
                continue
            known = found.get(key)
            if known is not None and known.artifact != need.artifact:
                bag.error(
                    "artifacts-differ",
                    f"{key} is requested in two ways",
                    detail=f"{', '.join(known.needed_by)} and {asker} ask for it with different"
                    " sources, signatures, sizes or checksums.",
                    hint="make both the same, or give one of them another name",
                    path=path,
                )
                continue
            found[key] = need if known is None else _merged(known, need, state.cluster)
    return tuple(found[key] for key in sorted(found))


def signer_of(artifact: Artifact, path: Callable[[str], Path] = Path) -> str | None:
    """Return the fingerprint of the key that has to have signed a file; None where nobody has to.

    Of packages it is the sha256 of the key files of their repositories. ``path`` resolves a path of
    the document. Raises ``InputError`` for a key that cannot be read.
    """
    if artifact.packages is not None:
        files = {key for one in artifact.packages.repositories for key in one.keys}
        return keys_fingerprint(path(file) for file in files)
    signature = artifact.signature
    return None if signature is None else read_public_key(path(signature.public_key)).fingerprint


def host_architectures(
    state: CompileState, facts: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Return host -> architecture, by its label or its last facts; without those of neither."""
    found: dict[str, str] = {}
    for host in state.cluster.hosts:
        said = host.labels.get(ARCHITECTURE_LABEL)
        said = said or facts.get(host.name, {}).get("ansible_architecture")
        name = GO_NAMES.get(str(said), said)
        if name in ARCHITECTURES:
            found[host.name] = str(name)
    return found


def _of_document(state: CompileState) -> Iterable[_Asked]:
    cluster = state.cluster
    for one in cluster.artifacts:
        data = one.model_dump(exclude={"source", "hosts"})
        request = ArtifactRequest.model_validate({**data, "hosts": cluster.select(one.hosts)})
        yield request, DOCUMENT, one.source or ()


def _of_components(state: CompileState, bag: DiagnosticBag) -> Iterable[_Asked]:
    context = state.context
    for component in components().values():
        config = context.config(component.name)
        if component.artifacts is None or config is None:
            continue
        path: DocPath = ("spec", "components", component.name)
        try:
            what = "cannot say which artifacts it needs"
            requests = call_component(
                component.name, what, _requested, component, component.artifacts, config, context
            )
        except ComponentError as failed:
            bag.extend([failed.diagnostic])
            continue
        for request in requests:
            yield request, component.name, path


def _requested(
    component: Component[Any],
    function: Callable[[Any, PlanContext], Iterable[ArtifactRequest]],
    config: ComponentConfig,
    context: PlanContext,
) -> list[ArtifactRequest]:
    found = list(function(config, context))
    for one in found:
        if not isinstance(one, ArtifactRequest):
            message = f"`artifacts` of {component.name} gives a {type(one).__name__}"
            raise TypeError(message)
    return found


def _merged(known: ArtifactNeed, more: ArtifactNeed, cluster: Cluster) -> ArtifactNeed:
    wanted = {*known.hosts, *more.hosts}
    return known.model_copy(
        update={
            "hosts": tuple(h.name for h in cluster.hosts if h.name in wanted),
            "needed_by": tuple(sorted({*known.needed_by, *more.needed_by})),
        }
    )


def _report_missing(
    request: ArtifactRequest,
    architecture: str,
    architectures: Mapping[str, str],
    path: DocPath,
    bag: DiagnosticBag,
) -> None:
    host = next(one for one in request.hosts if architectures.get(one) == architecture)
    bag.error(
        "artifact-architecture-missing",
        f"`{request.name}` has no file for {architecture}, the architecture of `{host}`",
        detail=f"It exists for {', '.join(request.architectures)}.",
        hint=f"add {architecture} to its architectures, or leave the host out of its `hosts`; a"
        f" wrong architecture is corrected by the label `{ARCHITECTURE_LABEL}` of the host",
        path=path,
    )
