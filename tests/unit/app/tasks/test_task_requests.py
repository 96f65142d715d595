"""Requests are data: what the database keeps of one is the same request again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.tasks.task_requests import (
    ImportRequest,
    Mode,
    ReplanRequest,
    Request,
    RerunSelection,
    ResumeRequest,
    RollbackRequest,
    TaskRequest,
)
from worldtree.compile.selection import Selection
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.results.task_command import TaskCommand

HERE = Path("/srv/site")
REQUESTS: list[Request] = [
    TaskRequest(document=DocumentRequest(Path("cluster.yaml"))),
    TaskRequest(
        command=TaskCommand.VERIFY,
        document=DocumentRequest(
            Path("/etc/c.yaml"), "shop", {"n": 1, "on": [date(2026, 1, 2)]}, ("inv", "a,b")
        ),
        pipeline=PipelineRequest("verify", {"deep": True}),
        selection=Selection(only=("etcd/*",), hosts=("h1",), tags=("a",)),
        only_changed=True,
        mode=Mode(check=True, diff=True),
    ),
    TaskRequest(document=None, bundle=Path("reviewed"), mode=Mode(step=True, break_nodes=("a",))),
    ResumeRequest(task="t", rerun=RerunSelection(("a",), ("h1",), only=True), if_in_doubt="done"),
    ReplanRequest(task="t", file=Path("other.yaml")),
    ReplanRequest(task="t"),
    RollbackRequest(task="t"),
    ImportRequest(directory=Path("artifacts/1"), bundle=Path("project")),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: type(one).__name__)
def test_what_is_kept_of_a_request_is_the_request(request_: Request) -> None:
    """Paths are absolute, since nobody knows later where they started."""
    kept = json.loads(json.dumps(request_.located(HERE).model_dump(mode="json")))
    again = type(request_).model_validate(kept)
    assert again.model_dump(mode="json") == kept
    assert again.located(Path("/elsewhere")) == again
    assert "/elsewhere" not in json.dumps(again.located(Path("/elsewhere")).model_dump(mode="json"))


def test_relative_paths_start_in_the_working_directory() -> None:
    task, bundle = REQUESTS[0].located(HERE), REQUESTS[2].located(HERE)
    assert isinstance(task, TaskRequest)
    assert isinstance(bundle, TaskRequest)
    assert task.document is not None
    assert (task.document.file, bundle.bundle) == (HERE / "cluster.yaml", HERE / "reviewed")


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        RollbackRequest.model_validate({"task": "t", "hosts": ["h1"]})
