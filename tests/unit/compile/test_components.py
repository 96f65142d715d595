"""Problems of active components are found before a host is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from unit.catalog.context import host
from worldtree.catalog.component_registry import components
from worldtree.compile.passes.components import activate_components
from worldtree.compile.plan_context import ClusterContext
from worldtree.core.errors import Diagnostic, DiagnosticBag, Severity
from worldtree.spec.load import load_text

PKI = {"passphrase": "${env:P}"}


def activated(
    members: int, etcd: Mapping[str, Any] | None = None, pki: Mapping[str, Any] | None = PKI
) -> tuple[ClusterContext, dict[str, Diagnostic]]:
    hosts = tuple(host(f"etcd{n}", "etcd", address=f"10.0.0.{n}") for n in range(1, members + 1))
    context = ClusterContext("demo", hosts, {"etcd": tuple(h.name for h in hosts)})
    (document,) = load_text("kind: Cluster\n")
    bag = DiagnosticBag()
    raw = {"etcd": etcd or {}} | ({} if pki is None else {"pki": pki})
    active = activate_components(raw, context, components(), document, bag)
    return active, {problem.slug: problem for problem in bag.items}


@pytest.mark.parametrize(
    ("members", "slug", "severity"),
    [
        (0, "component-without-hosts", Severity.ERROR),
        (2, "etcd-even-members", Severity.WARNING),
        (6, "etcd-even-members", Severity.WARNING),
        (8, "etcd-too-many-members", Severity.ERROR),
    ],
)
def test_member_counts_that_are_wrong(members: int, slug: str, severity: Severity) -> None:
    _, problems = activated(members)
    (problem,) = problems.values()
    assert (problem.slug, problem.severity) == (slug, severity)
    assert problem.path == ("spec", "components", "etcd")


@pytest.mark.parametrize("members", [1, 3, 5, 7])
def test_member_counts_that_are_right(members: int) -> None:
    assert activated(members)[1] == {}


def test_paths_start_at_the_root_of_the_document() -> None:
    _, problems = activated(3, {"electionTimeout": 300})
    (problem,) = problems.values()
    assert problem.slug == "etcd-election-too-short"
    assert problem.path == ("spec", "components", "etcd", "electionTimeout")


def test_an_archive_and_a_package_version_exclude_each_other() -> None:
    archive = {"url": "https://mirror.example/etcd.tar.gz", "checksum": "sha256:" + "0" * 64}
    _, problems = activated(3, {"archive": archive, "packageVersion": "1"})
    assert set(problems) == {"etcd-archive-and-package"}


def test_what_a_component_requires_is_switched_on_with_it() -> None:
    found, problems = activated(3, pki=None)
    assert set(found.configs) == {"etcd", "pki"}
    assert set(problems) == {"pki-passphrase-generated"}
