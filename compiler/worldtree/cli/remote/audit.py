"""``wt --server URL audit``: the audit log of a project of a service."""

from __future__ import annotations

import json

import click

from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.remote.service import with_keys

_REPORT_KEYS = ("intact", "entries", "uncovered", "head", "first_misfit", "missing_links")


def audit(*, cluster: str | None, limit: int, output: str) -> None:
    """Show the audit log, newest first."""
    from worldtree.cli.task_list import write_audit

    found = open_service().audit(cluster, limit)
    if output != "table":
        write_data({"items": found}, output)
    elif found:
        write_audit(found)
    else:
        click.echo("no entries yet", err=True)


def verify(*, head: str | None, output: str) -> None:
    """Check that no entry of any project was changed, removed or inserted."""
    from worldtree.cli.audit_report import show_audit_report

    path = "/audit/verify"
    found = open_service().mapping(path, head=head)
    show_audit_report(with_keys(found, path, *_REPORT_KEYS), output)


def export() -> None:
    """Print all entries of all projects as JSON, one a line, oldest first."""
    service, path = open_service(), "/audit/export"
    after: int | None = 0
    while after is not None:
        page = with_keys(service.mapping(path, after=after), path, "items", "next")
        for entry in page["items"]:
            click.echo(json.dumps(entry, ensure_ascii=False))
        after = page["next"]
