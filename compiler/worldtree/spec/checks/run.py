"""Runs all cross-field checks on a document's model and its resolved cluster."""

from __future__ import annotations

from collections.abc import Collection

from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.spec.checks.artifacts import check_artifacts
from worldtree.spec.checks.hosts import check_hosts
from worldtree.spec.checks.names import check_names
from worldtree.spec.checks.needs import check_needs
from worldtree.spec.checks.packages import check_packages
from worldtree.spec.checks.paths import check_paths
from worldtree.spec.checks.policies import check_policies
from worldtree.spec.checks.secret_places import check_secret_places
from worldtree.spec.checks.secrets import check_secrets
from worldtree.spec.checks.selectors import check_selection
from worldtree.spec.checks.templates import check_templates
from worldtree.spec.cluster import Cluster
from worldtree.spec.models.cluster import ClusterDocument


def check_document(
    model: ClusterDocument, cluster: Cluster, *, components: Collection[str] = ()
) -> list[Diagnostic]:
    """Return all cross-field problems, with paths.

    ``components`` are the names of all known components: needs and hooks may refer to them.
    """
    bag = DiagnosticBag()
    check_hosts(model, cluster, bag)
    check_names(model, cluster, bag)
    check_selection(model, cluster, bag)
    check_needs(cluster, {*components, *cluster.components}, bag)
    check_secrets(model, bag)
    check_secret_places(model, bag)
    check_templates(model, bag)
    check_policies(cluster, bag)
    check_paths(cluster, bag)
    check_artifacts(model, bag)
    check_packages(model, bag)
    return bag.items


def check_selectors(model: ClusterDocument, cluster: Cluster) -> list[Diagnostic]:
    """Return the problems of selectors, for a cluster whose inventory has been read."""
    bag = DiagnosticBag()
    check_selection(model, cluster, bag)
    return bag.items
