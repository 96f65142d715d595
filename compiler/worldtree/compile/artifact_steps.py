"""Compares steps of the kind ``artifact`` with the artifacts of their document."""

from __future__ import annotations

from collections.abc import Sequence

from worldtree.ansible.steps.parameter_types import has_template
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.plan.artifact import ArtifactNeed
from worldtree.plan.node import Node
from worldtree.plan.pinned_artifact import DOCUMENT

#: Name of the step kind.
KIND = "artifact"
#: Hosts that a message names.
_MAX_NAMES = 5


def check_steps(state: CompileState, needs: Sequence[ArtifactNeed], bag: DiagnosticBag) -> None:
    """Report steps whose artifact, or its version, the document does not have for their hosts."""
    own = [need for need in needs if DOCUMENT in need.needed_by]
    for node in state.graph.nodes.values():
        if node.kind == KIND:
            _check_step(node, own, bag)


def _check_step(node: Node, needs: Sequence[ArtifactNeed], bag: DiagnosticBag) -> None:
    name, version = node.params.get("name"), node.params.get("version")
    if not isinstance(name, str) or has_template(name) or has_template(version):
        return
    path = (*node.source, node.kind, "name") if node.source else None
    of_name = [need for need in needs if need.artifact.name == name]
    if not of_name:
        names = sorted({need.artifact.name for need in needs})
        bag.error(
            "unknown-artifact",
            f"there is no artifact `{name}`",
            detail="A step brings what `spec.artifacts` names.",
            hint=did_you_mean(name, names, "add it to `spec.artifacts`"),
            path=path,
        )
        return
    versions = sorted({need.artifact.version for need in of_name})
    if version is None and len(versions) > 1:
        problem = f"the artifact `{name}` has several versions"
    elif version is not None and str(version) not in versions:
        problem = f"the artifact `{name}` has no version {version}"
    else:
        found = [n for n in of_name if version is None or n.artifact.version == str(version)]
        hosts = {host for need in found for host in need.hosts}
        if missing := [host for host in node.hosts if host not in hosts]:
            bag.error(
                "artifact-not-selected",
                f"`hosts` of the artifact `{name}` leaves out"
                f" {and_more(missing, _MAX_NAMES)}, where a step brings it",
                detail="An artifact is locked and fetched for the hosts that it selects.",
                hint="widen `hosts` of the artifact, or narrow those of the step",
                path=path,
            )
        return
    bag.error(
        "unknown-artifact",
        problem,
        detail="A step brings what `spec.artifacts` names.",
        hint=f"write one of: {', '.join(versions)}",
        path=path,
    )
