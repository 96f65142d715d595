"""Base classes of commands and groups: full summaries, ``--no-color``, exit codes in help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.core.errors import ExitCode

#: The default meaning of each exit code.
EXIT_CODE_MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "success",
    ExitCode.FAILED: "failed",
    ExitCode.INPUT: "invalid input; nothing was changed",
    ExitCode.PARTIAL: "partial: work failed on some hosts, and what does not depend on it is done",
    ExitCode.REFUSED: "refused",
    ExitCode.CANCELLED: "cancelled",
}


class Command(click.Command):
    """``exit_codes``: codes besides 0 and 2, or other meanings; None takes the default meaning."""

    def __init__(
        self, *args: Any, exit_codes: Mapping[ExitCode, str | None] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(no_color_option())
        meanings = {ExitCode.OK: None, ExitCode.INPUT: None, **(exit_codes or {})}
        self.exit_codes = {
            code: meanings[code] or EXIT_CODE_MEANINGS[code] for code in sorted(meanings)
        }

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command here, or with `--server` at that service."""
        if chosen_server(ctx):
            from worldtree.cli.remote.commands import invoke_remotely

            if (remote := invoke_remotely(ctx)) is not None:
                return remote()
        return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the meanings of the exit codes."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in self.exit_codes.items()])


class Group(click.Group):
    """A group that lists commands with full summaries and suggests similar names."""

    command_class = Command

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return every command's name and summary in order of declaration."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, summary(command)) for name, command in found if command is not None]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in order of declaration."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries(ctx))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was chosen; one that works without it as ``Command`` does."""
        if self.invoke_without_command and not ctx._protected_args and chosen_server(ctx):
            from worldtree.cli.remote.commands import invoke_remotely

            if (remote := invoke_remotely(ctx)) is not None:
                return remote()
        return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; raises ``HintedUsageError`` with a suggestion."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from worldtree.core.suggestions import did_you_mean

            message = f"unknown command `{ctx.command_path} {args[0]}`"
            raise HintedUsageError(message, hint=did_you_mean(args[0], known))
        return super().resolve_command(ctx, args)


class HintedUsageError(click.UsageError):
    """A usage error of the current command, with a hint on how to fix it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, click.get_current_context(silent=True))
        self.hint = hint


def summary(command: click.Command) -> str:
    """Return the first sentence of a command's help without truncation."""
    return command.get_short_help_str(limit=1000)


def chosen_server(ctx: click.Context) -> str:
    """Return the address of the service that ``wt --server`` names; empty without one."""
    found = ctx.find_root().params.get("server")
    return found if isinstance(found, str) else ""


def no_color_option() -> click.Option:
    """Return ``--no-color``, which every command accepts, before or after its name.

    ``run`` looks for it before parsing, so that it applies to every message.
    """
    return click.Option(
        ["--no-color"],
        is_flag=True,
        expose_value=False,
        help="Disable colours, like the variable NO_COLOR.",
    )
