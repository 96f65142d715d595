"""The ``wt`` command: its subcommands, and the mapping of errors to exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

import click

from worldtree import __version__
from worldtree.cli.command import no_color_option
from worldtree.cli.lazy_group import LazyGroup
from worldtree.cli.signal_handling import was_interrupted
from worldtree.cli.terminal import colour_disabled, discard_stdout, has_broken_stdout
from worldtree.core.disk_space import is_disk_full
from worldtree.core.errors import ExitCode, InputError, WorldTreeError

#: Variable with which a shell requests completions.
COMPLETION_VARIABLE = "_WT_COMPLETE"

_PACKAGE = "worldtree.cli.commands"


class _Commands(LazyGroup):
    """All commands, in the order of typical use."""

    entries: ClassVar[Mapping[str, tuple[str, str]]] = {
        "init": (f"{_PACKAGE}.init:init", "Write a commented starter document."),
        "import": (
            f"{_PACKAGE}.import_:import_",
            "Write a document that does what playbooks do.",
        ),
        "validate": (f"{_PACKAGE}.validate:validate", "Check a document without contacting hosts."),
        "plan": (f"{_PACKAGE}.plan:plan", "Show what would run: layers, nodes, hosts."),
        "graph": (f"{_PACKAGE}.graph:graph", "Draw the graph of nodes."),
        "compile": (f"{_PACKAGE}.compile:compile_", "Write the Ansible bundle for review."),
        "diff": (f"{_PACKAGE}.diff:diff", "Show what changed between two bundles."),
        "apply": (
            f"{_PACKAGE}.apply:apply",
            "Compile and run a document, or run a reviewed bundle.",
        ),
        "resume": (
            f"{_PACKAGE}.resume:resume",
            "Continue a task that was interrupted, cancelled or failed.",
        ),
        "retry": (f"{_PACKAGE}.resume:retry", "Run failed or selected nodes of a task again."),
        "cancel": (f"{_PACKAGE}.resume:cancel", "Cancel a running task."),
        "rollback": (f"{_PACKAGE}.rollback:rollback", "Undo the changes of a task."),
        "drift": (f"{_PACKAGE}.drift:drift", "Show where hosts differ from the document."),
        "verify": (
            f"{_PACKAGE}.apply:verify",
            "Check that a running cluster matches the document.",
        ),
        "destroy": (f"{_PACKAGE}.apply:destroy", "Remove the cluster's services from its hosts."),
        "tasks": (f"{_PACKAGE}.tasks:tasks", "List past and running tasks, show results and logs."),
        "audit": (f"{_PACKAGE}.audit:audit", "Show the audit log."),
        "facts": (f"{_PACKAGE}.facts:facts", "Show the stored facts of hosts."),
        "files": (
            f"{_PACKAGE}.files:files",
            "List the files that roles wrote on the control side.",
        ),
        "kubeconfig": (
            f"{_PACKAGE}.kubeconfig:kubeconfig",
            "Print the kubeconfig of a Kubernetes cluster.",
        ),
        "artifacts": (
            f"{_PACKAGE}.artifacts:artifacts",
            "List, lock and fetch the files that a document needs from elsewhere.",
        ),
        "bundle": (
            f"{_PACKAGE}.bundle:bundle",
            "Put everything that a document needs into one file, for sites without a network.",
        ),
        "unlock": (f"{_PACKAGE}.unlock:unlock", "Release the lock of a dead task on a cluster."),
        "doctor": (f"{_PACKAGE}.doctor:doctor", "Check this machine and the state directory."),
        "serve": (
            f"{_PACKAGE}.serve:serve",
            "Serve the REST API, and run the tasks that it is asked for.",
        ),
        "worker": (
            f"{_PACKAGE}.worker:worker",
            "Take tasks of the service from the queue, and run them on this machine.",
        ),
        "workers": (
            f"{_PACKAGE}.workers:workers",
            "List the workers: their state, when they were last heard of, and their tasks.",
        ),
        "cluster": (f"{_PACKAGE}.cluster:cluster", "Bind clusters to workers."),
        "schedule": (
            f"{_PACKAGE}.schedule:schedule",
            "Manage schedules: what `wt serve` starts by itself, and when.",
        ),
        "notify": (
            f"{_PACKAGE}.notify:notify",
            "Manage notifications: whom `wt serve` tells what has changed.",
        ),
        "login": (f"{_PACKAGE}.login:login", "Save a login at a service."),
        "logout": (f"{_PACKAGE}.login:logout", "Forget the login at a service."),
        "whoami": (
            f"{_PACKAGE}.login:whoami",
            "Show who you are at a service, and what you may do.",
        ),
        "db": (f"{_PACKAGE}.db:db", "Upgrade the database."),
        "user": (
            f"{_PACKAGE}.user:user",
            "Manage the users of the service and their roles.",
        ),
        "group": (
            f"{_PACKAGE}.group:group",
            "Manage the roles of groups of an identity provider.",
        ),
        "token": (
            f"{_PACKAGE}.token:token",
            "Manage the tokens with which users and programs call the service.",
        ),
        "proposal": (
            f"{_PACKAGE}.proposal:proposal",
            "Request, approve and apply plans of the service's documents.",
        ),
        "project": (
            f"{_PACKAGE}.project:project",
            "Manage projects, which own clusters.",
        ),
        "roles": (f"{_PACKAGE}.roles:roles", "Inspect Ansible roles."),
        "pipelines": (
            f"{_PACKAGE}.pipelines:pipelines",
            "Show the pipelines and their parameters.",
        ),
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
@click.option(
    "--server",
    metavar="URL",
    envvar="WORLDTREE_SERVER",
    show_envvar=True,
    expose_value=True,
    help="Ask this service instead of working on this machine; see `wt login`.",
)
def cli(server: str | None) -> None:
    """Compile a declarative cluster document into Ansible playbooks, and run them.

    \b
    wt init                   write a starter document
    wt plan                   show what would run
    wt compile --dir build    write the playbooks for review
    wt apply                  run it

    `wt COMMAND --help` explains a command and its exit codes.
    """
    del server  # Commands read it: `chosen_server`.


def run(arguments: Sequence[str]) -> int:
    """Run ``wt`` with ``arguments`` and return its exit code; raises nothing."""
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
        return _report_cancel()
    except WorldTreeError as problem:
        _show_error(problem)
        return problem.exit_code
    except BrokenPipeError as fault:
        # The reader of the output has exited, as `head` does.
        if has_broken_stdout():
            discard_stdout()
            return ExitCode.OK
        _report_crash(fault)
        return ExitCode.FAILED
    except OSError as fault:
        if not is_disk_full(fault):
            _report_crash(fault)
            return ExitCode.FAILED
        _show_error(_disk_full_error(fault))
        return ExitCode.FAILED
    except Exception as fault:
        # Libraries turn a Ctrl-C that hits their callbacks into errors of their own, as pydantic
        # does while it builds a model.
        if was_interrupted():
            return _report_cancel()
        _report_crash(fault)  # A bug: written to a file, never shown as a traceback.
        return ExitCode.FAILED


def _invoke(arguments: Sequence[str]) -> int:
    """Do what ``cli.main`` does, but let a broken pipe raise."""
    if wanted := os.environ.get(COMPLETION_VARIABLE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "wt", COMPLETION_VARIABLE, wanted)
    colour = False if colour_disabled.get() else None
    with cli.make_context("wt", list(arguments), color=colour) as context:
        result = cli.invoke(context)
    # A broken pipe must raise here; at the interpreter's exit it could not be handled.
    sys.stdout.flush()
    return result if isinstance(result, int) else ExitCode.OK


def _report_cancel() -> ExitCode:
    click.echo("cancelled", err=True)
    return ExitCode.CANCELLED


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
    """Return the error for a full disk."""
    where = f"{fault.filename}: " if fault.filename else ""
    return WorldTreeError(
        f"the disk is full: {where}{fault.strerror}",
        code="disk-full",
        hint="free some space and try again; a task that had started is continued by `wt resume`",
    )


def _report_crash(fault: Exception) -> None:
    """Print that this is a bug; the code locations go to a file for the report."""
    from worldtree.cli.error_output import record_crash

    where = record_crash(fault)
    click.echo(
        f"error: internal error ({type(fault).__name__}); this is a bug in WorldTree\n"
        f"  help: please report it with the file {where}",
        err=True,
    )
