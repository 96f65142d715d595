"""Problems of active components are found before a host is touched."""

from __future__ import annotations

import pytest

from unit.catalog.context import Cluster, host
from worldtree.catalog.checks import check_components, with_required
from worldtree.catalog.components.etcd import EtcdConfig
from worldtree.catalog.components.pki import PkiConfig
from worldtree.catalog.registry import components
from worldtree.errors import Diagnostic, Severity


def problems(members: int, etcd: dict[str, object] | None = None) -> dict[str, Diagnostic]:
    hosts = tuple(host(f"etcd{n}", "etcd", address=f"10.0.0.{n}") for n in range(1, members + 1))
    configs = {
        "etcd": EtcdConfig.model_validate(etcd or {}),
        "pki": PkiConfig(passphrase="${env:P}"),
    }
    found = check_components(Cluster(hosts, configs), components())
    return {problem.slug: problem for problem in found}


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
    (problem,) = problems(members).values()
    assert (problem.slug, problem.severity) == (slug, severity)
    assert problem.path == ("spec", "components", "etcd")


@pytest.mark.parametrize("members", [1, 3, 5, 7])
def test_member_counts_that_are_right(members: int) -> None:
    assert problems(members) == {}


def test_paths_start_at_the_root_of_the_document() -> None:
    (problem,) = problems(3, {"electionTimeout": 300}).values()
    assert problem.slug == "etcd-election-too-short"
    assert problem.path == ("spec", "components", "etcd", "electionTimeout")


def test_an_archive_and_a_package_version_exclude_each_other() -> None:
    archive = {"url": "https://mirror.example/etcd.tar.gz", "checksum": "sha256:00"}
    assert set(problems(3, {"archive": archive, "packageVersion": "1"})) == {
        "etcd-archive-and-package"
    }


def test_what_a_component_requires_is_switched_on_with_it() -> None:
    assert with_required(["etcd", "unknown"], components()) == ("etcd", "pki")
