"""Commands and groups as ``wt`` has them: whole summaries, ``--no-color``, exit codes in help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from worldtree.core.errors import ExitCode

#: What each exit code means wherever a command does not say it more closely.
EXIT_CODE_MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed",
    ExitCode.INPUT: "the input is wrong; nothing was touched",
    ExitCode.PARTIAL: "partly done: what failed was isolated, everything else is done",
    ExitCode.REFUSED: "refused",
    ExitCode.CANCELLED: "cancelled",
}


class Command(click.Command):
    """``codes``: the exit codes besides 0 and 2 and what they mean here, or other words for one."""

    def __init__(
        self, *args: Any, exit_codes: Mapping[ExitCode, str | None] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(no_color_option())
        said = {ExitCode.OK: None, ExitCode.INPUT: None, **(exit_codes or {})}
        self.exit_codes = {code: said[code] or EXIT_CODE_MEANINGS[code] for code in sorted(said)}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the exit codes mean."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in self.exit_codes.items()])


class Group(click.Group):
    """A group that lists its commands with their whole summaries and knows near misses."""

    command_class = Command

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return every command's name and summary, in the order of use."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, summary(command)) for name, command in found if command is not None]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they are declared."""
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries(ctx))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from worldtree.core.suggestions import did_you_mean

            message = f"there is no command `{ctx.command_path} {args[0]}`"
            raise HintedUsageError(message, hint=did_you_mean(args[0], known))
        return super().resolve_command(ctx, args)


class HintedUsageError(click.UsageError):
    """Wrong words on the command line of the current command, with the mend."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, click.get_current_context(silent=True))
        self.hint = hint


def summary(command: click.Command) -> str:
    """Return the first sentence of a command's help, whole."""
    return command.get_short_help_str(limit=1000)


def no_color_option() -> click.Option:
    """Return ``--no-color``, which every command takes, before or after its name.

    ``run`` looks for it before anything is parsed, so that it holds for every message.
    """
    return click.Option(
        ["--no-color"],
        is_flag=True,
        expose_value=False,
        help="Print without colours, as the variable NO_COLOR does.",
    )
