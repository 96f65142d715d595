"""What lies beside a document on this machine, and what a service has of it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from worldtree.core.errors import RefusedError
from worldtree.remote.problems import ServerError
from worldtree.remote.service import RemoteService

#: Tasks in which the content of a stored document is looked for.
_MAX_TASKS = 50


def send_files(
    service: RemoteService, file: Path, cluster: str | None, name: str
) -> Mapping[str, Any] | None:
    """Let the service have the files that a document uses; return the content of requests.

    None where it uses none. What the service has already is not sent again; ``name`` is what
    people call the archive. Raises ``InputError`` for what is wrong in the document.
    """
    from worldtree.app.documents.files_beside import files_beside
    from worldtree.core.packed_directories import pack_files

    files = files_beside(file, cluster, Path.cwd())
    if not files:
        return None
    try:
        packed = pack_files(files)
    except OSError as problem:
        raise RefusedError(
            f"{problem.filename} cannot be read: {problem.strerror}",
            code="content-unreadable",
            hint="the document uses it, and the service needs it",
        ) from None
    # Equal files are one archive, also by the bytes of the compressed form.
    return {"archive": service.keep_archive(packed, gzip.compress(packed, mtime=0), name)}


def known_content(service: RemoteService, cluster: str, document: str) -> Mapping[str, Any] | None:
    """Return the content of the newest task of a stored document (its digest) that had one.

    None where there is none. Of a repository it is the commit that the task had.
    """
    for task in _tasks(service, cluster):
        request = task.get("request")
        if not isinstance(request, dict) or request.get("stored_document") != document:
            continue
        content = request.get("content")
        if not isinstance(content, dict):
            continue
        repository = content.get("repository")
        if not isinstance(repository, dict):
            return {"archive": content.get("archive")}
        commit = content.get("commit") or repository.get("revision")
        return {"repository": {**repository, "revision": commit}}
    return None


def _tasks(service: RemoteService, cluster: str) -> list[Mapping[str, Any]]:
    """Return the newest tasks of a cluster; none where the caller may not see them."""
    try:
        found = service.items("/tasks", _MAX_TASKS, cluster=cluster, details=True)
        return list(islice(found, _MAX_TASKS))
    except ServerError as problem:
        if problem.code != "permission-missing":
            raise
        return []
