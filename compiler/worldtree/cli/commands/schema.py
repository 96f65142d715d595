"""``wt schema``: JSON Schema for editors."""

from __future__ import annotations

import json

import click

from worldtree.cli.application import application


@click.command()
def schema() -> None:
    """Print the document's JSON Schema.

    Editors complete and check with it; for those that use the YAML language server, put this on the
    first line of the document:

    \b
    # yaml-language-server: $schema=./cluster.schema.json
    """
    click.echo(json.dumps(application().reference.schema(), indent=2, ensure_ascii=False))
