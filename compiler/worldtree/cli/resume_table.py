"""Shows what resuming a task does: each node with what is reused, what runs, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from worldtree.core.text import and_more

if TYPE_CHECKING:
    from worldtree.app.tasks.resume import Plan, ResumePlan

#: Most hosts that a line names.
_MAX_HOSTS = 4
#: What the summary counts, and the words of the lines that belong to it.
_SUMMARY = {
    "to run": ("new", "re-run"),
    "already done": ("reused",),
    "to decide": ("unknown",),
    "counted as failed": ("failed",),
    "left out": ("left",),
    "no longer in the plan": ("gone",),
}


def write_resume_plan(plan: Plan, outlook: ResumePlan) -> None:
    """Print one line per node and reason on stderr, then the counts."""
    sums: Counter[str] = Counter()
    for name in plan.graph.nodes:
        lines: dict[tuple[str, str], list[str]] = {}
        for host in plan.graph.nodes[name].hosts:
            word, why = _action_and_reason(outlook, name, host)
            sums[word] += 1
            lines.setdefault((word, why), []).append(host)
        for (word, why), hosts in lines.items():
            click.echo(f"  {word:<7} {name} on {and_more(hosts, _MAX_HOSTS)}: {why}", err=True)
    gone: dict[tuple[str, str], list[str]] = {}
    for one in outlook.removed:
        sums["gone"] += 1
        gone.setdefault((one.node, one.why), []).append(one.host)
    for (name, why), hosts in gone.items():
        click.echo(
            f"  gone    {name} on {and_more(hosts, _MAX_HOSTS)}: no longer in the plan; {why}",
            err=True,
        )
    counts = {words: sum(sums[word] for word in of) for words, of in _SUMMARY.items()}
    text = ", ".join(f"{number} {words}" for words, number in counts.items() if number)
    click.echo(f"{text} (nodes on hosts)", err=True)


def _action_and_reason(outlook: ResumePlan, name: str, host: str) -> tuple[str, str]:
    if (name, host) in outlook.left_out:
        return "left", "neither done nor selected"
    known = outlook.reused.get((name, host))
    if known is not None:
        return "reused" if not known.status.is_lost else "failed", known.why
    rerun = outlook.runs.get((name, host))
    if rerun is None:
        found = next(d for d in outlook.uncertain if (d.node, d.host) == (name, host))
        return "unknown", found.text
    return "new" if rerun.is_new else "re-run", rerun.text
