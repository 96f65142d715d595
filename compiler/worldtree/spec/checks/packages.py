"""Checks packages of the document: known distributions, each of them once."""

from __future__ import annotations

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.artifact_names import ANY_ARCHITECTURE
from worldtree.spec.checks.artifact_sources import check_source
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.packages import DocumentPackages
from worldtree.spec.package_names import PACKAGE_TOOLS, package_tool


def check_packages(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Report distributions that are there twice or cannot be served, and what is wrong in them."""
    seen: set[str] = set()
    for index, one in enumerate(model.spec.packages):
        path: DocPath = ("spec", "packages", index)
        _check_platform(one, path, bag)
        if one.platform in seen:
            bag.error(
                "duplicate-packages",
                f"the packages of `{one.platform}` are there twice",
                detail="All packages of a distribution are resolved together.",
                hint="put its repositories and hosts into one entry",
                path=(*path, "platform"),
            )
        seen.add(one.platform)
        for number, repository in enumerate(one.repositories):
            check_source(repository, (*path, "repositories", number), bag)


def _check_platform(one: DocumentPackages, path: DocPath, bag: DiagnosticBag) -> None:
    tool = package_tool(one.platform)
    if tool == "dnf":
        bag.error(
            "packages-not-supported",
            f"packages of `{one.platform}` are not possible yet",
            detail="Repositories of dnf are not read yet; those of apt are.",
            hint="leave its hosts out of `spec.packages`: they use their own repositories",
            path=(*path, "platform"),
        )
    elif tool is None:
        known = sorted(name for name, kind in PACKAGE_TOOLS.items() if kind == "apt")
        bag.error(
            "packages-not-supported",
            f"`{one.platform}` is not the release of a known distribution",
            detail=f"Packages of {' and '.join(known)} are possible.",
            hint="write `ID` and `VERSION_ID` of `/etc/os-release` of the hosts, for example"
            " `debian-12` or `ubuntu-24.04`",
            path=(*path, "platform"),
        )
    if ANY_ARCHITECTURE in one.architectures:
        bag.error(
            "artifact-architectures",
            "`any` is not an architecture of packages",
            detail="Packages are resolved for one architecture, with those for all of them.",
            hint="name those of the hosts, for example `architectures: [amd64, arm64]`",
            path=(*path, "architectures"),
        )
