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
from worldtree.cli.terminal import colour_refused, forget_lost_readers
from worldtree.core.errors import ExitCode, InputError, WorldTreeError

#: How systems say that a disk, or a user's share of it, is full.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
#: Variable by which a shell asks for completions.
COMPLETE = "_WT_COMPLETE"

_HERE = "worldtree.cli.commands"


class _Commands(LazyGroup):
    """In the order in which a person meets them."""

    entries: ClassVar[Mapping[str, tuple[str, str]]] = {
        "init": (f"{_HERE}.init:init", "Write a commented starter document."),
        "validate": (f"{_HERE}.validate:validate", "Check a document; touch nothing."),
        "plan": (f"{_HERE}.plan:plan", "Show what would be run: layers, nodes, hosts."),
        "graph": (f"{_HERE}.graph:graph", "Draw the graph of work."),
        "compile": (f"{_HERE}.compile:compile_", "Write the Ansible bundle to review."),
        "diff": (f"{_HERE}.diff:diff", "Show what changed between two bundles."),
        "apply": (f"{_HERE}.apply:apply", "Compile and run, or run a reviewed bundle."),
        "resume": (f"{_HERE}.resume:resume", "Go on with a task that was cut off."),
        "retry": (f"{_HERE}.resume:retry", "Run failed or chosen nodes of a task again."),
        "cancel": (f"{_HERE}.resume:cancel", "End a running task from any terminal."),
        "rollback": (f"{_HERE}.rollback:rollback", "Undo what a task did."),
        "drift": (f"{_HERE}.drift:drift", "Show where hosts differ from the document."),
        "verify": (f"{_HERE}.apply:verify", "Check that a running cluster is as described."),
        "destroy": (f"{_HERE}.apply:destroy", "Take the cluster's services off its hosts."),
        "tasks": (f"{_HERE}.tasks:tasks", "List past and running tasks, show their results."),
        "audit": (f"{_HERE}.audit:audit", "Show who did what, and when."),
        "facts": (f"{_HERE}.facts:facts", "Show what hosts said of themselves, and when."),
        "unlock": (f"{_HERE}.unlock:unlock", "Free a cluster from a task that is dead."),
        "doctor": (f"{_HERE}.doctor:doctor", "Check this machine and the state on it."),
        "roles": (f"{_HERE}.roles:roles", "Show what WorldTree sees in Ansible roles."),
        "explain": (f"{_HERE}.explain:explain", "Explain a field of the document."),
        "schema": (f"{_HERE}.schema:schema", "Print the document's JSON Schema."),
        "completion": (f"{_HERE}.completion:completion", "Print a shell completion script."),
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
    refused = colour_refused.set("--no-color" in arguments or bool(os.environ.get("NO_COLOR")))
    try:
        return _run(arguments)
    finally:
        colour_refused.reset(refused)


def _run(arguments: Sequence[str]) -> int:
    try:
        return _invoke(arguments)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return ExitCode.INPUT
    except click.ClickException as problem:
        _tell_usage(problem)
        return ExitCode.INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("cancelled", err=True)
        return ExitCode.CANCELLED
    except WorldTreeError as problem:
        _tell(problem)
        return problem.exit_code
    except BrokenPipeError as fault:
        # The reader of our output went away, as `head` does: nobody is left to tell.
        if forget_lost_readers():
            return ExitCode.OK
        _apologise(fault)
        return ExitCode.FAILED
    except OSError as fault:
        if fault.errno not in _NO_ROOM:
            _apologise(fault)
            return ExitCode.FAILED
        _tell(_no_room(fault))
        return ExitCode.FAILED
    except Exception as fault:  # A defect of ours: kept in a file and told, never a traceback.
        _apologise(fault)
        return ExitCode.FAILED


def _invoke(arguments: Sequence[str]) -> int:
    """Do what ``cli.main`` does, which would answer a reader that went away in its own way."""
    if wanted := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "wt", COMPLETE, wanted)
    colour = False if colour_refused.get() else None
    with cli.make_context("wt", list(arguments), color=colour) as context:
        result = cli.invoke(context)
    # Here a reader that went away is still ours to answer; at the interpreter's end it is not.
    sys.stdout.flush()
    return result if isinstance(result, int) else ExitCode.OK


def _tell_usage(problem: click.ClickException) -> None:
    from worldtree.cli.error_output import show_usage

    show_usage(problem)


def _tell(problem: WorldTreeError) -> None:
    from worldtree.cli.error_output import show_diagnostics, show_problem

    if isinstance(problem, InputError):
        show_diagnostics(problem.diagnostics)
    else:
        show_problem(problem)


def _no_room(fault: OSError) -> WorldTreeError:
    """Return what to say when something could not be written because there is no room for it."""
    where = f"{fault.filename}: " if fault.filename else ""
    return WorldTreeError(
        f"there is no room left: {where}{fault.strerror}",
        hint="free some space, then `wt resume` goes on with a task that had begun",
    )


def _apologise(fault: Exception) -> None:
    """Say that the program itself is at fault; the places in the code go to a file for a report."""
    from worldtree.cli.error_output import record_fault

    where = record_fault(fault)
    click.echo(
        f"error: wt itself failed ({type(fault).__name__}); this is a defect of WorldTree.\n"
        f"  Please report it with the file {where}",
        err=True,
    )
