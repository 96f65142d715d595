"""Symbols, colours and short forms that all displays share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from worldtree.app.views.text import clean
from worldtree.cli.output import count
from worldtree.cli.progress.progress_state import (
    LOST_STATUSES,
    Failure,
    NodeProgress,
)
from worldtree.plan.ids import without_pipeline

#: Output lines that are shown with a failure.
TAIL_LINES = 20

#: The order of host counts.
HOST_ORDER = ("ok", "changed", "skipped", "not-run", "failed", "unreachable", "cancelled")

SYMBOLS: Mapping[str, str] = {
    "succeeded": "✔",
    "partial": "◐",
    "failed": "✘",
    "skipped": "○",
    "cancelled": "■",
    "interrupted": "■",
    "refused": "✘",
    "rolled-back": "↺",
    "running": "▶",
}
COLOURS: Mapping[str, str] = {
    "ok": "green",
    "changed": "yellow",
    "failed": "red",
    "unreachable": "magenta",
    "skipped": "bright_black",
    "not-run": "bright_black",
    "succeeded": "green",
    "partial": "yellow",
    "cancelled": "magenta",
    "interrupted": "magenta",
    "queued": "bright_black",
    "waiting": "bright_black",
    "refused": "red",
    "pending": "bright_black",
    "running": "blue",
    "rolled-back": "cyan",
}


def format_duration(seconds: float) -> str:
    """Return seconds as ``4.2s``, ``3m05s`` or ``2h04m``."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    return f"{minutes // 60}h{minutes % 60:02d}m"


def host_counts(node: NodeProgress) -> str:
    """Return the counts as text, such as ``1 ok, 2 changed``."""
    return ", ".join(text for text, _ in counted_hosts(node))


def counted_hosts(node: NodeProgress) -> list[tuple[str, str]]:
    """Return texts such as ``2 would change``, each with its status, in ``HOST_ORDER``."""
    counts = node.counts()
    words = {"changed": "would change"} if node.check else {}
    return [
        (f"{counts[status]} {words.get(status, status)}", status)
        for status in HOST_ORDER
        if counts[status]
    ]


def outcome_symbol(node: NodeProgress) -> str:
    """Return the word for how a node ended, which has a symbol and a colour.

    One that succeeded without some hosts, since their failures are allowed, is ``partial``.
    """
    if node.status != "succeeded":
        return node.status
    if not node.ran:
        return "skipped"
    return "partial" if any(status in LOST_STATUSES for status in node.counts()) else node.status


def words_without_run(node: NodeProgress) -> str:
    """Return how a node ended that did not run, as ``not run, done before on 1 of 2 hosts``."""
    if node.status == "skipped":
        return node.status
    words = [] if node.status == "succeeded" else [node.status]
    words.append("not run")
    if node.done_before:
        total = len(node.hosts)
        of_all = "" if node.done_before == total else f"{node.done_before} of "
        words.append(f"done before on {of_all}{count(total, 'host')}")
    return ", ".join(words)


def failure_lines(failure: Failure) -> list[str]:
    """Return a failure as lines: place, message, end of the output."""
    node = without_pipeline(failure.node)
    where = failure.host
    if failure.delegated_to and failure.delegated_to != failure.host:
        where += f", delegated to {clean(failure.delegated_to)}"
    head = f"{node} {failure.status} on {where}: {clean(failure.task)}"
    message = [clean(line) for line in failure.message.rstrip().splitlines()]
    if len(message) > TAIL_LINES:
        message = [*message[:TAIL_LINES], f"… {len(message) - TAIL_LINES} more lines"]
    lines = [head, *(f"  {line}" for line in message)]
    output = [clean(line) for line in failure.output.rstrip().splitlines()]
    if output and failure.output.strip() not in failure.message:
        if len(output) > TAIL_LINES:
            lines.append(f"  … {len(output) - TAIL_LINES} more lines in `wt tasks logs`")
        lines += [f"  | {line}" for line in output[-TAIL_LINES:]]
    return lines


def rescued_lines(failures: Iterable[Failure]) -> list[str]:
    """Return a line for each Ansible task whose shown failures were rescued, with its hosts."""
    hosts: dict[tuple[str, str], list[str]] = {}
    for one in failures:
        hosts.setdefault((one.node, one.task), []).append(one.host)
    return [
        f"{without_pipeline(node)} rescued on {', '.join(dict.fromkeys(names))}: {clean(task)}"
        for (node, task), names in hosts.items()
    ]


def node_lines(message: str | None) -> list[str]:
    """Return the message of a failed node, such as a timeout, as lines."""
    return [f"  {clean(line)}" for line in (message or "").strip().splitlines()[-TAIL_LINES:]]


def more_failures(node: NodeProgress) -> list[str]:
    """Return a line on the failures of a node that were not shown, if any."""
    hidden = node.failures_that_are(shown=False)
    return [f"  … and {hidden} more failures in `wt tasks logs --failed`"] if hidden > 0 else []
