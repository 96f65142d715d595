"""``wt --server URL drift``, ``facts``: what a service knows of hosts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import click

from worldtree.cli.output import write_data
from worldtree.cli.remote.compiled import compile_if_allowed, selection_data
from worldtree.cli.remote.connect import open_service
from worldtree.cli.remote.documents import (
    is_of_service,
    open_document,
    read_document,
    stored_version,
    written_hosts,
)
from worldtree.cli.remote.follow import follow_to_end, refuse_unbegun
from worldtree.core.errors import ExitCode, RefusedError
from worldtree.remote.client import quoted
from worldtree.remote.results import epoch, unreadable_answer
from worldtree.remote.service import RemoteService, with_keys
from worldtree.results.json_view import exit_code
from worldtree.results.status import TaskStatus

#: What is read of a report, of a line of the history, and of facts.
_REPORT_KEYS = (
    *("cluster", "tasks", "coverage", "pairs", "not_selected", "in_part"),
    *("differs", "unknown", "left_out"),
)
_SUMMARY_KEYS = ("task_id", "cluster", "time", "status", "differing", "checked", "total")
_FACT_KEYS = ("host", "gathered", "facts")
#: Seconds between two looks at whether a task is out of the queue.
_POLL = 0.3


def drift(
    *,
    file: Path,
    cluster: str | None,
    min_coverage: int,
    wait: bool,
    history: bool,
    output: str,
    **selection: tuple[str, ...],
) -> int:
    """Compare hosts with the document of the service, or show earlier reports."""
    del wait  # A task of a service waits in any case.
    if history:
        return _show_history(file, cluster, output)
    from worldtree.cli.drift_text import show_report

    service, document = open_document(file, cluster)
    version = stored_version(service, document)
    chosen = selection_data(**selection)
    compile_if_allowed(service, document, {"selection": chosen})
    work = {"selection": chosen, "version": version, **document.content}
    task, _ = follow_to_end(service, lambda: service.detect_drift(document.cluster, work))
    view = _out_of_queue(service, task)
    refuse_unbegun(view, document.file)
    report = _report_of(service, document.cluster, task)
    is_cancelled = view["status"] == TaskStatus.CANCELLED.value
    shown = _as_at_home(report, min_coverage, is_whole=not is_cancelled)
    left = report["left_out"]["unknown"]
    checked = report["pairs"] - len(report["unknown"]) - left
    if left or report["left_out"]["differs"]:
        click.echo("warning: the service keeps a part of this report only", err=True)
    return show_report(shown, output, checked=checked, cancelled=is_cancelled)


def _out_of_queue(service: RemoteService, task: str) -> Mapping[str, Any]:
    """Return the view of a task, once the process that works on it has written its report.

    After the task itself it runs `verify` where check mode does not show a difference.
    """
    while True:
        view = service.task(task)
        if view.get("queued") is None:
            return view
        time.sleep(_POLL)


def _report_of(service: RemoteService, cluster: str, task: str) -> Mapping[str, Any]:
    path = f"/clusters/{quoted(cluster)}/drift"
    found = with_keys(service.mapping(path), path, *_REPORT_KEYS)
    if task not in found["tasks"]:
        raise RefusedError(
            f"task {task} left no report, or a later one has replaced it",
            code="drift-unknown",
            hint=f"see `wt tasks show {task}` and `wt drift --history`",
        )
    return found


def _as_at_home(report: Mapping[str, Any], min_coverage: int, *, is_whole: bool) -> dict[str, Any]:
    """Return a report of the API in the form of `wt drift -o json`."""
    left = report["unknown"] or report["not_selected"] or report["in_part"] or not is_whole
    try:
        differs = [
            {
                **{name: one[name] for name in ("node", "host", "why")},
                "diff": [line for shown in one["tasks"] for line in shown["diff"]],
            }
            for one in report["differs"]
        ]
    except (KeyError, TypeError):
        raise unreadable_answer("a report of drift") from None
    return {
        "cluster": report["cluster"],
        "tasks": report["tasks"],
        "status": "drift" if differs else "incomplete" if left else "clean",
        "coverage": report["coverage"],
        "min_coverage": min_coverage,
        "pairs": report["pairs"],
        "not_selected": report["not_selected"],
        "in_part": report["in_part"],
        "differs": differs,
        "unknown": report["unknown"],
    }


def _show_history(file: Path, cluster: str | None, output: str) -> int:
    from worldtree.cli.commands.drift import MAX_REPORTS
    from worldtree.cli.drift_text import show_history

    name = _name(file, cluster)
    path = f"/clusters/{quoted(name)}/drift/history"
    items = open_service().items_of_cluster(path, MAX_REPORTS)
    found = [with_keys(one, path, *_SUMMARY_KEYS) for one in islice(items, MAX_REPORTS)]
    show_history(name, {"items": found}, output)
    return ExitCode.OK


def facts(*, file: Path, cluster: str | None, host: str | None, refresh: bool, output: str) -> int:
    """Show the stored facts of hosts; with ``refresh`` gather them before."""
    from worldtree.app.hosts.facts import FactSnapshot
    from worldtree.app.views.hosts import facts_view
    from worldtree.cli.fact_tables import find_host_facts, write_facts, write_host_table

    code: int = _gather(file, cluster, host) if refresh else ExitCode.OK
    name = _name(file, cluster)
    hosts = () if is_of_service(file, cluster) else written_hosts(file, cluster)
    service = open_service()
    path = f"/clusters/{quoted(name)}/facts"
    kept = []
    for item in service.items_of_cluster(path):
        if host is None or item["host"] == host:
            one = with_keys(
                service.mapping(f"{path}/{quoted(str(item['host']))}"), path, *_FACT_KEYS
            )
            kept.append(FactSnapshot(one["host"], one["facts"], epoch(one["gathered"]) or 0.0))
    if host is not None:
        kept = [find_host_facts(kept, host, hosts, {})]
    if output != "table":
        write_data(facts_view(kept), output)
    elif host is not None:
        write_facts(kept[0])
    elif kept:
        write_host_table(kept, time.time(), hosts)
    else:
        click.echo("no stored facts: gather them with `wt facts --refresh`", err=True)
    return code


def _gather(file: Path, cluster: str | None, host: str | None) -> int:
    """Have facts gathered, with progress on stderr; return the exit code."""
    service, document = open_document(file, cluster)
    version = stored_version(service, document)
    work = {"hosts": [] if host is None else [host], "version": version, **document.content}
    task, _ = follow_to_end(service, lambda: service.gather_facts(document.cluster, work))
    view = service.task(task)
    refuse_unbegun(view, document.file)
    return exit_code(TaskStatus(view["status"]))


def _name(file: Path, cluster: str | None) -> str:
    """Return the name of the cluster; raises ``InputError`` for a document without it."""
    if cluster is not None and is_of_service(file, cluster):
        return cluster
    return read_document(file, cluster).cluster
