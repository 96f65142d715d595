"""Which URLs of git repositories are accepted: strict forms of HTTPS and SSH, nothing else."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from worldtree.core.errors import RefusedError

#: No options of programs, no credentials, no escapes, no transports such as ``ext::``.
_URL = re.compile(
    r"(?P<scheme>https|http|ssh)://"
    r"(?:(?P<user>[A-Za-z0-9_][\w.-]{0,63})@)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9_~+][\w.~+-]*)+/?)",
    re.ASCII,
)
_PORTS = {"https": 443, "http": 80, "ssh": 22}
#: Names of branches and tags, and commits.
_REVISION = re.compile(r"[A-Za-z0-9_][\w./+-]{0,199}", re.ASCII)
_DIRECTORY = re.compile(r"[A-Za-z0-9_][\w.+-]*(?:/[A-Za-z0-9_][\w.+-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class RepositoryUrl:
    """The parts of a URL that was accepted."""

    text: str
    scheme: str
    user: str | None
    #: Without brackets.
    host: str
    port: int


def read_repository_url(text: str) -> RepositoryUrl:
    """Return the parts of the URL of a repository. Raises ``RefusedError`` for any other text."""
    found = _URL.fullmatch(text)
    port = 0 if found is None else int(found["port"] or _PORTS[found["scheme"]])
    is_safe = found is not None and 0 < port < 2**16 and ".." not in text
    if found is None or not is_safe or (found["user"] and found["scheme"] != "ssh"):
        raise RefusedError(
            "the URL of the repository is not of a form that the service accepts",
            code="repository-url-invalid",
            hint="write `https://HOST/PATH` or `ssh://USER@HOST/PATH`, without a password,"
            " escapes, queries and `..`",
        )
    return RepositoryUrl(text, found["scheme"], found["user"], found["host"].strip("[]"), port)


def check_revision(revision: str, directory: str) -> None:
    """Raise ``RefusedError`` for a revision or a directory that git could take for something else.

    ``directory`` is the part of the repository that is used; empty for all of it.
    """
    parts = revision.split("/")
    is_bad = any(one.endswith((".lock", ".")) or one.startswith((".", "-")) for one in parts)
    if not _REVISION.fullmatch(revision) or ".." in revision or "" in parts or is_bad:
        raise RefusedError(
            "the revision is not the name of a branch or tag, nor a whole commit",
            code="repository-revision-invalid",
            hint="name a branch or a tag, or write all 40 digits of a commit",
        )
    if directory and (not _DIRECTORY.fullmatch(directory) or ".." in directory):
        raise RefusedError(
            "the directory is not a path within the repository",
            code="repository-revision-invalid",
            hint="write a relative path such as `ansible/content`, without `..`",
        )


def are_networks(texts: Sequence[str]) -> bool:
    """Whether each text is a network such as ``10.0.0.0/8``."""
    try:
        for text in texts:
            ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
