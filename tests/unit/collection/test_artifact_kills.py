"""A process that is killed at any step between a source and a link: nothing wrong is ever used.

A child fetches into the cache, sends to the store of a host, unpacks and links. It counts what it
does with files, programs and connections, and kills itself at a number that is drawn.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from examples import is_full
from unit.artifacts.artifacts_of_tests import Fetching, artifact, sha256
from unit.artifacts.fault_server import file_server
from unit.collection.conftest import Run

#: Path in the archive -> content; several pieces of a transfer, and of a download.
FILES = {f"bin/tool{number}": bytes([number]) * 40_000 for number in range(12)}
#: What the child does is counted where it has to do with its directory, or is one of these.
_COUNTED = ("subprocess.Popen", "socket.connect", "fcntl.flock")


def packed() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, content in FILES.items():
            entry = tarfile.TarInfo(f"shop-1/{name}")
            entry.size, entry.mode = len(content), 0o755
            made.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


ARCHIVE = packed()
DIGEST = sha256(ARCHIVE)


class Place:
    """A control side and a host in one directory."""

    def __init__(self, path: Path, url: str, run: Run, transfer: Any) -> None:
        self.path, self._url, self._run, self._transfer = path, url, run, transfer
        self.fetching = Fetching(path / "cache")
        path.mkdir()

    def module(self, **more: Any) -> dict[str, Any]:
        return self._run(
            "artifact",
            name="shop",
            version="1",
            unpack=str(self.path / "opt"),
            strip=1,
            links=[{"path": str(self.path / "link"), "to": "bin/tool7"}],
            store=str(self.path / "store"),
            offer={"any": {"sha256": DIGEST, "size": len(ARCHIVE)}},
            **more,
        )

    def work(self) -> None:
        """Bring the release from the source to the link."""
        self.fetching.fetch(artifact(self._url, sha256=DIGEST))
        answer = self.module()
        if "missing" in answer:
            file = self.fetching.cache.path(DIGEST)
            channel = SimpleNamespace(run=_on_host, stream=None)
            self._transfer.send(file, answer["missing"], channel, _Unlimited())
            answer = self.module(received=DIGEST)
        assert not answer.get("failed"), answer

    def killed_at(self, number: int) -> int:
        """Work in a child that dies at this step; return how many it had if it did not."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _count(str(self.path), number)
            try:
                self.work()
                os.write(writing, str(_count.done).encode())
                os._exit(0)
            except BaseException as error:  # The child must not return to pytest.
                os.write(2, repr(error).encode())
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            done = stream.read()
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, -signal.SIGKILL)
        return int(done) if code == 0 else 0

    def check(self, *, ended: bool) -> None:
        """Nothing that anybody uses is wrong; after an end nothing else is left."""
        cache, store = self.path / "cache" / "sha256", self.path / "store" / "sha256"
        for file in (*cache.glob("??/*"), *(f for f in store.glob("*") if len(f.name) == 64)):
            assert hashlib.sha256(file.read_bytes()).hexdigest() == file.name
        opt, link = self.path / "opt", self.path / "link"
        if ended or opt.exists():
            assert {name: (opt / name).read_bytes() for name in FILES} == FILES
        if ended or link.is_symlink():
            assert link.read_bytes() == FILES["bin/tool7"]
        if ended:
            assert not list(self.path.glob(".*"))
            assert not list((self.path / "store" / "partial").iterdir())
            assert self.fetching.leftovers() == []


class _Unlimited:
    def piece(self, _largest: int) -> int:
        return 60_000

    def wait(self, size: int) -> None:
        pass


class _Count:
    """Kills this process at a step."""

    done = 0

    def __call__(self, path: str, number: int) -> None:
        self.done = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            first = arguments[0] if arguments else None
            if event in _COUNTED or (isinstance(first, str) and first.startswith(path)):
                self.done += 1
                if self.done == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)


_count = _Count()


def _on_host(command: str, data: bytes) -> dict[str, Any]:
    done = subprocess.run(["sh", "-c", command], input=data, capture_output=True, check=False)
    return {"rc": done.returncode, "stderr": done.stderr.decode()}


@pytest.fixture
def make(
    tmp_path: Path, run: Run, plugins: Callable[[str], Any]
) -> Iterator[Callable[[str], Place]]:
    """Return a function that makes places; their source is a web server."""
    transfer = plugins("plugin_utils.artifact_transfer")
    plugins("modules.artifact")
    with file_server() as server:
        server.add("/shop.tar", ARCHIVE)
        url = f"{server.url}/shop.tar"
        yield lambda name: Place(tmp_path / name, url, run, transfer)


def test_nothing_wrong_is_used_whenever_it_is_killed(make: Callable[[str], Place]) -> None:
    whole = make("whole")
    steps = whole.killed_at(0)
    whole.check(ended=True)
    assert steps > 50
    drawn = random.Random(os.environ.get("WORLDTREE_SEED", "artifacts"))
    kills = 0
    for number in range(100 if is_full() else 6):
        place = make(f"place{number}")
        for _ in range(2):
            ended = bool(place.killed_at(drawn.randint(1, steps)))
            place.check(ended=ended)
            kills += not ended
        assert place.killed_at(0)
        place.check(ended=True)
    assert kills >= number
