"""``wt completion``: print a shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from worldtree.cli.command import Command


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a shell completion script.

    \b
    bash:  eval "$(wt completion bash)"
    zsh:   eval "$(wt completion zsh)"
    fish:  wt completion fish | source
    """
    from worldtree.cli.main import COMPLETION_VARIABLE, cli

    found = get_completion_class(shell)
    if found is None:
        msg = f"click has no completion for {shell}"
        raise click.UsageError(msg)
    click.echo(found(cli, {}, "wt", COMPLETION_VARIABLE).source())
