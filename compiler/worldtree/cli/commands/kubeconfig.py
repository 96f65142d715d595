"""``wt kubeconfig``: the kubeconfig of a cluster that was made here."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Command, HintedUsageError
from worldtree.cli.completions import complete_known_cluster
from worldtree.core.errors import ExitCode


@click.command(cls=Command, exit_codes={ExitCode.INPUT: "unknown cluster, or no kubeconfig of it"})
@click.argument("cluster", shell_complete=complete_known_cluster)
@click.option("--user", default="admin", show_default=True, help="Whose kubeconfig.")
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file, which only you can read then, instead of stdout.",
)
def kubeconfig(cluster: str, user: str, to: Path | None) -> None:
    """Print the kubeconfig of a Kubernetes cluster.

    It has a private key: it gives the rights of the user until its certificate expires.
    """
    kept = application().kept_files(cluster)
    directory = kept.directory / "kubeconfig" / cluster
    file = directory / f"{user}.conf"
    if "/" in user or not file.is_file():
        others = ", ".join(f"`{path.stem}`" for path in sorted(directory.glob("*.conf")))
        raise HintedUsageError(
            f"no kubeconfig of `{user}` is kept for the cluster `{cluster}`",
            hint=f"there is one of {others}" if others else "`wt apply` brings that of `admin`",
        )
    content = file.read_text(encoding="utf-8")
    if to is None:
        click.echo(content, nl=False)
        return
    try:
        _write_private(to, content)
    except OSError as error:
        raise HintedUsageError(
            f"{to} cannot be written: {error.strerror}", hint="choose another file with `--to`"
        ) from None


def _write_private(target: Path, content: str) -> None:
    """Replace a file as a whole; nobody else can read it at any moment."""
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(part).replace(target)
    # Also after Ctrl-C: no half of a private key stays behind.
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
