"""The cluster as the document before described it, for pipelines that compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from worldtree.ansible import steps as step_kinds
from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.component_registry import components
from worldtree.compile.input_digests import cluster_digest
from worldtree.compile.plan_context import ClusterContext, plan_host
from worldtree.core.errors import Diagnostic, DiagnosticBag, InputError
from worldtree.plan.digests import digest
from worldtree.plan.plan import Plan
from worldtree.spec.analysis import validate_checked
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.resolve import resolve

#: Slug of a document of an earlier task that this program cannot use.
PREVIOUS_SLUG = "previous-document-invalid"


@dataclass(frozen=True, slots=True)
class PreviousDocument:
    """The document that an earlier task applied."""

    document: Document
    #: The plan of that task, which has the hosts of an external inventory; None: the document's.
    plan: Plan | None = None
    #: Id of the task.
    task: str | None = None


@dataclass(frozen=True)
class PreviousCluster:
    """What builders see of an earlier document."""

    context: ClusterContext
    #: Digest of the document and of its hosts.
    digest: str
    #: Id of the task that applied it; None where it is not known.
    task: str | None


def previous_cluster(previous: PreviousDocument) -> PreviousCluster:
    """Return the cluster of an earlier document; raises ``InputError`` if it is not valid now.

    Components that are not installed any more are left out.
    """
    bag = DiagnosticBag()
    model = validate_checked(previous.document, bag).model
    if model is None or bag.has_errors:
        first = next((one.summary for one in bag.items if one.is_error), "")
        raise _invalid(previous, first)
    cluster = resolve(model, previous.document, DiagnosticBag(), normalise=step_kinds.normalise)
    hosts = tuple(plan_host(host, cluster) for host in cluster.hosts)
    groups = cluster.group_members
    if previous.plan is not None:
        hosts, groups = previous.plan.hosts, previous.plan.groups
    context = ClusterContext(cluster.name, hosts, groups, _configs(previous, cluster))
    found: dict[str, Any] = {
        "document": cluster_digest(cluster),
        "hosts": [host.model_dump(mode="json") for host in hosts],
        "groups": groups,
    }
    return PreviousCluster(context, digest(found), previous.task)


def _configs(previous: PreviousDocument, cluster: Cluster) -> dict[str, ComponentConfig]:
    """Return the typed configurations of the components, and of those that they require."""
    found: dict[str, ComponentConfig] = {}
    waiting = dict(cluster.components)
    while waiting:
        name, raw = waiting.popitem()
        if name in found or (component := components().get(name)) is None:
            continue
        try:
            found[name] = component.parse(raw)
        except ValidationError as problem:
            what = f"the configuration of `{name}` has {problem.error_count()} problems"
            raise _invalid(previous, what) from problem
        waiting |= {one: {} for one in component.requires if one not in {**found, **waiting}}
    return dict(sorted(found.items()))


def _invalid(previous: PreviousDocument, why: str) -> InputError:
    of = f"task {previous.task}" if previous.task else "the last successful task"
    return InputError(
        [
            Diagnostic(
                PREVIOUS_SLUG,
                f"the document of {of} is no longer valid: {why}",
                "The pipeline compares the document with that one. Another version of WorldTree, or"
                " another package, has read it.",
                "apply the present document with a pipeline that does not compare: `wt apply`",
            )
        ]
    )
