"""``wt explain``: what a field of the document means."""

from __future__ import annotations

from dataclasses import asdict

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.output import output_option, write_data


@click.command(cls=Command)
@click.argument("path", default="")
@output_option
def explain(path: str, output: str) -> None:
    """Explain a field of the document.

    PATH is written with dots, such as spec.hosts.roles; without one, the whole document is
    explained. Shows the meaning, type, default, an example, and what is below it.
    """
    found = application().reference.explain(path)
    if output == "table":
        from worldtree.spec.explain import render

        click.echo(render(found), nl=False)
    else:
        write_data(asdict(found), output)
