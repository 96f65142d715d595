"""The supervisor's end of the socket."""

from __future__ import annotations

import json
import socket
import threading

from worldtree.ansible.runner.link import Link
from worldtree.ansible.runner.protocol import CANCEL, Job, event_line


def pair() -> tuple[socket.socket, Link]:
    """Return the parent's socket and the supervisor's link."""
    parent, ours = socket.socketpair()
    return parent, Link(ours)


def test_job_comes_over_whole() -> None:
    parent, link = pair()
    job = Job("a", "/d", "/b", "p.yml", "/l", {"X": "1"}, {"Y": "ü"}, ("--check",), 2.5)
    with parent:
        parent.sendall(job.line())
        line = link.read_line()
        assert line is not None
        assert Job.parse(line) == Job(**{**job.__dict__, "arguments": ["--check"], "hosts": []})
        link.finish({})


def test_sending_never_waits_for_the_reader() -> None:
    """A slow reader must not slow Ansible down: all is queued, and comes in order."""
    parent, link = pair()
    parent.sendall(b"job\n")
    link.read_line()
    for number in range(2000):
        link.send(json.dumps({"n": number, "fill": "x" * 2000}).encode() + b"\n")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.extend(parent.makefile("rb")))
    reader.start()
    link.finish({"state": "finished"})
    reader.join(30)
    parent.close()
    assert [json.loads(line)["n"] for line in got[:-1]] == list(range(2000))
    assert json.loads(got[-1]) == {"end": {"state": "finished"}}


def test_cancel_and_a_gone_parent_are_seen() -> None:
    parent, link = pair()
    parent.sendall(b"job\n")
    link.read_line()
    link.pump()
    assert (link.cancelled, link.parent_gone) == (False, False)
    parent.sendall(CANCEL)
    link.pump()
    assert (link.cancelled, link.parent_gone) == (True, False)
    parent.close()
    link.pump()
    assert link.parent_gone
    link.send(b"nobody listens\n")
    link.finish({})


def test_parent_that_goes_before_the_job() -> None:
    parent, link = pair()
    parent.close()
    assert link.read_line() is None
    link.finish({})


def test_only_wanted_events_go_over_and_display_is_left_out() -> None:
    event = {
        "event": "runner_on_ok",
        "created": "t",
        "stdout": "ok: [h]",
        "uuid": "u",
        "event_data": {"task": "T", "res": {}},
    }
    line = event_line(event)
    assert line is not None
    slim = json.loads(line)["event"]
    assert slim == {k: event[k] for k in ("event", "created", "event_data")}
    assert event_line({"event": "playbook_on_start"}) is None
    message = event_line({"event": "error", "stdout": "[ERROR]"})
    assert message is not None
    assert json.loads(message)["event"]["stdout"] == "[ERROR]"
