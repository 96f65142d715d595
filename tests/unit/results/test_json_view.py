"""The JSON that scripts read: any change here is a breaking one."""

from __future__ import annotations

import json

import pytest

from worldtree.core.errors import ExitCode
from worldtree.results.host_reason import HostReason
from worldtree.results.json_view import exit_code, task_json, utc_text
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, PlayTaskResult, TaskResult

RESULT = TaskResult(
    task_id="20260102-030405-abcdef",
    cluster="shop",
    pipeline="create-cluster",
    status=TaskStatus.PARTIAL,
    started=1767323045.678,
    ended=1767323050.178,
    nodes=(
        NodeResult(
            id="create-cluster/web/app/install",
            status=NodeStatus.FAILED,
            started=1767323045.678,
            ended=1767323050.0,
            attempts=2,
            hosts={
                "web1": HostResult(
                    status=HostStatus.FAILED,
                    message="Install: no such package",
                    started=1767323046.0,
                    ended=1767323047.5,
                    attempts=2,
                    tasks=(
                        PlayTaskResult(
                            name="Install",
                            action="ansible.builtin.apt",
                            status="failed",
                            message="no such package",
                            stderr="E: nope",
                            result={"rc": 100},
                        ),
                    ),
                ),
                "web2": HostResult(
                    status=HostStatus.NOT_RUN,
                    reason=HostReason.BATCH_NOT_STARTED,
                    caused_by="create-cluster/os/base/packages",
                ),
            },
        ),
    ),
)

PINNED = {
    "task_id": "20260102-030405-abcdef",
    "cluster": "shop",
    "pipeline": "create-cluster",
    "status": "partial",
    "message": None,
    "started": "2026-01-02T03:04:05.678Z",
    "ended": "2026-01-02T03:04:10.178Z",
    "duration": 4.5,
    "interrupted_hosts": [],
    "module_calls": {"warm": 0, "ordinary": {}},
    "parameters": {},
    "left_out": {},
    "cut": {},
    "nodes": [
        {
            "id": "create-cluster/web/app/install",
            "status": "failed",
            "caused_by": None,
            "message": None,
            "attempts": 2,
            "lost_hosts": ["web1"],
            "started": "2026-01-02T03:04:05.678Z",
            "ended": "2026-01-02T03:04:10.000Z",
            "duration": 4.322,
            "hosts": {
                "web1": {
                    "status": "failed",
                    "changed": False,
                    "message": "Install: no such package",
                    "reason": None,
                    "caused_by": None,
                    "attempts": 2,
                    "started": "2026-01-02T03:04:06.000Z",
                    "ended": "2026-01-02T03:04:07.500Z",
                    "duration": 1.5,
                    "tasks": [
                        {
                            "name": "Install",
                            "action": "ansible.builtin.apt",
                            "role": None,
                            "path": None,
                            "status": "failed",
                            "changed": False,
                            "ignored": False,
                            "delegated_to": None,
                            "message": "no such package",
                            "stdout": None,
                            "stderr": "E: nope",
                            "started": None,
                            "ended": None,
                            "duration": None,
                            "result": {"rc": 100},
                        }
                    ],
                },
                "web2": {
                    "status": "not-run",
                    "changed": False,
                    "message": None,
                    "reason": "batch-not-started",
                    "caused_by": "create-cluster/os/base/packages",
                    "attempts": 0,
                    "started": None,
                    "ended": None,
                    "duration": None,
                    "tasks": [],
                },
            },
        }
    ],
}


def test_shape_is_pinned() -> None:
    assert json.loads(json.dumps(task_json(RESULT))) == PINNED


def test_without_ansible_tasks_it_ends_at_the_hosts() -> None:
    hosts = task_json(RESULT, play_tasks=False)["nodes"][0]["hosts"]
    assert all("tasks" not in host for host in hosts.values())


@pytest.mark.parametrize("status", TaskStatus)
def test_only_success_ends_with_zero(status: TaskStatus) -> None:
    assert (exit_code(status) is ExitCode.OK) == (status is TaskStatus.SUCCEEDED)


def test_exit_codes_of_the_contract() -> None:
    assert exit_code(TaskStatus.PARTIAL) == 3
    assert exit_code(TaskStatus.FAILED) == 1
    assert exit_code(TaskStatus.CANCELLED) == 130


def test_times_are_utc_to_the_millisecond() -> None:
    assert utc_text(0.0) == "1970-01-01T00:00:00.000Z"
    assert utc_text(None) is None
