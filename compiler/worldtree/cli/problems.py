"""Problems on stderr: diagnostics with their source lines, other errors in two lines."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from worldtree.cli.output import use_colour
from worldtree.errors import Diagnostic, WorldTreeError


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Print every diagnostic with its place, why and mend; nothing for none."""
    if not diagnostics:
        return
    from worldtree.spec.diagnostics_text import render_all
    from worldtree.spec.source import sources_for

    text = render_all(diagnostics, sources_for(diagnostics), colour=use_colour(sys.stderr))
    click.echo(text, err=True, nl=False, color=True)


def show_problem(problem: WorldTreeError) -> None:
    """Print what is wrong and how to mend it."""
    click.echo(f"error: {problem.message}", err=True)
    if problem.hint:
        click.echo(f"  mend: {problem.hint}", err=True)


def record_fault(fault: Exception) -> str:
    """Keep where in the code ``fault`` came from; return the file, or why there is none.

    Values are left out: the text of an exception may hold what must not be on a disk.
    """
    from worldtree.app.settings import Settings

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
