"""``wt schema``: print the JSON Schema of a document."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import write_data


@click.command(cls=Command)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="Format of the schema.",
)
def schema(output: str) -> None:
    """Print the document's JSON Schema.

    Editors use it for completion and validation. For editors with the YAML language server, put
    this on the first line of the document:

    \b
    # yaml-language-server: $schema=./cluster.schema.json
    """
    write_data(application().reference.schema(), output)
