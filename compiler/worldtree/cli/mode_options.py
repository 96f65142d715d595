"""The modes of ``wt apply``: dry run, check, diff, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from worldtree.cli.command import HintedUsageError
from worldtree.cli.completions import complete_host, complete_node
from worldtree.cli.output import count
from worldtree.plan.ids import without_pipeline
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus
from worldtree.results.tree import HostResult, TaskResult

if TYPE_CHECKING:
    from worldtree.app.requests import Mode

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--dry-run",
        is_flag=True,
        help="Only show the order and estimated durations; contact no host.",
    ),
    click.option(
        "--check",
        is_flag=True,
        help="Show what would change, with Ansible's check mode; steps that do not support it are "
        "unknown until run.",
    ),
    click.option("--diff", is_flag=True, help="Show diffs of changed files."),
    click.option(
        "--step",
        is_flag=True,
        help="Stop before every node and ask; `help` at the prompt lists the commands.",
    ),
    click.option(
        "--break",
        "break_nodes",
        multiple=True,
        metavar="NODE",
        shell_complete=complete_node,
        help="With --step: stop only before matching nodes; may be repeated.",
    ),
    click.option(
        "--break-host",
        "break_hosts",
        multiple=True,
        metavar="HOST",
        shell_complete=complete_host,
        help="With --step: stop only before nodes that run on this host; may be repeated.",
    ),
)
#: Parameters that ``mode_options`` adds to a command.
MODE_OPTION_NAMES = ("dry_run", "check", "diff", "step", "break_nodes", "break_hosts")
#: Nodes with an incomplete check that the summary names.
_MAX_NAMED = 10
#: No mode.
NO_MODE: dict[str, Any] = dict.fromkeys(MODE_OPTION_NAMES)


def mode_options(function: F) -> F:
    """Add the options that select a mode."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def refuse_conflicting_modes(asked: dict[str, Any], *, events: str | None) -> None:
    """Raise ``HintedUsageError`` for modes that exclude each other."""
    clashes = {
        "dry_run": ("check", "diff", "step", "events"),
        "step": ("check", "events"),
    }
    given = {**asked, "events": events}
    for one, others in clashes.items():
        for other in others:
            if given[one] and given[other]:
                words = f"--{one.replace('_', '-')} and --{other}"
                raise HintedUsageError(f"{words} cannot be combined", hint="remove one of them")
    if (asked["break_nodes"] or asked["break_hosts"]) and not asked["step"]:
        raise HintedUsageError("breakpoints need --step", hint="add --step")


def requested_mode(asked: dict[str, Any]) -> Mode:
    """Return the mode that the options ask for."""
    from worldtree.app.requests import Mode

    return Mode(
        check=bool(asked["check"]),
        diff=bool(asked["diff"]),
        step=bool(asked["step"]),
        break_nodes=tuple(asked["break_nodes"] or ()),
        break_hosts=tuple(asked["break_hosts"] or ()),
    )


def needs_no_confirmation(asked: dict[str, Any]) -> bool:
    """Whether a mode runs without confirmation: it changes nothing, or asks at every node."""
    stops = asked["break_nodes"] or asked["break_hosts"]
    return bool(asked["check"] or (asked["step"] and not stops))


def mode_result_lines(asked: dict[str, Any], result: TaskResult) -> Iterator[str]:
    """Yield the lines below the result table: diffs, and the summary of a check."""
    if asked["diff"]:
        from worldtree.cli.file_diffs import result_diffs

        yield from result_diffs(result)
    if asked["check"]:
        yield ""
        yield from _check_summary(result)


def _check_summary(result: TaskResult) -> Iterator[str]:
    """Yield what a check found, and the nodes of which it could not see everything."""
    from worldtree.app.tasks.run_modes import would_change

    pairs = [
        (without_pipeline(node.id), name, host)
        for node in result.nodes
        for name, host in node.hosts.items()
    ]
    would = sum(would_change(host) for _, _, host in pairs)
    unknown = sum(_is_unknown(host) for _, _, host in pairs)
    unfinished = [
        (f"{node} on {name}", why) for node, name, host in pairs if (why := _unfinished(host))
    ]
    yield f"check: nothing was changed; {count(would, 'change')} would be made" + (
        f", {unknown} of {len(pairs)} (node × host) unknown until run" if unknown else ""
    )
    for where, why in unfinished[:_MAX_NAMED]:
        yield f"incomplete: {where}: {why}"
    if len(unfinished) > _MAX_NAMED:
        yield f"incomplete: {len(unfinished) - _MAX_NAMED} more (node × host)"


def _unfinished(host: HostResult) -> str:
    """Return why a check did not see all of a node on a host that it looked at."""
    from worldtree.app.tasks.run_modes import left_out_text

    if host.status is HostStatus.FAILED:
        return "it failed, what comes after that is unknown"
    if host.status is HostStatus.CANCELLED:
        return "it was cancelled, what comes after that is unknown"
    return left_out_text(host)


def _is_unknown(host: HostResult) -> bool:
    """Whether a check has no result for a node on a host: host lost, or node left out."""
    lost = host.status in (HostStatus.NOT_RUN, HostStatus.UNREACHABLE)
    left_out = host.reason is HostReason.UNKNOWN_UNTIL_RUN
    return lost or left_out or (host.status is HostStatus.SKIPPED and host.caused_by is not None)
