"""Looks at everything that WorldTree stands on here, and says what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree import __version__
from worldtree.core.errors import WorldTreeError
from worldtree.core.settings import Settings
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Bytes that have to be free: a large task's bundle, events and a copy of the database.
_FREE = 1024**3
_UNDER_WAY = (TaskStatus.PENDING, TaskStatus.RUNNING)
#: Series of ansible-core by Python, as the package demands.
_CORES = {(3, 11): "2.19."}
_CORE_OF_NEWER = "2.21."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    #: What was found.
    detail: str
    #: How to mend it.
    hint: str = ""
    #: Bytes by part, of what takes room.
    sizes: dict[str, int] = field(default_factory=dict)


class Doctor:
    """Makes nothing, and changes nothing but an old schema."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def examine(self) -> list[Finding]:
        """Return all findings, in the order in which one stands on the other."""
        return [
            *self._programs(),
            self._ssh(),
            *self._home(),
            *self._database(),
        ]

    # ---- programs ------------------------------------------------------------------------------

    def _programs(self) -> Iterator[Finding]:
        yield Finding("worldtree", True, __version__)
        found = platform.python_version_tuple()
        ok = (int(found[0]), int(found[1])) >= (3, 11)
        yield Finding("python", ok, platform.python_version(), "" if ok else "use Python >= 3.11")
        wanted = _CORES.get((int(found[0]), int(found[1])), _CORE_OF_NEWER)
        yield _package("ansible-core", wanted)
        yield _package("ansible-runner", "2.")

    def _ssh(self) -> Finding:
        hint = "install the OpenSSH client; hosts with `connection: local` need none"
        path = shutil.which("ssh")
        if path is None:
            return Finding("ssh", False, "not found in PATH", hint)
        try:
            told = subprocess.run(
                [path, "-V"], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            return Finding("ssh", False, f"{path} does not run: {fault}", hint)
        return Finding("ssh", True, f"{told.stderr.strip()} ({path})")

    # ---- the home ------------------------------------------------------------------------------

    def _home(self) -> Iterator[Finding]:
        home = self._settings.home
        if not home.exists():
            yield Finding("home", True, f"{home}: not there yet; the first task makes it")
        elif not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            hint = "make it yours, or set WORLDTREE_HOME to another directory"
            yield Finding("home", False, f"{home} cannot be written", hint)
        elif home.stat().st_mode & 0o077:
            detail = f"{home} can be looked into by other users"
            yield Finding("home", False, detail, f"chmod 700 {home}")
        else:
            sizes = _sizes(home)
            yield Finding("home", True, str(home), sizes=sizes)
        place = next(path for path in (home, *home.parents) if path.exists())
        free = shutil.disk_usage(place).free
        hint = "" if free >= _FREE else "free some: `wt tasks prune --keep 30d` deletes old tasks"
        yield Finding("free space", free >= _FREE, str(place), hint, {"free": free})

    # ---- the database --------------------------------------------------------------------------

    def _database(self) -> Iterator[Finding]:
        from worldtree.store.database import place
        from worldtree.store.store import Store

        home, url = self._settings.home, self._settings.database_url
        try:
            store = Store.open_existing(home, url)
            if store is None:
                told = f"{place(home, url)}: not there yet; the first task makes it"
                yield Finding("database", True, told)
                return
            with store:
                told, stale = store.describe(), list(self._stale(store))
        except WorldTreeError as problem:
            yield Finding("database", False, problem.message, problem.hint)
            return
        yield Finding("database", True, told)
        yield from stale or [Finding("tasks", True, "none that stopped without an end")]

    def _stale(self, store: Store) -> Iterator[Finding]:
        from worldtree.core.process_identity import evidence

        # Looked at before and after, since tasks begin and end meanwhile.
        held = {(lease.cluster, lease.task): lease for lease in store.leases()}
        under_way = store.list_tasks(statuses=_UNDER_WAY)
        held |= {(lease.cluster, lease.task): lease for lease in store.leases()}
        for task in under_way:
            lease = held.pop((task.cluster, task.id), None)
            if lease is None:
                dead, why = True, "no process holds its cluster"
            else:
                dead, why = evidence(lease.holder)
                why = f"{why} ({lease.holder})"
            if dead:
                detail = f"{task.id} on `{task.cluster}` is {task.status}, but {why}"
                yield Finding("tasks", False, detail, f"go on with it: wt resume {task.id}")
        for lease in held.values():
            dead, why = evidence(lease.holder)
            if dead:
                detail = f"`{lease.cluster}` is held by task {lease.task}, but {why}"
                yield Finding("tasks", False, detail, f"wt unlock {lease.cluster}")


def _package(name: str, wanted: str) -> Finding:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, "not installed", "install worldtree anew, with what it needs")
    ok = found.startswith(wanted)
    return Finding(name, ok, found, "" if ok else f"install {name} {wanted}*")


def _sizes(home: Path) -> dict[str, int]:
    """Return the bytes of the home's parts, the largest first."""
    from worldtree.store.prune import size_of

    found: dict[str, int] = {}
    for path in home.iterdir():
        part = "database" if path.name.startswith("worldtree.db") else path.name
        found[part] = found.get(part, 0) + size_of(path)
    return dict(sorted(found.items(), key=lambda item: -item[1]))
