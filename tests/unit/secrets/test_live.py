"""Lines of a journal hold no value that the broker knows, whenever it came to know it."""

from __future__ import annotations

import json
import os
import signal
import time

from worldtree.secrets.client import SecretsClient
from worldtree.secrets.keeper import Sources
from worldtree.secrets.live import HIDDEN, LiveRedactor
from worldtree.secrets.redact import MASK
from worldtree.secrets.start import Broker


def line(text: str) -> bytes:
    """A line as the journal has it."""
    event = {"event": "runner_on_ok", "res": {"stdout": text, "rc": 1}, "host": "a"}
    return json.dumps({"event_data": event}).encode()


def test_values_are_learnt_as_they_are_resolved() -> None:
    with Broker.start(Sources({"A": "first-value", "B": "second-value"})) as broker:
        redact = LiveRedactor.of(broker.environment(), ["given-value"])
        assert redact(line("first-value")) == line("first-value")
        client = SecretsClient(broker.socket_path)
        for name in "AB":
            client.get(f"env:{name}")
        client.close()
        clean = redact(line("first-value second-value given-value"))
        assert clean == line(f"{MASK} {MASK} {MASK}")


def test_without_the_broker_texts_of_the_work_are_hidden() -> None:
    """The shape of events, which decides what goes on, stays."""
    with Broker.start(Sources({"A": "first-value"})) as broker:
        redact = LiveRedactor.of(broker.environment())
        redact(line("x"))
        os.kill(broker.pid, signal.SIGKILL)
        time.sleep(0.2)
        assert redact(line("perhaps a secret")) == line(HIDDEN)
        assert redact(b"no json") == json.dumps(HIDDEN).encode()


def test_with_nobody_to_ask_it_takes_out_what_it_was_given() -> None:
    assert LiveRedactor.of({}, ["given-value"])(line("given-value")) == line(MASK)
