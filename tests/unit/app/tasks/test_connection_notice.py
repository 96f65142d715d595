"""What a check of connections finds of each host is kept, without secrets."""

from __future__ import annotations

import pytest

from worldtree.app.tasks import connection_notice
from worldtree.app.tasks.connection_notice import keep_connections
from worldtree.engine.notices import Notices
from worldtree.runner.connect.connection_check import HostConnection
from worldtree.secrets.live_redactor import LiveRedactor

SECRET = "correct-horse"


def test_each_host_is_kept_without_the_secrets_in_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    redactor = LiveRedactor(None, [SECRET])
    monkeypatch.setattr(connection_notice.LiveRedactor, "of", lambda _environment: redactor)
    notices = Notices(lambda _words: None)
    failed = HostConnection("h2", "failed", "no-become", f"sudo says {SECRET}", "ask for sudo")
    keep_connections(notices, [HostConnection("h1", "ok"), failed], {})
    [event] = notices.take()
    assert (event.status, event.message) == (
        "error",
        "connection check: 1 of 2 hosts can be used",
    )
    assert [host["host"] for host in event.result["connections"]] == ["h1", "h2"]
    assert SECRET not in event.model_dump_json()
    assert event.result["connections"][1]["hint"] == "ask for sudo"


def test_nothing_is_kept_of_no_host() -> None:
    notices = Notices(lambda _words: None)
    keep_connections(notices, [], {})
    assert notices.take() == []
