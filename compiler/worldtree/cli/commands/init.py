"""``wt init``: write a commented starter document."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.core.errors import ExitCode
from worldtree.spec.starter_files import DOCUMENT_NAME, STARTERS


@click.command(cls=Command, exit_codes={ExitCode.REFUSED: "a file already exists"})
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option(
    "-t",
    "--template",
    type=click.Choice(list(STARTERS)),
    default="quickstart",
    show_default=True,
    help="; ".join(f"{name}: {words}" for name, words in STARTERS.items()) + ".",
)
def init(directory: Path, template: str) -> None:
    """Write a commented starter document.

    Writes cluster.yaml and the files it refers to into DIRECTORY (default: the current directory).
    Existing files are never replaced.
    """
    written = application().reference.start(template, directory)
    for path in written:
        click.echo(f"wrote {path}")
    where = "" if written[0] == Path(DOCUMENT_NAME) else f" -f {written[0]}"
    click.echo(f"next: wt plan{where}", err=True)
