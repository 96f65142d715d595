"""Reads the commands of ``--step`` from a terminal or a script."""

from __future__ import annotations

import sys

import click

from worldtree.app.requests import Cancellation


class StepPrompt:
    """Prompts on the terminal, or reads a script from stdin; messages go to stderr."""

    def __init__(self) -> None:
        self._asking = False

    def watch(self, cancellation: Cancellation) -> None:
        """Let a cancellation, from a signal handler, interrupt a question."""
        cancellation.listen(self._interrupt)

    def ask(self, prompt: str) -> str | None:
        """Return the next line; None at the end of the script, or when interrupted."""
        self._asking = True
        try:
            return self._read(prompt)
        except (EOFError, KeyboardInterrupt):
            return None
        finally:
            self._asking = False

    def say(self, text: str) -> None:
        """Show lines of text."""
        click.echo(text, err=True)

    def _read(self, prompt: str) -> str:
        if sys.stdin.isatty() and sys.stdout.isatty():
            # Gives `input` its line editing and history.
            import readline  # noqa: F401

            return input(prompt)
        click.echo(prompt, nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        if not sys.stdin.isatty():
            # So that the log looks like a typed session.
            click.echo(line.rstrip("\n"), err=True)
        return line.rstrip("\n")

    def _interrupt(self) -> None:
        if self._asking:
            raise KeyboardInterrupt
