"""``wt`` as a separate process that can be killed, with its own state and database."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from worldtree.store.store import Store

ROOT = Path(__file__).parents[2]
_COMMAND = (sys.executable, "-m", "worldtree.cli.entry")
#: Seconds after which a command is considered hung.
SECONDS = 300
#: Output that always shows a defect, whatever was killed.
_DEFECT = re.compile(r"bug in WorldTree|Traceback \(most recent")


@dataclass(frozen=True)
class CommandResult:
    """Exit code and stderr of a command."""

    code: int
    text: str

    @property
    def is_defect(self) -> bool:
        """Whether the output shows a defect of ``wt``."""
        return bool(_DEFECT.search(self.text))


class Running(subprocess.Popen[bytes]):
    """A running command; its output goes to files, so that it never blocks on a reader."""

    stderr_file: Path
    #: Receives stdout.
    stdout_file: Path
    #: The subcommand: apply, resume, rollback.
    command: str
    #: Start time on the monotonic clock, and on the clock of file times.
    began: float
    began_at: float

    def end(self) -> CommandResult:
        """Wait for the end. Raises ``subprocess.TimeoutExpired``."""
        self.wait(SECONDS)
        return CommandResult(self.returncode, self.stderr_file.read_text(errors="replace"))


@dataclass
class Program:
    """``wt`` in one directory."""

    directory: Path
    environ: Mapping[str, str]
    #: Its WORLDTREE_HOME, below ``directory``, which identifies its processes.
    home: Path
    #: URL of its database; empty for SQLite in ``home``.
    url: str = ""
    #: Prefix of each command line.
    before: Sequence[str] = field(default_factory=tuple)

    @property
    def document(self) -> Path:
        """The document of the trials."""
        return self.directory / "cluster.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        clean = {k: v for k, v in self.environ.items() if not k.startswith(("ANSIBLE_", "WORLD"))}
        return {
            **clean,
            "PYTHONPATH": str(ROOT / "compiler"),
            "WORLDTREE_HOME": str(self.home),
            "WORLDTREE_DATABASE_URL": self.url,
            "NO_COLOR": "1",
        }

    def write(self, spec: Mapping[str, Any]) -> None:
        """Write the document."""
        whole = {
            "apiVersion": "worldtree.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": "crash"},
            "spec": spec,
        }
        self.document.write_text(yaml.safe_dump(whole, sort_keys=False))

    @staticmethod
    def words(*arguments: str) -> list[str]:
        """Return the whole command line of a command."""
        return [*_COMMAND, *arguments]

    @contextmanager
    def start(self, *arguments: str) -> Iterator[Running]:
        """Start a command in a new session; kill it at the end if it still runs."""
        handle, name = tempfile.mkstemp(prefix="said-", dir=self.directory)
        stdout_file = Path(f"{name}.out")
        with open(handle, "wb") as file, stdout_file.open("wb") as shown:  # noqa: PTH123 - a descriptor
            process = Running(
                [*self.before, *self.words(*arguments)],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=shown,
                stderr=file,
                start_new_session=True,
            )
        process.stderr_file, process.stdout_file = Path(name), stdout_file
        process.command = arguments[0]
        process.began, process.began_at = time.monotonic(), time.time()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stderr_file.unlink()
            process.stdout_file.unlink()

    def run(self, *arguments: str) -> CommandResult:
        """Run a command and wait for its end."""
        with self.start(*arguments) as process:
            return process.end()

    def apply(self) -> tuple[str, ...]:
        """Return the arguments of an apply of the document."""
        return ("apply", "--yes", "-f", str(self.document))

    def store(self) -> Store:
        """Open its state; the caller closes it."""
        return Store.open(self.home, self.url)

    def last(self, command: str = "") -> tuple[str, str]:
        """Return id and status of the newest task (of ``command``, if given), or empty strings."""
        with self.store() as store:
            for record in store.list_tasks():
                if not command or record.command == command:
                    return record.id, str(record.status)
        return "", ""
