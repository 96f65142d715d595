"""Which workers take tasks of a project: those with a tag of its policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.app.tasks.work_queue import project_admission
from worldtree.store.queue_order import QueuePlace, Taker, in_turn

ANY, A = None, frozenset({"a"})


@pytest.mark.parametrize(
    ("default", "maximum", "own", "tags", "takes"),
    [
        (ANY, ANY, None, set(), True),
        (A, ANY, None, set(), False),
        (A, ANY, None, {"a", "b"}, True),
        (A, ANY, {"worker_tags": None}, set(), True),
        (ANY, ANY, {"worker_tags": ["a", "c"]}, {"a"}, True),
        (ANY, ANY, {"worker_tags": ["b"]}, {"a"}, False),
        (ANY, A, {"worker_tags": None}, {"b"}, False),
        (ANY, A, {"worker_tags": ["b"]}, {"b"}, False),
        (ANY, ANY, {"worker_tags": []}, {"a"}, False),
    ],
)
def test_a_project_is_worked_on_by_workers_with_its_tags(
    default: frozenset[str] | None,
    maximum: frozenset[str] | None,
    own: Mapping[str, Any] | None,
    tags: set[str],
    takes: bool,
) -> None:
    """A project's own policy wins within the limit of the operator."""
    policy = ServicePolicy(DocumentPolicy(worker_tags=default), DocumentPolicy(worker_tags=maximum))
    row = QueuePlace(1, "p", "c", "t", 0, False, policy=own)
    taker = Taker("w", 1, tags, project_admission(tags, policy))
    assert (in_turn([row], taker) == row) is takes
