"""Checks the programs, directories and database that WorldTree needs on this machine."""

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
from worldtree.app.content.git_version import MINIMUM, read_version
from worldtree.app.ports import Ports
from worldtree.core.disk_usage import disk_usage
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.settings import Settings
from worldtree.core.shared_content import DIRECTORY
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.store import Store

_WITHOUT_GIT = "a service on this machine fetches no git repositories"
#: Free bytes for the bundle and events of a large task, and a copy of the database.
_MIN_FREE_BYTES = 1024**3
_ACTIVE_STATUSES = (TaskStatus.PENDING, TaskStatus.RUNNING)
#: Required series of ansible-core by Python version.
_CORE_SERIES = {(3, 11): "2.19."}
_LATEST_CORE_SERIES = "2.21."


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The result of one check."""

    name: str
    ok: bool
    #: What was found.
    detail: str
    #: How to fix it.
    hint: str = ""
    #: Bytes of disk space by part.
    sizes: dict[str, int] = field(default_factory=dict)


class Doctor:
    """Runs all checks. Creates nothing; only migrates an old database schema."""

    def __init__(self, settings: Settings, ports: Ports) -> None:
        self._settings, self._ports = settings, ports

    def run_checks(self) -> list[HealthCheck]:
        """Return the results of all checks, each after those that it depends on."""
        return [
            *self._programs(),
            self._ssh(),
            self._git(),
            *self._home(),
            *self._database(),
        ]

    # ---- programs ------------------------------------------------------------------------------

    def _programs(self) -> Iterator[HealthCheck]:
        yield HealthCheck("worldtree", True, __version__)
        found = platform.python_version_tuple()
        ok = (int(found[0]), int(found[1])) >= (3, 11)
        yield HealthCheck(
            "python", ok, platform.python_version(), "" if ok else "use Python >= 3.11"
        )
        wanted = _CORE_SERIES.get((int(found[0]), int(found[1])), _LATEST_CORE_SERIES)
        yield _check_package("ansible-core", wanted)
        yield _check_package("ansible-runner", "2.")
        yield self._private_apis()

    def _private_apis(self) -> HealthCheck:
        """Whether the private parts of Ansible that WorldTree relies on are as expected."""
        from worldtree.runner.process.private_api_list import PRIVATE_APIS
        from worldtree.runner.process.private_apis import (
            CHECKED_FILE,
            find_differences,
            was_checked,
        )

        count = len(PRIVATE_APIS)
        found = [] if was_checked(self._settings.home / CHECKED_FILE) else find_differences()
        if not found:
            return HealthCheck("Ansible internals", True, f"{count} of {count} as expected")
        hint = "install versions of ansible-core and ansible-runner that WorldTree supports"
        return HealthCheck("Ansible internals", False, "; ".join(found), hint)

    def _ssh(self) -> HealthCheck:
        hint = "install the OpenSSH client; hosts with `connection: local` need none"
        path = shutil.which("ssh", path=self._ports.environ.get("PATH"))
        if path is None:
            return HealthCheck("ssh", False, "not found in PATH", hint)
        try:
            text = subprocess.run(
                [path, "-V"], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            return HealthCheck("ssh", False, f"{path} does not run: {fault}", hint)
        return HealthCheck("ssh", True, f"{text.stderr.strip()} ({path})")

    def _git(self) -> HealthCheck:
        """Which git fetches the repositories of requests; without one it is no problem here."""
        path = shutil.which("git", path=os.defpath)
        if path is None:
            return HealthCheck("git", True, f"not found; {_WITHOUT_GIT}")
        try:
            said = subprocess.run(
                [path, "version"], capture_output=True, text=True, timeout=10, check=False
            ).stdout.strip()
        except (OSError, subprocess.TimeoutExpired) as fault:
            said = f"does not run: {fault}"
        found = read_version(said)
        if found is not None and found >= MINIMUM:
            return HealthCheck("git", True, f"{said} ({path})")
        needed = f"{MINIMUM[0]}.{MINIMUM[1]} or later is needed"
        return HealthCheck("git", True, f"{said} ({path}); {needed}; {_WITHOUT_GIT}")

    # ---- the home ------------------------------------------------------------------------------

    def _home(self) -> Iterator[HealthCheck]:
        home = self._settings.home
        if not home.exists():
            yield HealthCheck("home", True, f"{home} does not exist yet; the first task creates it")
        elif not os.access(home, os.R_OK | os.W_OK | os.X_OK):
            hint = "change its owner or mode, or set WORLDTREE_HOME to another directory"
            yield HealthCheck("home", False, f"{home} is not readable and writable", hint)
        elif home.stat().st_mode & 0o077:
            detail = f"other users can access {home}"
            yield HealthCheck("home", False, detail, f"chmod 700 {home}")
        else:
            sizes = _disk_use(home)
            yield HealthCheck("home", True, str(home), sizes=sizes)
        database_location = next(path for path in (home, *home.parents) if path.exists())
        free = shutil.disk_usage(database_location).free
        hint = (
            ""
            if free >= _MIN_FREE_BYTES
            else "free some space: `wt tasks prune --keep 30d` deletes old tasks"
        )
        yield HealthCheck(
            "free space", free >= _MIN_FREE_BYTES, str(database_location), hint, {"free": free}
        )

    # ---- the database --------------------------------------------------------------------------

    def _database(self) -> Iterator[HealthCheck]:
        from worldtree.store.database import database_location
        from worldtree.store.store import Store

        home, url = self._settings.home, self._settings.database_url
        try:
            store = Store.open_existing(home, url)
            if store is None:
                text = (
                    f"{database_location(home, url)}: does not exist yet; the first task creates it"
                )
                yield HealthCheck("database", True, text)
                return
            with store:
                text, stale = store.describe(), list(self._stale(store))
                missing = [f"{name} = off" for name in store.missing_durability()]
                key = list(check_store_key(self._settings, store))
        except WorldTreeError as problem:
            yield HealthCheck("database", False, problem.message, problem.hint)
            return
        if missing:
            detail = f"{text}: {' and '.join(missing)}, so a crash of the server loses tasks' state"
            hint = "set it to on in the server's postgresql.conf, then SELECT pg_reload_conf()"
            yield HealthCheck("database", False, detail, hint)
        else:
            yield HealthCheck("database", True, text)
        yield from key
        yield from stale or [HealthCheck("tasks", True, "no task was interrupted")]

    def _stale(self, store: Store) -> Iterator[HealthCheck]:
        from worldtree.core.process_identity import death_evidence

        # Read before and after the tasks, because tasks start and end in between.
        held = {(lease.cluster, lease.task): lease for lease in store.leases()}
        under_way = store.list_tasks(statuses=_ACTIVE_STATUSES)
        held |= {(lease.cluster, lease.task): lease for lease in store.leases()}
        for task in under_way:
            lease = held.pop((task.cluster, task.id), None)
            if lease is None:
                dead, why = True, "no process holds the lock of its cluster"
            else:
                dead, why = death_evidence(lease.holder)
                why = f"{why} ({lease.holder})"
            if dead:
                detail = f"{task.id} on `{task.cluster}` is {task.status}, but {why}"
                yield HealthCheck("tasks", False, detail, f"continue it: wt resume {task.id}")
        for lease in held.values():
            dead, why = death_evidence(lease.holder)
            if dead:
                detail = f"`{lease.cluster}` is held by task {lease.task}, but {why}"
                yield HealthCheck("tasks", False, detail, f"wt unlock {lease.cluster}")


def check_store_key(settings: Settings, store: Store) -> Iterator[HealthCheck]:
    """Yield whether this machine can open the sealed files of clusters, if there are any."""
    from worldtree.app.shared_files.database_key import DatabaseKey

    if not store.is_shared or store.any_cluster_file() is None:
        return
    key = DatabaseKey(settings, store, lambda _words: None)
    try:
        key.load()
    except RefusedError as problem:
        yield HealthCheck("store key", False, problem.message, problem.hint)
    else:
        yield HealthCheck("store key", True, f"{key.path} opens the files of clusters")


def _check_package(name: str, wanted: str) -> HealthCheck:
    try:
        found = version(name)
    except PackageNotFoundError:
        return HealthCheck(
            name, False, "not installed", "reinstall worldtree with its dependencies"
        )
    ok = found.startswith(wanted)
    return HealthCheck(name, ok, found, "" if ok else f"install {name} {wanted}*")


def _disk_use(home: Path) -> dict[str, int]:
    """Return the bytes of each part of the home, the largest first."""
    found: dict[str, int] = {}
    seen: set[tuple[int, int]] = set()
    # Content that bundles share counts there, not for the tasks that link to it.
    for path in sorted(home.iterdir(), key=lambda path: path.name != DIRECTORY):
        part = "database" if path.name.startswith("worldtree.db") else path.name
        found[part] = found.get(part, 0) + disk_usage(path, seen)
    return dict(sorted(found.items(), key=lambda item: -item[1]))
