"""``wt apply``, ``wt verify``, ``wt destroy``: run a pipeline and show the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command, HintedUsageError
from worldtree.cli.mode_options import MODE_OPTION_NAMES, mode_options, refuse_conflicting_modes
from worldtree.cli.options import (
    pipeline_options,
    request_options,
    selection_options,
    yes_option,
)
from worldtree.cli.output import output_option
from worldtree.cli.run_command import run_pipeline
from worldtree.cli.vault_password import ask_vault_option
from worldtree.core.errors import ExitCode
from worldtree.plan.pipeline_names import DESTROY_CLUSTER, VERIFY
from worldtree.plan.pipeline_request import PipelineRequest

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest
    from worldtree.app.requests import Selection

EXIT_CODES = {
    ExitCode.OK: "all done",
    ExitCode.FAILED: "failed",
    ExitCode.PARTIAL: None,
    ExitCode.REFUSED: "refused: not confirmed, cluster locked by another task, or bundle edited "
    "or stale",
    ExitCode.CANCELLED: "cancelled by Ctrl-C or SIGTERM",
}


def run_options(function: Any) -> Any:
    """Add the options of every command that runs a task."""
    for option in (
        click.option(
            "--events",
            type=click.Choice(["jsonl"]),
            help="Stream all events on stdout, one JSON object per line, instead of the result.",
        ),
        click.option(
            "--connect-timeout",
            type=click.FloatRange(min=0.1),
            metavar="SECONDS",
            help="Timeout of the connection check.  [default: spec.ssh.timeout]",
        ),
        click.option(
            "--wait",
            is_flag=True,
            help="Wait while another task holds the cluster, instead of failing.",
        ),
        click.option(
            "--forks",
            type=click.IntRange(min=1),
            metavar="N",
            help="Maximum of hosts in parallel per Ansible run.  [default: spec.ansible.forks]",
        ),
        click.option(
            "--no-warm",
            "warm",
            flag_value=0,
            type=int,
            default=None,
            help="Start Python on the host for every module, as Ansible does by itself.  "
            "[default: spec.ansible.warm]",
        ),
    ):
        function = option(function)
    return yes_option(ask_vault_option(output_option(function)))


@click.command(
    cls=Command,
    exit_codes={
        **EXIT_CODES,
        ExitCode.PARTIAL: "partial: work failed on some hosts, and what does not depend on it "
        "is done; or --check could check nothing",
    },
)
@request_options
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Run this reviewed bundle instead of compiling a document.",
)
@click.option(
    "--offline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take artifacts from this file of `wt bundle create` only, and contact no source. Without "
    "-f, the document in it runs.",
)
@pipeline_options
@selection_options
@mode_options
@click.option(
    "--changed/--refresh",
    "only_changed",
    default=False,
    help="Skip work, per host, whose input is unchanged since its last success, and say why the "
    "rest runs; --refresh: run all.  "
    "[default: --refresh]",
)
@run_options
def apply(
    directory: Path | None,
    offline: Path | None,
    request: DocumentRequest,
    pipeline: PipelineRequest,
    only_changed: bool,
    selection: Selection,
    **running: Any,
) -> int:
    """Compile and run a document, or run a reviewed bundle.

    Shows the plan and asks for confirmation. With --dir, exactly the reviewed bundle runs; an
    edited bundle, or one whose document has changed since, is refused.
    """
    if directory is not None and selection:
        message = "--dir runs the complete bundle and cannot be combined with a selection"
        hint = "select nodes when compiling: `wt compile --only PATTERN --dir DIR`"
        raise HintedUsageError(message, hint=hint)
    if directory is not None and request.extra_vars:
        message = "--dir runs the bundle with its own extra variables: leave out -e"
        hint = "give them when compiling: `wt compile -e NAME=VALUE --dir DIR`"
        raise HintedUsageError(message, hint=hint)
    if directory is not None and request.inventories:
        message = "--dir runs the bundle with its own inventory: leave out -i"
        hint = "give it when compiling: `wt compile -i INVENTORY --dir DIR`"
        raise HintedUsageError(message, hint=hint)
    if directory is not None and (_is_given("pipeline") or _is_given("parameters")):
        option = "--pipeline" if _is_given("pipeline") else "--param"
        message = f"--dir runs the pipeline that the bundle was compiled for: leave out {option}"
        hint = f"compile another bundle: `wt compile --pipeline {pipeline.name} --dir DIR`"
        raise HintedUsageError(message, hint=hint)
    if directory is not None and offline is not None:
        message = "--offline runs a document, and --dir a reviewed bundle: leave out one of them"
        hint = "`wt bundle load FILE` brings the artifacts of FILE into the cache; --dir uses them"
        raise HintedUsageError(message, hint=hint)
    asked = {name: running.pop(name) for name in MODE_OPTION_NAMES}
    refuse_conflicting_modes(asked, events=running["events"])
    if offline is not None:
        request = _loaded(offline, request)
    if asked["dry_run"]:
        from worldtree.cli.dry_run_table import show_dry_run

        return show_dry_run(
            request,
            pipeline,
            selection,
            directory=directory,
            only_changed=only_changed,
            output=running["output"],
        )
    return run_pipeline(
        request,
        pipeline,
        selection,
        directory=directory,
        only_changed=only_changed,
        asked=asked,
        offline=offline is not None,
        **running,
    )


def _loaded(offline: Path, request: DocumentRequest) -> DocumentRequest:
    """Bring an offline bundle to this machine; return the request for its document, or that of -f.

    Raises ``WorldTreeError``.
    """
    loaded = application().bundles.load(offline)
    if _is_given("file"):
        return request
    cluster = request.cluster or loaded.contents.cluster
    return replace(request, file=loaded.document, cluster=cluster)


def _is_given(option: str) -> bool:
    """Whether an option of the current command is on the command line or in the environment."""
    source = click.get_current_context().get_parameter_source(option)
    return source is not click.core.ParameterSource.DEFAULT


@click.command(cls=Command, exit_codes=EXIT_CODES)
@request_options
@selection_options
@run_options
def verify(request: DocumentRequest, selection: Selection, **running: Any) -> int:
    """Check that a running cluster matches the document.

    Runs the `verify` entry of every component and role; leaves no changes.
    """
    return run_pipeline(request, PipelineRequest(VERIFY), selection, **running)


@click.command(cls=Command, exit_codes=EXIT_CODES)
@request_options
@run_options
def destroy(request: DocumentRequest, **running: Any) -> int:
    """Remove the cluster's services from its hosts.

    Runs the `remove` entry of every component and role, in reverse order of creation.
    """
    from worldtree.app.requests import Selection

    return run_pipeline(request, PipelineRequest(DESTROY_CLUSTER), Selection(), **running)
