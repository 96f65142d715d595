"""Pass ``resolve``: model -> Cluster; defaults filled, hosts and groups final."""

from __future__ import annotations

from worldtree.ansible import steps as step_kinds
from worldtree.catalog.registry import components
from worldtree.errors import DiagnosticBag
from worldtree.spec.analyse import resolve_checked
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.models.cluster import ClusterDocument


def resolve(model: ClusterDocument, document: Document, bag: DiagnosticBag) -> Cluster:
    """Return the cluster; problems across fields (errors and warnings) go to ``bag``.

    It does not raise, so that the passes up to the plan can add what they find.
    """
    return resolve_checked(
        model, document, bag, components=components(), normalise=step_kinds.normalise
    )
