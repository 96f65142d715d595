"""``wt bundle``: everything that a document needs as one file, for sites without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group, HintedUsageError
from worldtree.cli.maintenance_text import format_bytes
from worldtree.cli.options import request_options
from worldtree.cli.output import count, output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.app.documents.document_request import DocumentRequest

_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_base = click.option(
    "--base",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A bundle that the other side has: what is in it is not in this one.",
)


@click.group(cls=Group)
def bundle() -> None:
    """Put everything that a document needs into one file, for sites without a network.

    The file is a tar with the artifacts of all pipelines and architectures, the document, the lock
    file, the compiled playbooks, an SBOM and checksums. Secrets are not in it.
    """


@bundle.command(
    exit_codes={
        ExitCode.FAILED: "an artifact could not be fetched, or the file not be written",
        ExitCode.REFUSED: "refused: the lock file does not have the sha256 of everything",
    }
)
@request_options
@click.option(
    "-o",
    "--output-file",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The file to write, such as `shop.tar`.",
)
@_base
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Private key (PEM, ECDSA or RSA) that signs it, into `FILE.sig` beside it.",
)
@click.option(
    "--parallel",
    type=click.IntRange(min=1, max=64),
    default=4,
    show_default=True,
    help="Downloads at once.",
)
def create(
    request: DocumentRequest, target: Path, base: Path | None, key: Path | None, parallel: int
) -> None:
    """Write the bundle of a document; fetch what is missing in the cache before.

    The same inputs give the same bytes. Times in it are SOURCE_DATE_EPOCH, or 1970. A bundle that
    was there is replaced once the new one is complete.
    """
    from worldtree.app.artifacts.artifact_service import FetchOptions
    from worldtree.cli.artifact_progress import artifact_progress

    if request.extra_vars or request.inventories:
        message = "a bundle has the document as it is: leave out -e and -i"
        hint = "write the variables and hosts into the document, or give them to `wt apply`"
        raise HintedUsageError(message, hint=hint)
    with artifact_progress() as tell:
        made = application().bundles.create(
            request, target, FetchOptions(parallel), tell, base=base, key=key
        )
    for line in made.left_out:
        click.echo(f"not compiled into it: {line}", err=True)
    artifacts = made.contents.artifacts
    new = sum(not one.is_in_base for one in artifacts)
    of_base = f" ({len(artifacts) - new} more are in the base)" if new < len(artifacts) else ""
    click.echo(f"{target}: {count(new, 'artifact')}{of_base}, {format_bytes(made.size)}")
    click.echo(f"sha256 {made.sha256}")


@bundle.command(
    exit_codes={
        ExitCode.OK: "it is complete",
        ExitCode.INPUT: "it is damaged, cut, manipulated or incomplete",
        ExitCode.FAILED: "it has no signature by the public key",
    }
)
@_file
@_base
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Public key (PEM) that has to have signed it; the signature is `FILE.sig` beside it.",
)
@output_option
def verify(file: Path, base: Path | None, public_key: Path | None, output: str) -> None:
    """Prove that a bundle is complete, without a network.

    Reads every byte, compares every sha256, and asks the document in it what it needs. Without
    --public-key this says nothing of who has made it.
    """
    found = application().bundles.verify(file, base=base, public_key=public_key)
    contents, read = found.read.contents, found.read
    if output != "table":
        data: dict[str, Any] = {
            "cluster": contents.cluster,
            "sha256": read.sha256,
            "size": read.size,
            "signed_by": found.signed_by or None,
            "artifacts": [one.model_dump(mode="json") for one in contents.artifacts],
        }
        write_data(data, output)
        return
    click.echo(
        f"complete: `{contents.cluster}`, {count(len(contents.artifacts), 'artifact')},"
        f" {format_bytes(read.size)}"
    )
    click.echo(f"sha256 {read.sha256}")
    click.echo(
        f"signed by the key {found.signed_by}" if found.signed_by else "signature: not checked"
    )


@bundle.command(
    exit_codes={
        ExitCode.INPUT: "it is damaged, cut or manipulated",
        ExitCode.REFUSED: "refused: its base was not loaded before",
    }
)
@_file
def load(file: Path) -> None:
    """Bring the artifacts of a bundle into the cache of this machine.

    `wt apply --offline` does it by itself. A bundle that holds only what is new against another
    one needs that one to be loaded before.
    """
    loaded = application().bundles.load(file)
    click.echo(f"{count(loaded.added, 'artifact')} added; the document is {loaded.document}")


@bundle.command(
    exit_codes={
        ExitCode.INPUT: "the bundle is damaged, or the target is none",
        ExitCode.FAILED: "the target does not take it",
    }
)
@_file
@click.argument("target", metavar="s3://BUCKET/KEY|oci://REGISTRY/REPOSITORY:TAG")
@click.option("--endpoint", metavar="URL", help="Of S3: the server.  [default: AWS]")
@click.option("--region", metavar="NAME", help="Of S3: the region.  [default: us-east-1]")
@click.option("--access-key", metavar="REFERENCE", help="Of S3: the access key.")
@click.option("--secret-key", metavar="REFERENCE", help="Of S3: the secret key.")
@click.option("--username", metavar="NAME", help="User of the registry.")
@click.option("--password", metavar="REFERENCE", help="Password of the registry.")
@click.option("--token", metavar="REFERENCE", help="Token of the registry, or session token of S3.")
@click.option("--ca-file", metavar="FILE", help="PEM file of the authorities of the server.")
@click.option("--proxy", metavar="URL", help="Proxy; those of the environment are not used.")
@click.option("--plain-http", is_flag=True, help="Ask a registry on this machine without TLS.")
def push(file: Path, target: str, **settings: Any) -> None:
    """Send a bundle to an object store or a registry, after checking it.

    Keys, passwords and tokens are references such as `${env:S3_SECRET_KEY}` or
    `${file:/run/secrets/key}`, in single quotes. The signature beside the bundle goes along. As a
    source of an artifact, the same location brings it back.
    """
    for name in ("access_key", "secret_key", "password", "token"):
        value = settings[name]
        if value is not None and not (value.startswith("${") and value.endswith("}")):
            option = f"--{name.replace('_', '-')}"
            message = f"{option} is a reference, not the secret itself: others see command lines"
            raise HintedUsageError(message, hint=f"write {option} '${{env:NAME}}'")
    given = {name: value for name, value in settings.items() if value}
    click.echo(f"{target}: {application().bundles.push(file, target, given)}")
