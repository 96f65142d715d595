"""Problems on stderr: diagnostics with their source lines, other errors in a few lines."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from worldtree.cli.terminal import use_colour
from worldtree.core.errors import Diagnostic, WorldTreeError


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Print every diagnostic with its place, why and mend; nothing for none."""
    if not diagnostics:
        return
    from worldtree.spec.diagnostics_text import render_all
    from worldtree.spec.source_text import sources_for

    text = render_all(diagnostics, sources_for(diagnostics), colour=use_colour(sys.stderr))
    click.echo(text, err=True, nl=False, color=True)


def show_error(problem: WorldTreeError) -> None:
    """Print what is wrong and how to mend it."""
    _show(problem.message, problem.hint)


def show_usage_error(problem: click.ClickException) -> None:
    """Print what is wrong with the words on the command line, the mend, and where help is."""
    message = problem.format_message().rstrip(".")
    hint = getattr(problem, "hint", "")
    context = getattr(problem, "ctx", None)
    if isinstance(problem, click.NoSuchOption):
        message = f"there is no option `{problem.option_name}`"
        hint = _option_hint(problem)
    elif context is not None and message.startswith("Got unexpected extra argument"):
        message = f"`{context.command_path}` takes no {message.partition('extra ')[2]}"
        hint = _file_hint(context, problem.format_message())
    _show(message[:1].lower() + message[1:], hint)
    if context is not None:
        click.echo(f"  help: {context.command_path} --help", err=True)


def record_crash(fault: BaseException) -> str:
    """Keep where in the code ``fault`` came from; return the file, or why there is none.

    Values are left out: the text of an exception may hold what must not be on a disk.
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
        return f"(not written; last place: {lines[-1] if lines else 'unknown'})"
    return str(file)


def _show(message: str, hint: str) -> None:
    colour = use_colour(sys.stderr)
    head = click.style("error", fg="red", bold=True)
    click.echo(f"{head}: {message}", err=True, color=colour)
    if hint:
        click.echo(f"  {click.style('help', fg='green')}: {hint}", err=True, color=colour)


def _option_hint(problem: click.NoSuchOption) -> str:
    from worldtree.core.suggestions import did_you_mean

    known = problem.ctx.command.get_params(problem.ctx) if problem.ctx else []
    names = [name for option in known for name in option.opts if name.startswith("--")]
    # What click finds is cruder: words that begin or sound alike.
    like = f"did you mean `{problem.possibilities[0]}`?" if problem.possibilities else ""
    return did_you_mean(problem.option_name, names, otherwise=like)


def _file_hint(context: click.Context, message: str) -> str:
    """A document is easily given without its ``-f``."""
    extra = message.rpartition("(")[2].rstrip(")").split()
    takes_file = any(option.name == "file" for option in context.command.params)
    if takes_file and len(extra) == 1 and extra[0].endswith((".yaml", ".yml")):
        return f"name the document with `-f {extra[0]}`"
    return ""
