"""Artifacts and sources that components of packages bring, in ``wt artifacts``."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.artifacts.artifacts_of_tests import sha256
from unit.cli.conftest import Wt, write_document
from unit.cli.test_artifact_commands import served as served
from unit.plugins.packages import installed, write_package
from worldtree.core.errors import ExitCode

_PACKAGE = '''
from contextlib import contextmanager

from worldtree.artifacts.sources.source_kind import OpenedSource, SourceKind
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.plan.artifact import ArtifactRequest


class WordSource(SourceKind):
    @contextmanager
    def open(self, source, point, context):
        word = source.location.partition("://")[2].encode()
        if word == b"broken":
            raise RuntimeError("hunter2")
        yield OpenedSource(iter([word]), 0, len(word), "", True)


class AgentConfig(ComponentConfig):
    """An agent on every host."""


def _artifacts(config, context):
    hosts = tuple(host.name for host in context.hosts)
    source = {"location": "word://agent"}
    yield ArtifactRequest(
        kind="binary", name="agent", version="2", sources=(source,), hosts=hosts
    )
    FAULT


COMPONENT = Component(
    name="agent",
    summary="An agent.",
    config=AgentConfig,
    host_role="all",
    pipelines={},
    role="os",
    artifacts=_artifacts,
)
'''


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("", ""),
        ("raise RuntimeError", "component-failed"),
        ("yield 3", "component-failed"),
    ],
)
def test_packages_bring_components_with_artifacts_and_schemes(
    wt: Wt, tmp_path: Path, fault: str, says: str
) -> None:
    """Both are found by their entry points; a failure is reported with the package."""
    write_package(
        tmp_path / "site",
        "acme-agent",
        {"acme_agent.py": _PACKAGE.replace("FAULT", fault)},
        {
            "worldtree.components": {"agent": "acme_agent:COMPONENT"},
            "worldtree.artifact_sources": {"word": "acme_agent:WordSource"},
        },
    )
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    own = {"name": "own", "version": "1", "sources": ["word://broken", "word://own"]}
    write_document(
        tmp_path / "cluster.yaml", {"hosts": hosts, "components": {"agent": {}}, "artifacts": [own]}
    )
    with installed(tmp_path / "site"):
        found = wt("artifacts", "lock", "-o", "json")
        if fault:
            assert found.code == ExitCode.INPUT
            assert f"[{says}]" in found.err
            return
        digests = {one["name"]: one["sha256"] for one in found.json["added"]}
        assert digests == {"agent": sha256(b"agent"), "own": sha256(b"own")}
        assert "the source failed with RuntimeError" in found.err
        assert "hunter2" not in found.err
        (agent, _) = wt("artifacts", "list", "-o", "json").json["items"]
        assert agent["needed_by"] == ["agent"]


def test_two_requests_that_contradict_are_reported(wt: Wt, tmp_path: Path) -> None:
    """A component and the document mean one file, and say two things of it."""
    write_package(
        tmp_path / "site",
        "acme-agent",
        {"acme_agent.py": _PACKAGE.replace("FAULT", "")},
        {
            "worldtree.components": {"agent": "acme_agent:COMPONENT"},
            "worldtree.artifact_sources": {"word": "acme_agent:WordSource"},
        },
    )
    own = {"name": "agent", "version": "2", "kind": "binary", "sources": ["./agent"]}
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    write_document(
        tmp_path / "cluster.yaml", {"hosts": hosts, "components": {"agent": {}}, "artifacts": [own]}
    )
    with installed(tmp_path / "site"):
        found = wt("artifacts", "list")
    assert found.code == ExitCode.INPUT
    assert "[artifacts-differ]" in found.err


def test_paths_of_components_are_beside_the_document_as_well(wt: Wt, tmp_path: Path) -> None:
    """Wherever the command runs, and whatever the directory is called."""
    write_package(
        tmp_path / "site",
        "acme-agent",
        {"acme_agent.py": _PACKAGE.replace("FAULT", "").replace("word://agent", "./agent")},
        {"worldtree.components": {"agent": "acme_agent:COMPONENT"}},
    )
    place = tmp_path / "{version}"
    place.mkdir()
    (place / "agent").write_bytes(b"agent")
    (place / "own-1").write_bytes(b"own")
    own = {"name": "own", "version": "1", "sources": ["./own-{version}"]}
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    write_document(
        place / "cluster.yaml", {"hosts": hosts, "components": {"agent": {}}, "artifacts": [own]}
    )
    with installed(tmp_path / "site"):
        found = wt("artifacts", "lock", "-f", str(place / "cluster.yaml"), "-o", "json").json
    assert [(one["sha256"], one["location"]) for one in found["added"]] == [
        (sha256(b"agent"), "./agent"),
        (sha256(b"own"), "./own-1"),
    ]
