"""The supervisor's end of the socket."""

from __future__ import annotations

import socket
from pathlib import Path

from worldtree.runner.process.protocol import (
    CANCEL_REQUEST,
    JOURNAL_GREW,
    Job,
    read_json,
    write_atomically,
)
from worldtree.runner.process.supervisor_channel import SupervisorChannel


def pair() -> tuple[socket.socket, SupervisorChannel]:
    """Return the parent's socket and the supervisor's link."""
    parent, ours = socket.socketpair()
    return parent, SupervisorChannel(ours)


def test_job_comes_over_whole() -> None:
    parent, link = pair()
    environments = ({"X": "1"}, {"Y": "ü"}, {"Z": "3"})
    job = Job("a", "/d", "/b", "p.yml", "/l", *environments, ("--check",), 2.5)
    with parent:
        parent.sendall(job.line())
        line = link.read_line()
        assert line is not None
        assert Job.parse(line) == Job(**{**job.__dict__, "arguments": ["--check"], "hosts": []})
        link.close()


def test_telling_never_waits_for_the_reader() -> None:
    """A slow reader must not slow Ansible down; it still learns that there is news."""
    parent, link = pair()
    parent.sendall(b"job\n")
    link.read_line()
    for _ in range(1_000_000):
        link.notify()
    link.close()
    with parent:
        assert set(parent.recv(1 << 20)) == set(JOURNAL_GREW)


def test_cancel_and_a_gone_parent_are_seen() -> None:
    parent, link = pair()
    parent.sendall(b"job\n")
    link.read_line()
    link.receive()
    assert (link.cancelled, link.parent_gone) == (False, False)
    parent.sendall(CANCEL_REQUEST)
    link.receive()
    assert (link.cancelled, link.parent_gone) == (True, False)
    parent.close()
    link.receive()
    assert link.parent_gone
    link.notify()
    link.close()


def test_parent_that_goes_before_the_job() -> None:
    parent, link = pair()
    parent.close()
    assert link.read_line() is None
    link.close()


def test_what_is_written_whole_is_there_or_not(tmp_path: Path) -> None:
    path = tmp_path / "end.json"
    assert read_json(path) is None
    write_atomically(path, {"a": 1})
    assert read_json(path) == {"a": 1}
    path.write_text('{"a": ')
    assert read_json(path) is None
    assert [file.name for file in tmp_path.iterdir()] == ["end.json"]
