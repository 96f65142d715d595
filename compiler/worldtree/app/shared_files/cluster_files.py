"""Brings a cluster's files from the store before its work, and takes them back (ADR 11).

Known hosts and the authorities of `pki` are below the state directory. Where other machines use
the same database, that is a copy: the store has them, sealed. The task that holds the cluster is
the only one that writes them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.hosts.certificate_scan import read_certificates
from worldtree.app.shared_files.copy_marks import CopyMark, CopyMarks, mark_of
from worldtree.app.shared_files.database_key import DatabaseKey
from worldtree.app.shared_files.local_copies import (
    FILE_KINDS,
    KNOWN_HOSTS,
    PKI,
    FileKind,
    Signature,
    digest_of,
    merge_lines,
    read_copy,
    signature,
    sync_copy,
    write_copy,
)
from worldtree.core.errors import WorldTreeError
from worldtree.core.private_directories import StoreError, make_private_directory
from worldtree.core.settings import Settings
from worldtree.engine.executors.done_work import BeforeDoneWorkExecutor

if TYPE_CHECKING:
    from worldtree.engine.executors.protocol import Executor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store

#: How often files are read that change meanwhile, before a later look has to do.
_TRIES = 5


@contextmanager
def cluster_files(
    settings: Settings, store: Store, lease: Lease, notify: Callable[[str], None]
) -> Iterator[ClusterFiles | None]:
    """Have the files of the lease's cluster on this machine; None where only this one has them.

    What the block changed is stored afterwards. ``notify`` gets messages for people, such as that
    it could not be stored: it then stays here, and the next task here stores it. Raises
    ``RefusedError`` without the key that opens the files, and ``StoreError``.
    """
    if not store.is_shared:
        yield None
        return
    files = ClusterFiles(settings, store, lease, notify)
    try:
        files.bring()
        yield files
    except BaseException:  # Also an interrupt: what runs have made is kept.
        files.finish(ended=not files.began)
        raise
    files.finish(ended=True)


class ClusterFiles:
    """The files of one cluster, for one task that holds it. Any thread may store changes."""

    def __init__(
        self, settings: Settings, store: Store, lease: Lease, notify: Callable[[str], None]
    ) -> None:
        self._store, self._lease, self._notify = store, lease, notify
        self._home, self._cluster = settings.home, lease.cluster
        self._key = DatabaseKey(settings, store, notify)
        self._marks = CopyMarks(self._home, self._cluster)
        self._seen: dict[FileKind, Signature] = {}
        #: What was compared with the store; before that, what is here may be older.
        self._brought: list[FileKind] = []
        self._lock = threading.Lock()
        self._is_told = False
        #: Whether runs may use the files: of this task, or of one whose process died. Not known
        #: before the files were looked at.
        self.began = True

    def executor(self, inner: Executor) -> Executor:
        """Return ``inner``, with changes stored before work counts as done.

        Otherwise another machine would go on after that work without what it made.
        """

        def before(*, starts: bool) -> None:
            self.began = True
            if not starts:
                self.store_changes()

        return BeforeDoneWorkExecutor(inner, before)

    # ---- from the store ------------------------------------------------------------------------

    def bring(self) -> None:
        """Make the copies on this machine those of the store, unless a task here was cut off.

        What that one changed is stored. Raises ``RefusedError`` without the key, and
        ``StoreError``; ``finish`` is to be called then, too.
        """
        self._key.load()
        try:
            for kind in FILE_KINDS:
                self._bring(kind)
        except (OSError, ValueError) as problem:  # The latter for content of an unknown form.
            raise StoreError(
                f"the files of cluster `{self._cluster}` cannot be brought here: {problem}",
                code="store-unavailable",
                hint=f"check that {self._home} can be written, and that it has free space",
            ) from problem
        self.store_changes()

    def _bring(self, kind: FileKind) -> None:
        row = self._store.cluster_file(self._cluster, kind.name)
        theirs = None if row is None else self._key.open(row)
        version = "" if row is None else row.digest
        path, mark = self._path(kind), self._marks.read().get(kind.name)
        mine = read_copy(path, kind)
        if kind is PKI:
            self.began = mine is not None
        is_new = mark is None or version not in (mark.version, mark.pending)
        is_edited = mine is not None and (mark is None or digest_of(mine) != mark.local)
        if is_edited and is_new and mine is not None and theirs not in (None, mine):
            self._merge(kind, mine, theirs or b"", mark)
        elif not is_edited and mine != theirs:
            self._write(kind, theirs)
        self._mark(kind, version, theirs)
        self._brought.append(kind)

    def _merge(self, kind: FileKind, mine: bytes, theirs: bytes, mark: CopyMark | None) -> None:
        """Decide between two copies that were changed on two machines."""
        if kind is KNOWN_HOSTS:
            base = None if mark is None else mark.content
            self._write(kind, merge_lines(base, mine, theirs))
            return
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        aside = self._marks.directory / f"{self._cluster}.{kind.name}.{now}"
        self._write(kind, mine, aside)
        self._write(kind, theirs)
        self._notify(
            f"warning: `{kind.name}` of cluster `{self._cluster}` was changed on this machine and "
            f"on another one; that of the other one is used, and what was here is in {aside}"
        )

    # ---- to the store --------------------------------------------------------------------------

    def store_changes(self) -> None:
        """Store what has changed here. Says so where that fails, and raises nothing."""
        with self._lock:
            for _ in range(_TRIES):
                try:
                    for kind in self._brought:
                        self._store_change(kind)
                    return
                except FileNotFoundError:
                    continue  # Another run replaces files just now; this one's must be stored.
                except (WorldTreeError, OSError) as problem:
                    self._tell(problem)
                    return

    def finish(self, *, ended: bool) -> None:
        """Store what has changed here; where all runs have ``ended``, remove what is secret."""
        with self._lock:
            try:
                for kind in self._brought:
                    self._store_change(kind)
                if ended:
                    self._lease.heartbeat()  # Who has lost the cluster removes nothing of others.
                    # First the mark: a copy without one is compared with the store.
                    self._marks.set(PKI.name, None)
                    self._write(PKI, None)
            except (WorldTreeError, OSError) as problem:
                self._tell(problem)

    def _store_change(self, kind: FileKind) -> None:
        path = self._path(kind)
        now = signature(path)
        if self._seen.get(kind) == now:
            return
        mine, mark = read_copy(path, kind), self._marks.read().get(kind.name, mark_of("", ""))
        if digest_of(mine) != mark.local:
            self._put(kind, mine, mark)
        self._seen[kind] = now

    def _put(self, kind: FileKind, mine: bytes | None, mark: CopyMark) -> None:
        from worldtree.store.busy import wait_while_busy

        store, lease, name, key = self._store, self._lease, kind.name, self._key
        outage = 0.0 if store.work is None else store.work.times.outage
        ends = read_certificates(self._path(kind)) if kind is PKI else None
        if mine is None:
            self._marks.set(name, replace(mark, pending=""))
            wait_while_busy(lambda: store.delete_cluster_file(lease, name, ends), outage=outage)
            version = ""
        else:
            sealed = key.seal(self._cluster, name, mine)
            version = sha256(sealed).hexdigest()
            self._marks.set(name, replace(mark, pending=version))
            wait_while_busy(
                lambda: store.put_cluster_file(lease, name, sealed, key.open, ends), outage=outage
            )
        self._mark(kind, version, mine)

    # ---- here ----------------------------------------------------------------------------------

    def _path(self, kind: FileKind) -> Path:
        return self._home / kind.name / self._cluster

    def _write(self, kind: FileKind, content: bytes | None, path: Path | None = None) -> None:
        """Put a copy at ``path``, by default where roles and ssh look for it."""
        make_private_directory(self._marks.directory)
        # One place per cluster, so that what a process that died left there is found.
        made = self._marks.directory / f".copy-{self._cluster}"
        write_copy(path or self._path(kind), kind, content, made)

    def _mark(self, kind: FileKind, version: str, content: bytes | None) -> None:
        sync_copy(self._path(kind))  # A damaged copy must not be newer than its mark.
        base = content if kind is KNOWN_HOSTS else None
        self._marks.set(kind.name, mark_of(version, digest_of(content), base))

    def _tell(self, problem: WorldTreeError | OSError) -> None:
        if not self._is_told:
            self._notify(
                f"warning: files of cluster `{self._cluster}` cannot be stored: {problem}; they "
                "stay on this machine, and its next task with the cluster stores them"
            )
        self._is_told = True
