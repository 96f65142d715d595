"""``wt import``: write a document that does what playbooks do."""

from __future__ import annotations

from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command
from worldtree.cli.options import DEFAULT_DOCUMENT
from worldtree.cli.output import count
from worldtree.core.errors import ExitCode


@click.command(
    "import",
    cls=Command,
    exit_codes={
        ExitCode.PARTIAL: "the document is written, but something cannot be said in it; "
        "with --check: something differs",
        ExitCode.REFUSED: "a file already exists",
    },
)
@click.argument(
    "playbooks", metavar="PLAYBOOK…", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-i",
    "--inventory",
    "inventories",
    multiple=True,
    metavar="PATH",
    help="Inventory of the document, as for ansible-playbook; may be repeated.  "
    "[default: that of ansible.cfg]",
)
@click.option(
    "-o",
    "--output-dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Directory of the document.  [default: that of the first playbook]",
)
@click.option(
    "--name",
    default="",
    metavar="NAME",
    help="Name of the cluster.  [default: that of the project's directory]",
)
@click.option(
    "--roles-path",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Directory of roles, besides those of ansible.cfg; may be repeated.",
)
@click.option(
    "--parallel",
    is_flag=True,
    help="Let plays run beside each other that share no host and use no other hosts.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; compare the document that is there with the playbooks.",
)
def import_(
    playbooks: tuple[Path, ...],
    inventories: tuple[str, ...],
    directory: Path | None,
    name: str,
    roles_path: tuple[Path, ...],
    parallel: bool,
    check: bool,
) -> int:
    """Write a document that does what playbooks do.

    Each play becomes a module with one step, in the order of the playbooks; `import_playbook` is
    followed. Long lists of tasks become files in plays/ beside the document. The playbooks, their
    roles and their inventory are used where they are and never changed. What a document cannot
    say, and what `wt validate` refuses of it or warns of, is listed, with the line and what to do;
    then what becomes of the settings of ansible.cfg.

    A cluster has one lock and one history under its name: give staging and production names of
    their own with --name.

    With --parallel, a play waits only for those before it that share a host with it, or where one
    of the two uses other hosts (`hostvars`, `delegate_to`, `groups` …); it prints why, play by
    play.

    With --check, compares the hosts, tasks and tags that Ansible lists of the playbooks with those
    that it lists of the compiled document, play by play, and prints what differs.
    """
    from worldtree.app.documents.import_playbooks import ImportRequest
    from worldtree.app.views.plans import team_config_view
    from worldtree.cli.config_lines import config_lines
    from worldtree.cli.error_output import show_diagnostics

    service = application().playbook_import
    request = ImportRequest(playbooks, inventories, roles_path, directory, parallel, name)
    if check:
        differences = service.compare(request)
        for difference in differences:
            click.echo(str(difference))
        click.echo(
            count(len(differences), "difference")
            if differences
            else "hosts, tasks and tags of all plays are the same",
            err=True,
        )
        return ExitCode.PARTIAL if differences else ExitCode.OK
    imported = service.read(request)
    written = service.write(imported)
    imported = service.validate(imported)
    show_diagnostics(imported.findings)
    if imported.config is not None:
        for line in config_lines(team_config_view(imported.config)):
            click.echo(line, err=True)
    here = Path.cwd()
    shown = [path.relative_to(here) if path.is_relative_to(here) else path for path in written]
    for path in shown:
        click.echo(f"wrote {path}")
    for line in imported.order:
        click.echo(line, err=True)
    lost = imported.lost
    summary = f"{count(imported.plays, 'play')}, {count(len(lost), 'thing')} not imported"
    file = "" if shown[0] == DEFAULT_DOCUMENT else f" -f {shown[0]}"
    click.echo(f"{summary}; next: wt plan{file}", err=True)
    return ExitCode.PARTIAL if lost else ExitCode.OK
