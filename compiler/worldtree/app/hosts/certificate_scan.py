"""Reads when the certificates expire that the component `pki` keeps on this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.store.certificates import Certificate
    from worldtree.store.store import Store

_LOG = logging.getLogger(__name__)
#: Seconds between two looks.
_INTERVAL = 300.0
#: Directory of `pki` below the home of a project; it has one per cluster, and in it one per
#: authority.
_DIRECTORY = "pki"
#: The certificate of an authority; the others are those that it signed.
_AUTHORITY = "ca.crt"
#: Bytes of a file with a certificate at most.
_MAX_SIZE = 64 * 1024


class CertificateScan:
    """A duty of workers: stores the ends of certificates in the files of this machine.

    Only where the database is a file. In a database that other machines use, the task that stores
    the files of a cluster stores the ends with them; what a process that died left here is older.
    """

    name = "read the ends of certificates"
    interval = _INTERVAL

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def run_once(self) -> None:
        """Read the files of all projects."""
        store = self._store()
        if store.is_shared:
            return
        for project in store.list_projects():
            mine = store.of_project(project.id)
            directory = mine.home / _DIRECTORY
            if not directory.is_dir():
                continue
            for cluster in mine.cluster_names():
                if (place := directory / cluster).is_dir():
                    found = read_certificates(place)
                    if found != sorted(mine.certificates(cluster)):
                        mine.replace_certificates(cluster, found)


def read_certificates(directory: Path) -> list[Certificate]:
    """Return the certificates of all authorities in a cluster's directory, sorted.

    What is no certificate is logged and left out.
    """
    from cryptography.x509 import load_pem_x509_certificate

    from worldtree.store.certificates import Certificate

    found = []
    for file in sorted(directory.glob("*/*.crt")):
        authority = file.parent.name
        if authority.startswith("."):
            continue  # What a rollback may need.
        try:
            if file.is_symlink() or file.stat().st_size > _MAX_SIZE:
                raise ValueError("it is a link, or too large")
            end = load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        except (OSError, ValueError) as problem:
            _LOG.warning("the certificate %s cannot be read: %s", file.name, problem)
            continue
        is_authority = file.name == _AUTHORITY
        kind = "authority" if is_authority else "certificate"
        name = authority if is_authority else f"{authority}/{file.stem}"
        found.append(Certificate(kind, name, end.timestamp()))
    return sorted(found)
