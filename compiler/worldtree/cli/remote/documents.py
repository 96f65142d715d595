"""The document that a command sends: one cluster of a file, as it is written there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import yaml
from click.core import ParameterSource

from worldtree.app.documents.document_service import choose_document
from worldtree.cli.remote.connect import open_service
from worldtree.cli.remote.content import known_content, send_files
from worldtree.core.errors import DiagnosticBag, RefusedError
from worldtree.remote.service import RemoteService, StoredDocument
from worldtree.spec.load import load_file
from worldtree.spec.resolve.hosts import resolve_hosts
from worldtree.spec.validate import validate


@dataclass(frozen=True, slots=True)
class FileDocument:
    """A document of a file; lines before it are empty, so that marks fit the file."""

    file: str
    #: Index among the documents of the file.
    index: int
    cluster: str
    text: str
    #: Of the service whose document it is; None for one of a file.
    version: int | None = None
    #: What requests say of the files that it uses; empty where it uses none.
    content: Mapping[str, Any] = field(default_factory=dict)


def read_documents(file: Path) -> list[FileDocument]:
    """Return the documents of a file. Raises ``InputError`` for one that cannot be read."""
    loaded = load_file(file)
    whole = loaded[0].text
    texts = [whole] if len(loaded) == 1 else _texts(whole)
    return [
        FileDocument(str(file), one.index, str(one.value(("metadata", "name"))), texts[one.index])
        for one in loaded
    ]


def read_document(file: Path, cluster: str | None) -> FileDocument:
    """Return the document of ``cluster`` in a file, or the only one; raises ``InputError``."""
    chosen = choose_document(load_file(file), cluster)
    return next(one for one in read_documents(file) if one.index == chosen.index)


def written_hosts(file: Path, cluster: str | None) -> tuple[str, ...]:
    """Return the hosts that a document has itself; none where not all of them are known.

    Nothing of it is compiled, and a service is not asked. Raises ``InputError`` for a file that
    cannot be read.
    """
    found = validate(choose_document(load_file(file), cluster))
    if found.model is None or found.diagnostics or found.model.spec.inventory:
        return ()
    return tuple(host.name for host in resolve_hosts(found.model.spec, DiagnosticBag()))


def is_of_service(file: Path, cluster: str | None) -> bool:
    """Whether the document of the service is meant: a cluster is named, and no file is there."""
    context = click.get_current_context()
    is_given = context.get_parameter_source("file") is not ParameterSource.DEFAULT
    return cluster is not None and not is_given and not file.is_file()


def open_document(file: Path, cluster: str | None) -> tuple[RemoteService, FileDocument]:
    """Return the service, and the document of the file, or of the service where no file is meant.

    The service has the files that the document uses then: those beside the file, or what the last
    task of the stored document was asked with. Raises ``InputError``, and ``RefusedError`` for a
    cluster without a document.
    """
    if cluster is None or not is_of_service(file, cluster):
        document = read_document(file, cluster)
        service = open_service()
        return service, with_files(service, document, file)
    service = open_service()
    found = wanted(service, cluster)
    beside = known_content(service, cluster, found.digest)
    content = {} if beside is None else {"content": beside}
    return service, FileDocument(
        str(file), 0, cluster, found.text, version=found.version, content=content
    )


def with_files(service: RemoteService, document: FileDocument, file: Path) -> FileDocument:
    """Let the service have the files that a document of ``file`` uses. Raises ``InputError``."""
    beside = send_files(service, file, document.cluster, document.cluster)
    return document if beside is None else replace(document, content={"content": beside})


def stored_version(service: RemoteService, document: FileDocument) -> int:
    """Return the version that the service has of exactly this document.

    Raises ``RefusedError`` for one of a file where the wanted document is another one, or there is
    none.
    """
    if document.version is not None:
        # That which was read: meanwhile another one may have been stored.
        return document.version
    found = service.wanted_document(document.cluster)
    if found is None or not is_same_text(found, document):
        raise not_stored(document)
    return found.version


def is_same_text(stored: StoredDocument, document: FileDocument) -> bool:
    """Whether the service has this document; empty lines around it do not count."""
    return stored.text.strip("\n") == document.text.strip("\n")


def not_stored(document: FileDocument) -> RefusedError:
    """Return the error for a document that is not that of the service."""
    return RefusedError(
        f"{document.file} is not the document that the service has of `{document.cluster}`",
        code="document-not-stored",
        hint=f"apply it first, or name only the cluster, in a directory without the file: "
        f"`--cluster {document.cluster}`",
    )


def wanted(service: RemoteService, cluster: str) -> StoredDocument:
    """Return the document that the service has. Raises ``RefusedError``."""
    found = service.wanted_document(cluster)
    if found is None:
        raise RefusedError(
            f"the service has no document of the cluster `{cluster}`",
            code="document-missing",
            hint="name the document with `-f FILE`",
        )
    return found


def _texts(whole: str) -> list[str]:
    """Return the text of each document of a file, after as many empty lines as are before it."""
    lines = whole.splitlines(keepends=True)
    starts = [
        event.start_mark.line
        for event in yaml.parse(whole, Loader=yaml.SafeLoader)
        if isinstance(event, yaml.DocumentStartEvent) and event.start_mark is not None
    ]
    ends = [*starts[1:], len(lines)]
    return [
        "\n" * begin + "".join(lines[begin:end]) for begin, end in zip(starts, ends, strict=True)
    ]
