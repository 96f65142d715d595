"""``wt`` as a process of its own that can be killed, with its own state and database."""

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
#: Seconds after which a command hangs.
SECONDS = 300
#: Words that no crash of something else is an excuse for.
_DEFECT = re.compile(r"bug in WorldTree|Traceback \(most recent")


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    text: str

    @property
    def is_defect(self) -> bool:
        """Whether the program itself broke down."""
        return bool(_DEFECT.search(self.text))


class Running(subprocess.Popen[bytes]):
    """A command under way; what it says goes to a file, so that it never waits for a reader."""

    said_file: Path
    #: Where its data goes.
    shown_file: Path
    #: What was typed: apply, resume, rollback.
    command: str
    #: Its start, by the clock that never jumps and by that of files.
    began: float
    began_at: float

    def end(self) -> Said:
        """Wait for the end. Raises ``subprocess.TimeoutExpired``."""
        self.wait(SECONDS)
        return Said(self.returncode, self.said_file.read_text(errors="replace"))


@dataclass
class Program:
    """``wt`` in one directory."""

    directory: Path
    environ: Mapping[str, str]
    #: Its WORLDTREE_HOME; below ``directory``, by which its processes are known.
    home: Path
    #: Its database; empty for a file in ``home``.
    url: str = ""
    #: What is put in front of each command.
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
        """Return a command's whole command line."""
        return [*_COMMAND, *arguments]

    @contextmanager
    def start(self, *arguments: str) -> Iterator[Running]:
        """Start a command in a session of its own; it is killed in the end."""
        handle, name = tempfile.mkstemp(prefix="said-", dir=self.directory)
        shown_file = Path(f"{name}.out")
        with open(handle, "wb") as file, shown_file.open("wb") as shown:  # noqa: PTH123 - a descriptor
            process = Running(
                [*self.before, *self.words(*arguments)],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=shown,
                stderr=file,
                start_new_session=True,
            )
        process.said_file, process.shown_file = Path(name), shown_file
        process.command = arguments[0]
        process.began, process.began_at = time.monotonic(), time.time()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.said_file.unlink()
            process.shown_file.unlink()

    def run(self, *arguments: str) -> Said:
        """Run a command to its end."""
        with self.start(*arguments) as process:
            return process.end()

    def apply(self) -> tuple[str, ...]:
        """Return the words of an apply of the document."""
        return ("apply", "--yes", "-f", str(self.document))

    def store(self) -> Store:
        """Open its state; close it again."""
        return Store.open(self.home, self.url)

    def last(self, command: str = "") -> tuple[str, str]:
        """Return id and status of the newest task, or of the newest of a command; else nothing."""
        with self.store() as store:
            for record in store.list_tasks():
                if not command or record.command == command:
                    return record.id, str(record.status)
        return "", ""
