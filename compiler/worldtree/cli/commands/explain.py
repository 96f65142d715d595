"""``wt explain``: explain a field of the document."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.completions import complete_path
from worldtree.cli.output import output_option, write_data


@click.command(cls=Command)
@click.argument("path", default="", shell_complete=complete_path)
@output_option
def explain(path: str, output: str) -> None:
    """Explain a field of the document.

    PATH uses dots, such as spec.hosts.roles; without PATH, the whole document is explained. Shows
    the meaning, type, default, an example, and the fields below.
    """
    from worldtree.app.views.documents import explanation_view

    found = application().reference.explain(path)
    if output == "table":
        from worldtree.spec.explain import render

        click.echo(render(found), nl=False)
    else:
        write_data(explanation_view(found), output)
