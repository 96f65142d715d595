"""``wt compile``: the Ansible bundle that a person reviews and runs."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.application import application
from worldtree.cli.options import document_option, selection_options
from worldtree.errors import ExitCode


@click.command("compile")
@document_option
@click.option("--pipeline", default="create-cluster", show_default=True, help="Which pipeline.")
@selection_options
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write the bundle.  [default: build/<cluster>]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail when the bundle is stale.")
def compile_(
    file: Path,
    cluster: str | None,
    pipeline: str,
    only: tuple[str, ...],
    since: tuple[str, ...],
    until: tuple[str, ...],
    hosts: tuple[str, ...],
    directory: Path | None,
    check: bool,
) -> int:
    """Write the Ansible bundle to review.

    Equal inputs give equal bytes, so the bundle can be committed and compared. `ansible-playbook
    site.yml` inside it does the work without WorldTree; `wt apply --dir DIR` runs exactly it.
    With --check, exit code 4 names the files that a fresh compile would write differently.
    """
    from worldtree.app.requests import Selection
    from worldtree.cli.problems import show_diagnostics

    app = application().authoring
    planned = app.plan(file, cluster, pipeline, Selection(only, since, until, hosts))
    compiled = app.compile(planned)
    show_diagnostics(compiled.diagnostics)
    target = directory or Path("build") / planned.cluster.name
    if check:
        stale = app.stale(compiled, target)
        for problem in stale:
            click.echo(str(problem))
        if stale:
            click.echo(f"{target} is stale: {len(stale)} files differ", err=True)
        return ExitCode.REFUSED if stale else ExitCode.OK
    app.write(compiled, target)
    files = len(compiled.bundle.files)
    click.echo(f"{target}: {len(planned.plan.graph.nodes)} plays, {files} files")
    return ExitCode.OK
