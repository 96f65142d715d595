"""``wt apply``, ``wt verify``, ``wt destroy``: run a pipeline and show what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.command import Command, HintedUsageError
from worldtree.cli.mode_options import MODE_OPTION_NAMES, mode_options, refuse_conflicting_modes
from worldtree.cli.options import document_options, selection_options, yes_option
from worldtree.cli.output import output_option
from worldtree.cli.run_command import run_pipeline
from worldtree.core.errors import ExitCode
from worldtree.plan.pipeline_names import CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY

if TYPE_CHECKING:
    from worldtree.app.requests import Selection

EXIT_CODES = {
    ExitCode.OK: "all done",
    ExitCode.FAILED: "failed",
    ExitCode.PARTIAL: None,
    ExitCode.REFUSED: "refused: not confirmed, another task holds the cluster, the bundle was "
    "edited or is stale",
    ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM",
}


def run_options(function: Any) -> Any:
    """Add the options that every command which runs something has."""
    for option in (
        click.option(
            "--events",
            type=click.Choice(["jsonl"]),
            help="Stream every event on stdout, one JSON object a line, instead of the result.",
        ),
        click.option(
            "--connect-timeout",
            type=click.FloatRange(min=0.1),
            metavar="SECONDS",
            help="How long a host may take to answer the connection check.  "
            "[default: spec.ssh.timeout]",
        ),
        click.option(
            "--wait",
            is_flag=True,
            help="Wait for another task that holds the cluster, instead of being refused.",
        ),
        click.option(
            "--forks",
            type=click.IntRange(min=1),
            metavar="N",
            help="Hosts that one Ansible run works on at once.  [default: spec.ansible.forks]",
        ),
    ):
        function = option(function)
    return yes_option(output_option(function))


@click.command(cls=Command, exit_codes=EXIT_CODES)
@document_options
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Run this reviewed bundle instead of compiling a document.",
)
@selection_options
@mode_options
@click.option(
    "--changed/--refresh",
    "only_changed",
    default=False,
    help="Leave out, host by host, what was done before with the same input; --refresh does all.  "
    "[default: --refresh]",
)
@run_options
def apply(
    directory: Path | None,
    only_changed: bool,
    selection: Selection,
    **running: Any,
) -> int:
    """Compile and run, or run a reviewed bundle.

    Shows the plan and asks first. With --dir, exactly the reviewed bundle is run; an edited one, or
    one whose document has changed since, is refused.
    """
    if directory is not None and selection:
        message = "--dir runs the whole reviewed bundle, so it goes with no selection"
        hint = "select when compiling: `wt compile --only PATTERN --dir DIR`"
        raise HintedUsageError(message, hint=hint)
    asked = {name: running.pop(name) for name in MODE_OPTION_NAMES}
    refuse_conflicting_modes(asked, changed=only_changed, events=running["events"])
    if asked["dry_run"]:
        from worldtree.cli.dry_run_table import show_dry_run

        wanted = {name: running[name] for name in ("file", "cluster", "output")}
        return show_dry_run(selection, directory=directory, only_changed=only_changed, **wanted)
    return run_pipeline(
        CREATE_CLUSTER,
        selection,
        directory=directory,
        only_changed=only_changed,
        asked=asked,
        **running,
    )


@click.command(cls=Command, exit_codes=EXIT_CODES)
@document_options
@run_options
def verify(**running: Any) -> int:
    """Check that a running cluster is as described.

    Runs the `verify` entry of every component and role; changes nothing that stays.
    """
    from worldtree.app.requests import Selection

    return run_pipeline(VERIFY, Selection(), **running)


@click.command(cls=Command, exit_codes=EXIT_CODES)
@document_options
@run_options
def destroy(**running: Any) -> int:
    """Take the cluster's services off its hosts.

    Runs the `remove` entry of every component and role, in the reverse of the order of creation.
    """
    from worldtree.app.requests import Selection

    return run_pipeline(DESTROY_CLUSTER, Selection(), **running)
