"""Shows a task's result: a table per node and host, and a summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from worldtree.cli.output import count
from worldtree.cli.part_lines import cut_lines, left_out_lines
from worldtree.cli.progress.style import COLOURS, format_duration
from worldtree.cli.table import Cell, Row, write_table
from worldtree.cli.terminal import first_line, truncate, use_colour
from worldtree.plan.ids import without_pipeline
from worldtree.plan.pipeline_request import parameters_text
from worldtree.results.status import HostStatus, NodeStatus
from worldtree.results.tree import HostResult, ModuleCalls, NodeResult, TaskResult

if TYPE_CHECKING:
    from worldtree.app.tasks.task_places import FailurePlaces, Places

#: With more rows than this, only lost hosts get a row of their own.
_MAX_ROWS = 200
#: The full message is in the logs.
_MAX_MESSAGE_WIDTH = 160


def write_result(result: TaskResult, places: FailurePlaces, *, whole: bool = False) -> None:
    """Print the table and the summary on stdout; ``whole`` shows every host.

    ``places`` are those of failures.
    """
    rows: list[Row] = []
    whole = whole or sum(len(node.hosts) for node in result.nodes) <= _MAX_ROWS
    for node in result.nodes:
        rows += _node_rows(node, places, whole=whole)
    write_table(["NODE", "HOST", "STATUS", "TIME", "MESSAGE"], rows)
    for line in summary_lines(result):
        click.echo(line, color=use_colour())


def summary_lines(result: TaskResult) -> list[str]:
    """Return the summary: status, counts, the command that shows details."""
    hosts = Counter(host.status for node in result.nodes for host in node.hosts.values())
    counted = ", ".join(f"{hosts[status]} {status}" for status in HostStatus if hosts[status])
    took = _elapsed(result)
    status = click.style(result.status, fg=COLOURS[result.status], bold=True)
    what = f"{result.cluster} {result.pipeline}: {status}{f' in {took}' if took else ''}"
    lines = ["", f"{what} (node × host: {counted})" if counted else f"{what} (nothing to do)"]
    if result.message:
        lines.append(first_line(result.message))
    if result.parameters:
        lines.append(f"parameters: {parameters_text(result.parameters)}")
    lines += left_out_lines(result.left_out)
    lines += cut_lines(result.cut)
    lines += interrupted_lines(result)
    failed = hosts[HostStatus.FAILED] or hosts[HostStatus.UNREACHABLE]
    more = f"wt tasks logs {result.task_id}" + (" --failed" if failed else "")
    lines.append(f"task {result.task_id}; details: {more}")
    return lines


def module_call_lines(calls: ModuleCalls) -> list[str]:
    """Return a line that says how modules were called on the hosts, if any were counted."""
    ordinary = sum(calls.ordinary.values())
    if not calls.warm and not ordinary:
        return []
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(calls.ordinary.items()))
    rest = f", {ordinary} in a new process each ({why})" if ordinary else ""
    return [f"module calls: {calls.warm} warm{rest}"]


def interrupted_lines(result: TaskResult) -> list[str]:
    """Return a line with the hosts that may have been in the middle of a task, if any."""
    names = ", ".join(result.interrupted_hosts)
    return [f"possibly in the middle of an Ansible task when interrupted: {names}"] if names else []


def _node_rows(node: NodeResult, places: FailurePlaces, *, whole: bool) -> list[Row]:
    shown = {name: host for name, host in node.hosts.items() if whole or host.status.is_lost}
    rows: list[Row] = []
    allowed = node.lost_hosts if node.status is NodeStatus.SUCCEEDED else ()
    if len(shown) < len(node.hosts) or not shown or node.message or allowed:
        # A row for the node itself, when it has many hosts or something of its own to say.
        rows.append(
            [
                without_pipeline(node.id),
                count(len(node.hosts), "host") if node.hosts else "",
                Cell(node.status.value, COLOURS["partial"]) if allowed else _styled(node.status),
                _elapsed(node),
                _node_message(node, len(allowed)),
            ]
        )
    for name, host in shown.items():
        rows.append(
            [
                "" if rows else without_pipeline(node.id),
                name,
                _styled(host.status),
                _elapsed(host),
                _host_message(host, node, places.get((node.id, name))),
            ]
        )
    return rows


def _styled(status: HostStatus | NodeStatus) -> Cell:
    return Cell(status.value, COLOURS[status.value])


def _elapsed(part: HostResult | NodeResult | TaskResult) -> str:
    if part.started is None or part.ended is None:
        return ""
    return format_duration(part.ended - part.started)


def _node_message(node: NodeResult, allowed: int) -> str:
    """Return the message of a node's row; ``allowed`` is how many hosts it lost and succeeded."""
    because = f"because of {without_pipeline(node.caused_by)}" if node.caused_by else ""
    lost = f"{count(allowed, 'host')} lost, as `allowedFailures` allows" if allowed else ""
    return "; ".join(filter(None, [lost, _short_message(node.message or because)]))


def _host_message(host: HostResult, node: NodeResult, places: Places | None) -> str:
    """Return the message of a host's row, with the file and line of a failure."""
    message = _short_message(host.message or _not_run_reason(host, node))
    return f"{message} ({places.short})" if places is not None and places.short else message


def _not_run_reason(host: HostResult, node: NodeResult) -> str:
    cause = host.caused_by or node.caused_by
    if host.status is HostStatus.NOT_RUN and cause:
        return f"because of {without_pipeline(cause)}"
    return ""


def _short_message(message: str) -> str:
    return truncate(first_line(message), _MAX_MESSAGE_WIDTH)
