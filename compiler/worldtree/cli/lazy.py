"""A command group that imports a command only when it is called, so that ``wt --help`` is quick."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar

import click


class LazyGroup(click.Group):
    """``entries``: command name -> (``module:attribute``, the one-line summary shown in help).

    The summary stands here too so that help imports nothing; a test keeps it equal to the
    command's own.
    """

    entries: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they are declared: the order of use."""
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.entries.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        if args and args[0] not in self.entries and not args[0].startswith("-"):
            from worldtree.spec.nearest import did_you_mean

            hint = did_you_mean(args[0], self.entries)
            ctx.fail(f"no such command `{args[0]}`" + (f": {hint}" if hint else ""))
        return super().resolve_command(ctx, args)
