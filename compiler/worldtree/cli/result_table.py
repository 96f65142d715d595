"""A task's result as a table per node and host, the failures, and one closing line."""

from __future__ import annotations

from collections import Counter

import click

from worldtree.cli.output import write_table
from worldtree.cli.progress.words import COLOURS, duration, short
from worldtree.results.status import HostStatus, NodeStatus
from worldtree.results.tree import HostResult, NodeResult, TaskResult

#: Rows up to which every host gets its own; beyond, only what went wrong does.
_MOST_ROWS = 200


def write_result(result: TaskResult) -> None:
    """Print the table and the summary on stdout."""
    rows: list[list[str]] = []
    whole = sum(len(node.hosts) for node in result.nodes) <= _MOST_ROWS
    for node in result.nodes:
        rows += _node_rows(node, whole=whole)
    write_table(["NODE", "HOST", "STATUS", "TIME", "MESSAGE"], rows)
    click.echo(summary(result))


def summary(result: TaskResult) -> str:
    """Return the closing lines: status, counts, what to do next."""
    hosts = Counter(host.status for node in result.nodes for host in node.hosts.values())
    counted = ", ".join(f"{hosts[status]} {status}" for status in HostStatus if hosts[status])
    took = (
        f" in {duration(result.ended - result.started)}" if result.ended and result.started else ""
    )
    status = click.style(result.status, fg=COLOURS[result.status], bold=True)
    lines = [f"\n{result.cluster} {result.pipeline}: {status}{took} ({counted or 'nothing to do'})"]
    if result.message:
        lines.append(result.message)
    if result.interrupted_hosts:
        lines.append(
            "possibly in the middle of a task when it was cut off: "
            + ", ".join(result.interrupted_hosts)
        )
    lines.append(f"task {result.task_id}; details: wt tasks logs {result.task_id}")
    return "\n".join(lines)


def _node_rows(node: NodeResult, *, whole: bool) -> list[list[str]]:
    shown = {name: host for name, host in node.hosts.items() if whole or _went_wrong(host)}
    if not shown:
        return [[short(node.id), _counts(node), _styled(node.status), _took(node), _why(node)]]
    rows = []
    for place, (name, host) in enumerate(shown.items()):
        rows.append(
            [
                short(node.id) if place == 0 else "",
                name,
                _styled(host.status),
                _took(host),
                _first_line(host.message or _host_why(host, node)),
            ]
        )
    return rows


def _went_wrong(host: HostResult) -> bool:
    return host.status in (HostStatus.FAILED, HostStatus.UNREACHABLE)


def _counts(node: NodeResult) -> str:
    return f"{len(node.hosts)} hosts" if node.hosts else ""


def _styled(status: HostStatus | NodeStatus) -> str:
    return click.style(status.value, fg=COLOURS[status.value])


def _took(part: HostResult | NodeResult) -> str:
    if part.started is None or part.ended is None:
        return ""
    return duration(part.ended - part.started)


def _why(node: NodeResult) -> str:
    because = f"because of {short(node.caused_by)}" if node.caused_by else ""
    return _first_line(node.message or because)


def _host_why(host: HostResult, node: NodeResult) -> str:
    cause = host.caused_by or node.caused_by
    if host.status is HostStatus.NOT_RUN and cause:
        return f"because of {short(cause)}"
    return ""


def _first_line(text: str, most: int = 100) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= most else line[: most - 1] + "…"
