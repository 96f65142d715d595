"""A PostgreSQL server of the tests' own: in a temporary directory, on a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from lab.state_directory import locked

_VERSIONS = Path("/usr/lib/postgresql")
PASSWORD = "hunter2-of-the-tests"
_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
#: Syncs what it has to, but by default commits before that, and then for long.
_DURABLE = "-c fsync=on -c full_page_writes=on -c synchronous_commit=off -c wal_writer_delay=10s"


class NoPostgresError(Exception):
    """A server cannot be had here; says why."""


class Server:
    """A server that can be ended and started again; made by ``running``."""

    def __init__(self, root: Path, control: list[str], options: str) -> None:
        #: The directory of its socket.
        self.socket = root
        self._control, self._options = control, options

    def start(self) -> None:
        """Start it and wait until it answers. Raises ``NoPostgresError``."""
        _run(*self._control, "-o", self._options, "-l", str(self.socket / "log"), "start")

    def stop(self) -> None:
        """End it at once. Raises ``NoPostgresError``."""
        _run(*self._control, "-m", "immediate", "stop")

    @property
    def pid(self) -> int:
        """Its first process."""
        return int((self.socket / "data/postmaster.pid").read_text().split()[0])


@contextmanager
def server() -> Iterator[Path]:
    """Start a server and end it; yields the directory of its socket."""
    with running() as found:
        yield found.socket


@contextmanager
def server_or_skip(what: str) -> Iterator[Path]:
    """As ``server``; where none can be had, tests of ``what`` say so in one line."""
    with running_or_skip(what) as found:
        yield found.socket


@contextmanager
def running_or_skip(what: str, *, durable: bool = False) -> Iterator[Server]:
    """As ``running``; where none can be had, tests of ``what`` say so in one line."""
    try:
        with running(durable=durable) as found:
            yield found
    except NoPostgresError as why:
        pytest.skip(f"{what}: {why}")


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and end it; a ``durable`` one can be killed and keeps what it has taken.

    Of sessions that ask for it: its default is not to, as some servers are set up.
    """
    programs = _programs()
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    root = Path(tempfile.mkdtemp(prefix="wt-pg-", dir="/tmp"))
    try:
        if as_user:
            owner = pwd.getpwnam("postgres")
            os.chown(root, owner.pw_uid, owner.pw_gid)
        data, secret = root / "data", root / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        _run(
            *as_user,
            str(programs / "initdb"),
            f"--pgdata={data}",
            "--username=wt",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
        )
        options = f"{_DURABLE if durable else _QUICK} -c max_connections=50"
        control = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-s", "-w"]
        found = Server(root, control, f"-k {root} -c listen_addresses='' {options}")
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def url(socket: Path, database: str, password: str = PASSWORD) -> str:
    """Return the address of a database of the server."""
    return f"postgresql://wt:{password}@/{database}?host={socket}"


def tcp_url(port: int, database: str) -> str:
    """Return the address of a database of the server behind a proxy on this port."""
    return f"postgresql://wt:{PASSWORD}@127.0.0.1:{port}/{database}"


def make_database(socket: Path, name: str, like: str = "template1") -> str:
    """Make an empty database, or a copy of an unused one, and return its address."""
    driver = url(socket, "postgres").replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(driver, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    engine.dispose()
    return url(socket, name)


def _programs() -> Path:
    """Return where the server's programs are; root installs them where they are missing."""
    if not list(_VERSIONS.glob("*/bin/initdb")) and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
    found = sorted(_VERSIONS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NoPostgresError("PostgreSQL is not installed, and this user cannot install it")
    return found[-1].parent


def _install() -> None:
    """Install the server's package, once however many workers ask for it at the same time."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qy", "-o", "DPkg::Lock::Timeout=300"]
    with locked("tools"):
        if list(_VERSIONS.glob("*/bin/initdb")):
            return
        for words in (["update"], ["install", "--no-install-recommends", "postgresql"]):
            subprocess.run([*apt, *words], env=env, check=False, capture_output=True)


def _run(*line: str) -> None:
    done = subprocess.run(line, check=False, capture_output=True, text=True, cwd="/")
    if done.returncode != 0:
        raise NoPostgresError(f"{line[-1]}: {(done.stderr or done.stdout).strip()}")
