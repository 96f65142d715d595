"""A result as a table: who did what, what went wrong, what to do next."""

from __future__ import annotations

import pytest

from worldtree.app.tasks.task_places import FailurePlaces, Places
from worldtree.cli.result_table import module_call_lines, write_result
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, ModuleCalls, NodeResult, TaskResult

OK = HostResult(status=HostStatus.OK, started=1.0, ended=2.5)
BAD = HostResult(status=HostStatus.FAILED, message="no \x1b[31mspace\x1b[0m\nand more", started=1.0)
LEFT_OUT = HostResult(status=HostStatus.NOT_RUN, caused_by="p/app/files/home")


def result(*nodes: NodeResult, status: TaskStatus = TaskStatus.PARTIAL) -> TaskResult:
    """Return a task of ``nodes`` that took a minute."""
    return TaskResult(
        task_id="20260101-000000-aaaaaa",
        cluster="shop",
        pipeline="create-cluster",
        status=status,
        started=0.0,
        ended=60.0,
        nodes=nodes,
        interrupted_hosts=("web9",) if status is TaskStatus.CANCELLED else (),
    )


def shown(
    capsys: pytest.CaptureFixture[str],
    task: TaskResult,
    *,
    whole: bool = False,
    places: FailurePlaces | None = None,
) -> list[str]:
    """Return the lines that are printed."""
    write_result(task, places or {}, whole=whole)
    return capsys.readouterr().out.splitlines()


def test_every_host_of_a_small_result(capsys: pytest.CaptureFixture[str]) -> None:
    """With the first line of its message, and the node that it had to wait for."""
    home = NodeResult(id="p/app/files/home", status=NodeStatus.FAILED, hosts={"a": OK, "b": BAD})
    page = NodeResult(
        id="p/app/files/page", status=NodeStatus.SUCCEEDED, hosts={"a": OK, "b": LEFT_OUT}
    )
    assert shown(capsys, result(home, page)) == [
        "NODE            HOST  STATUS   TIME  MESSAGE",
        "app/files/home  a     ok       1.5s",
        "                b     failed         no space",
        "app/files/page  a     ok       1.5s",
        "                b     not-run        because of app/files/home",
        "",
        "shop create-cluster: partial in 1m00s (node × host: 2 ok, 1 failed, 1 not-run)",
        "task 20260101-000000-aaaaaa; details: wt tasks logs 20260101-000000-aaaaaa --failed",
    ]


def test_a_failure_says_where_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The file and line of the error, or else of the task; the column is in the logs."""
    node = NodeResult(id="p/a/b/c", status=NodeStatus.FAILED, hosts={"a": BAD, "b": BAD, "c": BAD})
    places = {
        ("p/a/b/c", "a"): Places("roles/app/tasks/main.yml:12:3"),
        ("p/a/b/c", "b"): Places("roles/app/tasks/main.yml:12:3", "roles/app/templates/a.j2:7"),
        ("p/a/b/c", "c"): Places(),
    }
    assert [line.split("  ")[-1] for line in shown(capsys, result(node), places=places)[1:4]] == [
        "no space (roles/app/tasks/main.yml:12)",
        "no space (roles/app/templates/a.j2:7)",
        "no space",
    ]


def test_hosts_that_a_node_may_lose_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """On a row of the node, which succeeded; a host that another node lost does not count."""
    late = HostResult(status=HostStatus.NOT_RUN, message="not started: an earlier batch failed")
    hosts = {"a": OK, "b": BAD, "c": LEFT_OUT, "d": late}
    node = NodeResult(id="p/app/files/page", status=NodeStatus.SUCCEEDED, hosts=hosts)
    assert shown(capsys, result(node))[1:6] == [
        "app/files/page  4 hosts  succeeded        2 hosts lost, as `allowedFailures` allows",
        "                a        ok         1.5s",
        "                b        failed           no space",
        "                c        not-run          because of app/files/home",
        "                d        not-run          not started: an earlier batch failed",
    ]


def test_a_large_node_counts_the_hosts_that_it_may_lose(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside its own message."""
    hosts = {f"h{n}": OK for n in range(1000)} | {"h7": BAD}
    node = NodeResult(
        id="p/a/b/c", status=NodeStatus.SUCCEEDED, message="the time limit passed", hosts=hosts
    )
    assert shown(capsys, result(node))[1].endswith(
        "succeeded        1 host lost, as `allowedFailures` allows; the time limit passed"
    )


def test_a_task_that_was_left_out_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason, below the counts."""
    task = result(NodeResult(id="p/a/b/c", status=NodeStatus.SUCCEEDED, hosts={"a": OK}))
    task = task.model_copy(update={"left_out": {"m/canary": "no host matches `canary`"}})
    assert shown(capsys, task)[-2] == (
        "left out: m/canary, no host matches `canary` (onEmpty: skip)"
    )


def test_only_failed_hosts_of_a_large_result(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless all are asked for."""
    hosts = {f"h{n}": OK for n in range(1000)} | {"h7": BAD}
    task = result(NodeResult(id="p/a/b/c", status=NodeStatus.FAILED, hosts=hosts))
    lines = shown(capsys, task)
    assert [line.split()[:3] for line in lines[1:3]] == [
        ["a/b/c", "1,000", "hosts"],
        ["h7", "failed", "no"],
    ]
    assert len(shown(capsys, task, whole=True)) > 1000


def test_a_node_says_why_it_failed_as_a_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """A time limit is of no host in particular."""
    node = NodeResult(
        id="p/a/b/c", status=NodeStatus.FAILED, message="the time limit passed", hosts={"a": OK}
    )
    assert shown(capsys, result(node))[1].endswith("failed        the time limit passed")


def test_a_skipped_node_names_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    """Even when it has no hosts to show."""
    node = NodeResult(id="p/a/b/c", status=NodeStatus.SKIPPED, caused_by="p/x/y/z")
    assert shown(capsys, result(node))[1].endswith("because of x/y/z")


def test_hosts_in_mid_task_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """After a cancel somebody has to look at them."""
    lines = shown(capsys, result(status=TaskStatus.CANCELLED))
    assert "possibly in the middle of an Ansible task when interrupted: web9" in lines


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        (ModuleCalls(), []),
        (ModuleCalls(warm=3), ["module calls: 3 warm"]),
        (
            ModuleCalls(warm=3, ordinary={"environment": 4, "copied": 1}),
            ["module calls: 3 warm, 5 in a new process each (1 copied, 4 environment)"],
        ),
    ],
)
def test_calls_of_modules_have_a_line_with_the_reasons(
    calls: ModuleCalls, lines: list[str]
) -> None:
    assert module_call_lines(calls) == lines
