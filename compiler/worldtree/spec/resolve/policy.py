"""Converts a policy of the document to the form of the plan."""

from __future__ import annotations

from worldtree.spec.cluster import ClusterPolicy
from worldtree.spec.models.policy import PolicyModel


def resolve_policy(policy: PolicyModel) -> ClusterPolicy:
    """Return ``policy`` with durations in seconds and a single batch size as a scalar."""
    data = policy.model_dump(exclude_none=True)
    serial = policy.serial
    if serial is not None:
        data["serial"] = serial[0] if len(serial) == 1 else serial
    return ClusterPolicy(**data)
