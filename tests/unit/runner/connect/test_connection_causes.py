"""What ssh says of a login that failed, as a cause with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.plan.plan import PlanHost, PlanSsh
from worldtree.runner.connect.connection_causes import connection_cause

#: What ssh says -> slug of the cause.
SAID = {
    "ssh: Could not resolve hostname nope: Name or service not known": "connection-dns",
    "ssh: connect to host 10.0.0.9 port 22: Connection refused": "connection-refused",
    "ssh: connect to host 10.0.0.9 port 22: Connection timed out": "connection-timeout",
    "ssh: connect to host 10.0.0.9 port 22: No route to host": "connection-unreachable",
    "root@10.0.0.9: Permission denied (publickey,password).": "connection-auth",
    "Received disconnect from 10.0.0.9: Too many authentication failures": "connection-auth",
    "@ WARNING: UNPROTECTED PRIVATE KEY FILE! @\nPermission denied": "connection-auth",
    "No ED25519 host key is known for 10.0.0.9 and you have requested strict checking.\n"
    "Host key verification failed.": "connection-host-key-unknown",
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n"
    "Host key verification failed.": "connection-host-key-changed",
    "kex_exchange_identification: Connection closed by remote host": "connection-failed",
}
HOST = PlanHost(name="web1", address="10.0.0.9", user="root")


@pytest.mark.parametrize(("said", "slug"), SAID.items(), ids=SAID.values())
def test_cause_is_read_from_what_ssh_says(said: str, slug: str) -> None:
    cause = connection_cause(HOST, 255, said, 10)
    assert cause.slug == slug
    assert "web1" in cause.message or "10.0.0.9" in cause.message
    assert cause.hint
    assert "{" not in cause.message + cause.hint


def test_what_was_offered_is_named() -> None:
    """A password, a key that came as text, or keys of files: each has a fix of its own."""
    denied = "root@10.0.0.9: Permission denied (publickey)."
    by_password = connection_cause(HOST, 255, denied, 10, by_password=True)
    assert "with the given password" in by_password.message
    assert "`password`" in by_password.hint
    assert "PasswordAuthentication" in by_password.hint
    keyed = HOST.model_copy(update={"ssh": PlanSsh(private_key="${env:KEY}")})
    by_key = connection_cause(keyed, 255, denied, 10)
    assert "with the given key" in by_key.message
    assert "`privateKey`" in by_key.hint
    assert "`privateKeyFile`" in connection_cause(HOST, 255, denied, 10).hint


def test_no_answer_at_all_is_a_timeout() -> None:
    assert connection_cause(HOST, None, "", 7).message == "web1 did not answer within 7 s"


def test_bastion_is_named() -> None:
    behind = HOST.model_copy(update={"bastion": "gate"})
    assert connection_cause(behind, 255, "Connection refused", 1).message.endswith("(through gate)")


def test_mend_of_a_changed_key_is_a_command_that_fits() -> None:
    host = HOST.model_copy(update={"port": 2222})
    said = "REMOTE HOST IDENTIFICATION HAS CHANGED"
    hint = connection_cause(host, 255, said, 1, Path("/state/known_hosts")).hint
    assert "ssh-keygen -R '[10.0.0.9]:2222' -f /state/known_hosts" in hint
