"""Answers that are files."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tracemalloc
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from worldtree.api.file_answers import FileAnswer, JsonWithFile
from worldtree.core.packed_directories import pack_directory, write_packed
from worldtree.core.private_directories import StoreError
from worldtree.core.unnamed_files import unnamed_file

_SIZE = 8_000_000
Message = dict[str, Any]


def answer(found: IO[bytes] | FileAnswer, note: Callable[[Message], None]) -> None:
    """Send an answer, or that with a file; ``note`` gets each message."""
    if not isinstance(found, FileAnswer):
        found = FileAnswer(found, "application/x-tar")

    async def send(message: Any) -> None:
        note(message)

    async def receive() -> Any:
        raise AssertionError("nothing is received")

    asyncio.run(found({"type": "http"}, receive, send))


def write_content(file: IO[bytes]) -> None:
    """Write a few bytes."""
    file.write(b"content")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A directory with files of together ``_SIZE`` bytes."""
    directory = tmp_path / "large"
    directory.mkdir()
    for name in ("a", "b"):
        (directory / name).write_bytes(name.encode() * (_SIZE // 2))
    return directory


def test_a_large_file_is_packed_and_sent_in_parts(large: Path, tmp_path: Path) -> None:
    """Its size does not decide how much memory a request takes; no directory has the file."""
    wanted = pack_directory(large)
    sizes: list[int] = []
    place = 0

    def note(message: Message) -> None:
        nonlocal place
        body = message.get("body", b"")
        if body:
            assert wanted[place : place + len(body)] == body
            place += len(body)
            sizes.append(len(body))

    scratch = tmp_path / "scratch"
    tracemalloc.start()
    try:
        file = unnamed_file(scratch, lambda file: write_packed(large, file))
        assert list(scratch.iterdir()) == []
        answer(file, note)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(sizes) == place == len(wanted)
    assert peak < 3_000_000
    assert file.closed


def test_the_size_is_known_before_the_first_part(tmp_path: Path) -> None:
    sent: list[Message] = []
    answer(unnamed_file(tmp_path, write_content), sent.append)
    headers = dict(sent[0]["headers"])
    assert headers[b"content-length"] == b"7"
    assert headers[b"content-type"] == b"application/x-tar"
    assert [one.get("body") for one in sent[1:]] == [b"content", b""]
    assert [one["more_body"] for one in sent[1:]] == [True, False]


def test_the_file_is_closed_when_the_caller_is_gone(tmp_path: Path) -> None:
    def be_gone(_: Message) -> None:
        raise ConnectionResetError

    file = unnamed_file(tmp_path, write_content)
    with pytest.raises(ConnectionResetError):
        answer(file, be_gone)
    assert file.closed


def test_a_file_that_cannot_be_written_is_reported_and_closed(tmp_path: Path) -> None:
    opened: list[IO[bytes]] = []

    def fail(file: IO[bytes]) -> None:
        opened.append(file)
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError) as caught:
        unnamed_file(tmp_path, fail)
    assert caught.value.code == "disk-full"
    assert opened[0].closed


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1_000_000])
def test_a_file_is_a_value_of_json(tmp_path: Path, size: int) -> None:
    """In base64, from where the file is; numbers that JSON has not are null."""
    content, sent = bytes(range(256)) * (size // 256 + 1), list[Message]()
    file = unnamed_file(tmp_path, lambda file: shutil.copyfileobj(io.BytesIO(content), file))
    file.seek(len(content) - size)
    answer(JsonWithFile({"plan": {"a": float("nan")}}, "bundle", file), sent.append)
    body = b"".join(one["body"] for one in sent[1:])
    headers = dict(sent[0]["headers"])
    assert headers[b"content-length"] == str(len(body)).encode()
    assert headers[b"content-type"] == b"application/json"
    found = json.loads(body)
    assert found["plan"] == {"a": None}
    assert b64decode(found["bundle"], validate=True) == content[len(content) - size :]
    assert max(len(one["body"]) for one in sent[1:]) < 300_000
    assert file.closed
