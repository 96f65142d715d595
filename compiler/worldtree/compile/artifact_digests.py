"""Artifacts as inputs of a plan: another sha256 is other work for those who asked for the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worldtree.plan.digests import digest
from worldtree.plan.node import Node
from worldtree.plan.pinned_artifact import PinnedArtifact, asks_for


def with_artifacts(
    pairs: Mapping[str, str], node: Node, artifacts: Sequence[PinnedArtifact]
) -> dict[str, str]:
    """Return host -> digest of a node, with those of the files that it may need there."""
    found = dict(pairs)
    for host, before in pairs.items():
        files = [
            [str(one.key), one.sha256]
            for one in artifacts
            if host in one.hosts and asks_for(node, one)
        ]
        if files:
            found[host] = digest([before, files])
    return found


def artifact_inputs(artifacts: Sequence[PinnedArtifact]) -> dict[str, str]:
    """Return the digest of all artifacts, as an input of a plan; none without any."""
    if not artifacts:
        return {}
    # Sources are those of the document, which is an input of its own.
    listed = [one.described(exclude_none=False) for one in artifacts]
    return {
        "artifacts": digest([{k: v for k, v in one.items() if k != "sources"} for one in listed])
    }
