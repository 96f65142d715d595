"""Shows whether the audit log is as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.cli.output import write_data
from worldtree.core.errors import WorldTreeError

_COMPARE = "compare it with a backup or an export"


def show_audit_report(found: Mapping[str, Any], output: str) -> None:
    """Print a report in the form of ``audit_report_view``; raises an error for a changed log."""
    if output != "table":
        write_data(found, output)
    misfit, missing = found["first_misfit"], found["missing_links"]
    if misfit is not None:
        raise WorldTreeError(
            f"entry {misfit} of the audit log does not fit the chain",
            code="audit-log-changed",
            hint=f"it or an entry before it was changed, removed or inserted; {_COMPARE}",
        )
    if missing:
        raise WorldTreeError(
            f"the audit log lacks the entry with the digest {missing[0]}",
            code="audit-log-changed",
            hint=f"entries were removed, or the whole log was written anew; {_COMPARE}",
        )
    if output == "table":
        later = found["uncovered"]
        words = f", {later} to be covered by the next one" if later else ""
        click.echo(f"ok: {found['entries']} entries{words}; head: {found['head'] or 'none'}")
