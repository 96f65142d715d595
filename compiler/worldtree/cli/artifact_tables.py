"""Shows artifacts, lock files and the cache as tables and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldtree.app.views.text import clean
from worldtree.cli.maintenance_text import format_bytes
from worldtree.cli.output import count
from worldtree.cli.table import write_table
from worldtree.core.text import and_more

if TYPE_CHECKING:
    from worldtree.app.artifacts.artifact_service import (
        ArtifactList,
        CachePruned,
        LockResult,
        VerifyResult,
    )

#: Digits of a sha256 in a table; `-o json` has all of them.
_SHOWN_DIGITS = 12
_MAX_HOSTS = 3


def write_artifacts(found: ArtifactList) -> None:
    """Print every file that a cluster needs."""
    if not found.items:
        click.echo(
            f"the cluster `{found.cluster}` needs no artifacts: list those of your own work in"
            " `spec.artifacts`",
            err=True,
        )
        return
    write_table(
        ["ARTIFACT", "VERSION", "KIND", "PLATFORM", "SIZE", "SHA256", "STATE", "HOSTS", "FOR"],
        [
            [
                one.declared.name,
                one.declared.version,
                one.declared.kind.value,
                f"{one.declared.platform}/{one.declared.architecture}",
                "-" if one.size is None else format_bytes(one.size),
                "-" if one.sha256 is None else one.sha256[:_SHOWN_DIGITS],
                one.state.value,
                and_more(one.need.hosts, _MAX_HOSTS) or "-",
                ", ".join(one.need.needed_by),
            ]
            for one in found.items
        ],
        spare=["FOR", "KIND"],
    )


def write_locked(found: LockResult) -> None:
    """Print what became of a lock file."""
    for words, entries in (
        ("added", found.added),
        ("changed", found.changed),
        ("confirmed", found.confirmed),
    ):
        for one in entries:
            click.echo(f"{words} {one.key}: sha256 {one.sha256}")
    for key in found.removed:
        click.echo(f"removed {key}")
    click.echo(f"{clean(str(found.file))}: {count(found.entries, 'artifact')}")


def warn_of_first_use(found: LockResult) -> None:
    """Say on stderr which files were trusted because nobody says their sha256."""
    trusted = [one for one in (*found.added, *found.changed) if one.trust == "first-use"]
    for one in trusted:
        click.echo(
            f"warning: trusted on first use: {one.key} is what {clean(one.location)} sent just now",
            err=True,
        )
    if trusted:
        click.echo(
            "  why:  nobody else has said the sha256; a manipulated file would be locked as well\n"
            "  help: compare it with what the authors publish, or write it as `sha256` into the"
            " document",
            err=True,
        )


def write_verified(found: VerifyResult) -> None:
    """Print what is in the cache with the right bytes, and what is not."""
    for key in found.missing:
        click.echo(f"missing {key}")
    for key in found.damaged:
        click.echo(f"damaged {key}: removed from the cache")
    click.echo(f"{count(len(found.verified), 'artifact')} verified")
    if found.missing or found.damaged:
        click.echo("  help: run `wt artifacts fetch`", err=True)


def write_cache_pruned(found: CachePruned) -> None:
    """Print how much was removed and how much is left."""
    click.echo(
        f"removed {count(len(found.removed), 'artifact')}, freed {format_bytes(found.freed)}; the"
        f" cache has {format_bytes(found.size)}, of which {format_bytes(found.kept)} are locked or"
        " in use"
    )
