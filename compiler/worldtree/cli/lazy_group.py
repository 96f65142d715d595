"""A command group that imports commands on first use, so that ``wt --help`` is fast."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar

import click

from worldtree.cli.command import Group


class LazyGroup(Group):
    """``entries``: command name -> (``module:attribute``, the one-line summary shown in help).

    The summary is repeated here so that help imports no command; a test keeps both equal.
    """

    entries: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in order of declaration."""
        del ctx
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command."""
        del ctx
        if cmd_name not in self.entries:
            return None
        module, _, attribute = self.entries[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return every command's name and summary without an import."""
        del ctx
        return [(name, words) for name, (_, words) in self.entries.items()]
