"""Lines of a journal contain no value that the broker knows by then."""

from __future__ import annotations

import json
import os
import signal
import time

from worldtree.secrets.broker_client import SecretsClient
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.live_redactor import HIDDEN, LiveRedactor
from worldtree.secrets.redact import MASK
from worldtree.secrets.resolver import SecretSources


def line(text: str) -> bytes:
    """A line as the journal has it."""
    event = {"event": "runner_on_ok", "created": 1.5, "host": "a", "task": text}
    return json.dumps({**event, "res": {"stdout": text, "rc": 1}, "text": text}).encode()


def test_values_are_learnt_as_they_are_resolved() -> None:
    with BrokerProcess.start(SecretSources({"A": "first-value", "B": "second-value"})) as broker:
        redact = LiveRedactor.of(broker.environment(), ["given-value"])
        assert redact(line("first-value")) == line("first-value")
        client = SecretsClient(broker.socket_path)
        for name in "AB":
            client.get(f"env:{name}")
        client.close()
        clean = redact(line("first-value second-value given-value"))
        assert clean == line(f"{MASK} {MASK} {MASK}")


def test_without_the_broker_texts_of_the_work_are_hidden() -> None:
    """The keys of events that other code reads stay."""
    with BrokerProcess.start(SecretSources({"A": "first-value"})) as broker:
        redact = LiveRedactor.of(broker.environment())
        redact(line("x"))
        os.kill(broker.pid, signal.SIGKILL)
        time.sleep(0.2)
        assert redact(line("perhaps a secret")) == line(HIDDEN)
        assert redact(b"no json") == json.dumps(HIDDEN).encode()


def test_words_that_other_code_reads_are_not_redacted() -> None:
    """A password ``web1`` takes neither the host's name nor the run's state from an event."""
    redact = LiveRedactor.of({}, ["web1", "runner_on_ok", "finished", "4711"])
    event = {"n": 4711, "event": "runner_on_ok", "created": 4711, "play": "p/web1", "host": "web1"}
    said = redact(
        json.dumps({**event, "res": {"msg": "web1", "n": 4711}, "task": "x web1"}).encode()
    )
    assert json.loads(said) == {**event, "res": {"msg": MASK, "n": MASK}, "task": f"x {MASK}"}
    end = {"state": "finished", "rc": 4711, "complete": True, "interrupted_hosts": ["web1"]}
    said = redact(json.dumps({**end, "leftovers": ["sleep web1"], "message": "web1"}).encode())
    assert json.loads(said) == {**end, "leftovers": [f"sleep {MASK}"], "message": MASK}
    # Anything else has no such words.
    assert json.loads(redact(b'{"host": "web1"}')) == {"host": MASK}


def test_without_a_broker_the_given_values_are_redacted() -> None:
    assert LiveRedactor.of({}, ["given-value"])(line("given-value")) == line(MASK)
