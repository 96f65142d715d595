"""The ``wt`` command: its commands by name, and the one place where problems become exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

import click

from worldtree import __version__
from worldtree.cli.command import no_color_option
from worldtree.cli.lazy_group import LazyGroup
from worldtree.cli.terminal import colour_disabled, redirect_broken_streams
from worldtree.core.errors import ExitCode, InputError, WorldTreeError

#: How systems say that a disk, or a user's share of it, is full.
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)
#: Variable by which a shell asks for completions.
COMPLETION_VARIABLE = "_WT_COMPLETE"

_PACKAGE = "worldtree.cli.commands"


class _Commands(LazyGroup):
    """In the order in which a person meets them."""

    entries: ClassVar[Mapping[str, tuple[str, str]]] = {
        "init": (f"{_PACKAGE}.init:init", "Write a commented starter document."),
        "validate": (f"{_PACKAGE}.validate:validate", "Check a document; touch nothing."),
        "plan": (f"{_PACKAGE}.plan:plan", "Show what would be run: layers, nodes, hosts."),
        "graph": (f"{_PACKAGE}.graph:graph", "Draw the graph of work."),
        "compile": (f"{_PACKAGE}.compile:compile_", "Write the Ansible bundle to review."),
        "diff": (f"{_PACKAGE}.diff:diff", "Show what changed between two bundles."),
        "apply": (f"{_PACKAGE}.apply:apply", "Compile and run, or run a reviewed bundle."),
        "resume": (f"{_PACKAGE}.resume:resume", "Go on with a task that was cut off."),
        "retry": (f"{_PACKAGE}.resume:retry", "Run failed or chosen nodes of a task again."),
        "cancel": (f"{_PACKAGE}.resume:cancel", "End a running task from any terminal."),
        "rollback": (f"{_PACKAGE}.rollback:rollback", "Undo what a task did."),
        "drift": (f"{_PACKAGE}.drift:drift", "Show where hosts differ from the document."),
        "verify": (f"{_PACKAGE}.apply:verify", "Check that a running cluster is as described."),
        "destroy": (f"{_PACKAGE}.apply:destroy", "Take the cluster's services off its hosts."),
        "tasks": (f"{_PACKAGE}.tasks:tasks", "List past and running tasks, show their results."),
        "audit": (f"{_PACKAGE}.audit:audit", "Show who did what, and when."),
        "facts": (f"{_PACKAGE}.facts:facts", "Show what hosts said of themselves, and when."),
        "unlock": (f"{_PACKAGE}.unlock:unlock", "Free a cluster from a task that is dead."),
        "doctor": (f"{_PACKAGE}.doctor:doctor", "Check this machine and the state on it."),
        "roles": (f"{_PACKAGE}.roles:roles", "Show what WorldTree sees in Ansible roles."),
        "explain": (f"{_PACKAGE}.explain:explain", "Explain a field of the document."),
        "schema": (f"{_PACKAGE}.schema:schema", "Print the document's JSON Schema."),
        "completion": (f"{_PACKAGE}.completion:completion", "Print a shell completion script."),
    }


@click.group(
    cls=_Commands,
    params=[no_color_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(
    __version__, "-V", "--version", prog_name="wt", message="%(prog)s %(version)s"
)
def cli() -> None:
    """Compile a declarative cluster document into Ansible that you can review, and run it.

    \b
    wt init                   write a starter document
    wt plan                   see what would be done
    wt compile --dir build    write the playbooks to review
    wt apply                  do it

    `wt COMMAND --help` explains a command and its exit codes.
    """


def run(arguments: Sequence[str]) -> int:
    """Run ``wt`` with ``arguments`` and return its exit code; no exception gets out."""
    refused = colour_disabled.set("--no-color" in arguments or bool(os.environ.get("NO_COLOR")))
    try:
        return _run(arguments)
    finally:
        colour_disabled.reset(refused)


def _run(arguments: Sequence[str]) -> int:
    try:
        return _invoke(arguments)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return ExitCode.INPUT
    except click.ClickException as problem:
        _show_usage_error(problem)
        return ExitCode.INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("cancelled", err=True)
        return ExitCode.CANCELLED
    except WorldTreeError as problem:
        _show_error(problem)
        return problem.exit_code
    except BrokenPipeError as fault:
        # The reader of our output went away, as `head` does: nobody is left to tell.
        if redirect_broken_streams():
            return ExitCode.OK
        _report_crash(fault)
        return ExitCode.FAILED
    except OSError as fault:
        if fault.errno not in _DISK_FULL_ERRNOS:
            _report_crash(fault)
            return ExitCode.FAILED
        _show_error(_disk_full_error(fault))
        return ExitCode.FAILED
    except Exception as fault:  # A defect of ours: kept in a file and told, never a traceback.
        _report_crash(fault)
        return ExitCode.FAILED


def _invoke(arguments: Sequence[str]) -> int:
    """Do what ``cli.main`` does, which would answer a reader that went away in its own way."""
    if wanted := os.environ.get(COMPLETION_VARIABLE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "wt", COMPLETION_VARIABLE, wanted)
    colour = False if colour_disabled.get() else None
    with cli.make_context("wt", list(arguments), color=colour) as context:
        result = cli.invoke(context)
    # Here a reader that went away is still ours to answer; at the interpreter's end it is not.
    sys.stdout.flush()
    return result if isinstance(result, int) else ExitCode.OK


def _show_usage_error(problem: click.ClickException) -> None:
    from worldtree.cli.error_output import show_usage_error

    show_usage_error(problem)


def _show_error(problem: WorldTreeError) -> None:
    from worldtree.cli.error_output import show_diagnostics, show_error

    if isinstance(problem, InputError):
        show_diagnostics(problem.diagnostics)
    else:
        show_error(problem)


def _disk_full_error(fault: OSError) -> WorldTreeError:
    """Return what to say when something could not be written because there is no room for it."""
    where = f"{fault.filename}: " if fault.filename else ""
    return WorldTreeError(
        f"there is no room left: {where}{fault.strerror}",
        hint="free some space, then `wt resume` goes on with a task that had begun",
    )


def _report_crash(fault: Exception) -> None:
    """Say that the program itself is at fault; the places in the code go to a file for a report."""
    from worldtree.cli.error_output import record_crash

    where = record_crash(fault)
    click.echo(
        f"error: wt itself failed ({type(fault).__name__}); this is a defect of WorldTree.\n"
        f"  Please report it with the file {where}",
        err=True,
    )
