"""``wt artifacts``: the files that a document needs from elsewhere, and their cache."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.options import request_options
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest

_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_SIZE = re.compile(r"(\d{1,15})\s*([KMGT]?)(i?B)?", re.IGNORECASE | re.ASCII)
_NOT_ALL = {ExitCode.FAILED: "some artifacts could not be fetched"}


def _bytes(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Return the bytes of a size such as ``20G``, whose units are powers of 1024."""
    if value is None:
        return None
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise click.BadParameter(f"{value!r} is not a size; examples: 500M, 20G, 0")
    return int(match[1]) << _UNITS[match[2].upper()]


_parallel = click.option(
    "--parallel",
    type=click.IntRange(min=1, max=64),
    default=4,
    show_default=True,
    help="Downloads at once.",
)
_max_size = click.option(
    "--max-size",
    callback=_bytes,
    metavar="SIZE",
    help="Keep the cache within this size, such as 20G: what no lock file names and was not used "
    "for the longest time is removed. By default it has no bound.",
)


@click.group(cls=Group)
def artifacts() -> None:
    """List, lock and fetch the files that a document needs from elsewhere.

    They are those of its components, and of `spec.artifacts`. Their sha256 is in `artifacts.lock`
    beside the document; the files are in a cache of this machine, by their sha256.
    """


@artifacts.command("list")
@request_options
@output_option
def list_(request: DocumentRequest, output: str) -> None:
    """List every file that a document needs, for all of its pipelines.

    Downloads nothing. The architecture of a host is its label `architecture`, else that of its
    stored facts; because of a host of which neither is known, all architectures are listed.
    """
    from worldtree.app.views.artifacts import artifact_list_view
    from worldtree.cli.artifact_tables import write_artifacts

    found = application().artifacts.list_artifacts(request)
    if output == "table":
        write_artifacts(found)
    else:
        write_data(artifact_list_view(found), output)


@artifacts.command(exit_codes=_NOT_ALL)
@request_options
@click.option(
    "--update",
    multiple=True,
    metavar="NAME",
    help="Download this artifact again, though the lock file has it; may be repeated.",
)
@click.option(
    "--remove-unneeded",
    is_flag=True,
    help="Remove entries that this document does not need; those of other documents beside it too.",
)
@_parallel
@_max_size
@output_option
def lock(
    request: DocumentRequest,
    update: tuple[str, ...],
    remove_unneeded: bool,
    parallel: int,
    max_size: int | None,
    output: str,
) -> int:
    """Write `artifacts.lock`: the sha256 and size of every file that a document needs.

    Downloads files that are not in it, or of which the document says another sha256. Where nobody
    says the sha256, that of the download is trusted, which is said: review it.
    """
    from worldtree.app.artifacts.artifact_service import FetchOptions
    from worldtree.app.views.artifacts import lock_view
    from worldtree.cli.artifact_progress import artifact_progress
    from worldtree.cli.artifact_tables import warn_of_first_use, write_locked
    from worldtree.cli.error_output import show_error

    with artifact_progress() as tell:
        found = application().artifacts.lock(
            request,
            FetchOptions(parallel, max_size),
            tell,
            update=update,
            remove_unneeded=remove_unneeded,
        )
    if output == "table":
        write_locked(found)
    else:
        write_data(lock_view(found), output)
    warn_of_first_use(found)
    for error in found.errors:
        show_error(error)
    return ExitCode.FAILED if found.errors else ExitCode.OK


@artifacts.command(
    exit_codes={
        **_NOT_ALL,
        ExitCode.REFUSED: "refused: the lock file does not have the sha256 of everything",
    }
)
@request_options
@_parallel
@_max_size
@output_option
def fetch(request: DocumentRequest, parallel: int, max_size: int | None, output: str) -> int:
    """Bring every file that a document needs into the cache.

    A download that was cut continues where it ended. Sources are tried in their order; bytes with
    another sha256 are never used.
    """
    from worldtree.app.artifacts.artifact_service import FetchOptions
    from worldtree.app.views.artifacts import fetch_view
    from worldtree.cli.artifact_progress import artifact_progress
    from worldtree.cli.error_output import show_error
    from worldtree.cli.output import count

    options = FetchOptions(parallel, max_size)
    with artifact_progress() as tell:
        found = application().artifacts.fetch(request, options, tell)
    errors = [one.error for one in found if one.error is not None]
    if output == "table":
        click.echo(f"{count(len(found) - len(errors), 'artifact')} in the cache")
    else:
        write_data(fetch_view(found), output)
    for error in errors:
        show_error(error)
    return ExitCode.FAILED if errors else ExitCode.OK


@artifacts.command(
    exit_codes={
        ExitCode.OK: "everything is in the cache with the right bytes",
        ExitCode.FAILED: "something is missing or was damaged",
        ExitCode.REFUSED: "refused: the lock file does not have the sha256 of everything",
    }
)
@request_options
@output_option
def verify(request: DocumentRequest, output: str) -> int:
    """Read every file in the cache that a document needs, and compare its sha256.

    Needs no network. What is damaged is removed from the cache.
    """
    from worldtree.app.views.artifacts import verify_view
    from worldtree.cli.artifact_tables import write_verified

    found = application().artifacts.verify(request)
    if output == "table":
        write_verified(found)
    else:
        write_data(verify_view(found), output)
    return ExitCode.FAILED if found.missing or found.damaged else ExitCode.OK


@artifacts.command()
@click.option(
    "--max-size",
    callback=_bytes,
    metavar="SIZE",
    required=True,
    help="Size that the cache may have afterwards, such as 20G; 0 keeps what is locked.",
)
@output_option
def prune(max_size: int, output: str) -> None:
    """Remove files from the cache, those first that were not used for the longest time.

    Keeps what a lock file names that was used with this cache, as long as the lock file exists,
    and what another command works with.
    """
    from worldtree.app.views.artifacts import pruned_view
    from worldtree.cli.artifact_tables import write_cache_pruned

    found = application().artifacts.prune(max_size)
    if output == "table":
        write_cache_pruned(found)
    else:
        write_data(pruned_view(found), output)
