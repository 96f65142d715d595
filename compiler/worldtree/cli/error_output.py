"""Shows errors on stderr: diagnostics with source lines, other errors in short form."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from worldtree.cli.terminal import use_colour
from worldtree.core.errors import Diagnostic, WorldTreeError


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Print every diagnostic with place, reason and hint; nothing without diagnostics."""
    if not diagnostics:
        return
    from worldtree.spec.diagnostics_text import render_all
    from worldtree.spec.source_text import sources_for

    text = render_all(diagnostics, sources_for(diagnostics), colour=use_colour(sys.stderr))
    click.echo(text, err=True, nl=False, color=True)


def show_error(problem: WorldTreeError) -> None:
    """Print an error with its code, and what to do: the hint, and a line per next step."""
    from worldtree.cli.next_steps import next_step_text

    steps = map(next_step_text, problem.next_steps)
    _show(problem.message, [problem.hint, *steps], problem.code)


def show_usage_error(problem: click.ClickException) -> None:
    """Print a usage error, a hint, and the command that shows help."""
    message = problem.format_message().rstrip(".")
    hint = getattr(problem, "hint", "")
    context = getattr(problem, "ctx", None)
    if isinstance(problem, click.NoSuchOption):
        message = f"unknown option `{problem.option_name}`"
        hint = _option_hint(problem)
    elif context is not None and message.startswith("Got unexpected extra argument"):
        message = f"`{context.command_path}` takes no {message.partition('extra ')[2]}"
        hint = _file_hint(context, problem.format_message())
    _show(message[:1].lower() + message[1:], [hint])
    if context is not None:
        click.echo(f"  usage: {context.command_path} --help", err=True)


def record_crash(fault: BaseException) -> str:
    """Write the code locations of ``fault`` to a file; return its path, or why it is missing.

    The exception's text is left out, because it may contain secrets.
    """
    from worldtree.core.settings import Settings

    frames = traceback.extract_tb(fault.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    try:
        directory = Settings.load(os.environ, Path.cwd()).home / "faults"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = directory / f"{os.getpid()}.txt"
        file.write_text("\n".join([type(fault).__name__, *lines]) + "\n", encoding="utf-8")
    except (OSError, WorldTreeError):
        return f"(not written; location: {lines[-1] if lines else 'unknown'})"
    return str(file)


def _show(message: str, hints: Iterable[str], code: str = "") -> None:
    from worldtree.spec.diagnostics_text import indented

    colour = use_colour(sys.stderr)
    head = click.style("error", fg="red", bold=True)
    first, *others = indented(message).split("\n")
    if code:
        # Where diagnostics have their slug.
        first += " " + click.style(f"[{code}]", dim=True)
    click.echo("\n".join([f"{head}: {first}", *others]), err=True, color=colour)
    help_ = click.style("help", fg="green")
    for hint in filter(None, hints):
        click.echo(f"  {help_}: {indented(hint)}", err=True, color=colour)


def _option_hint(problem: click.NoSuchOption) -> str:
    from worldtree.core.suggestions import did_you_mean

    known = problem.ctx.command.get_params(problem.ctx) if problem.ctx else []
    from worldtree.cli.ansible_options import ansible_option_hint

    names = [name for option in known for name in option.opts if name.startswith("--")]
    if advice := ansible_option_hint(problem.option_name, names):
        return advice
    # Click's own suggestion is coarser; it is used only without a better one.
    like = f"did you mean `{problem.possibilities[0]}`?" if problem.possibilities else ""
    return did_you_mean(problem.option_name, names, otherwise=like)


def _file_hint(context: click.Context, message: str) -> str:
    """Return a hint for a document or a directory of roles that was given without its option."""
    extra = message.rpartition("(")[2].rstrip(")").split()
    takes_file = any(option.name == "file" for option in context.command.params)
    if takes_file and len(extra) == 1 and extra[0].endswith((".yaml", ".yml")):
        return f"name the document with `-f {extra[0]}`"
    takes_roles = any(option.name == "roles_path" for option in context.command.params)
    if takes_roles and len(extra) == 1 and Path(extra[0]).is_dir():
        return f"name the directory with `--roles-path {extra[0]}`"
    return ""
