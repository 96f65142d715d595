"""Lines of a journal contain no value that the broker knows by then."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from worldtree.core.check_mode_rules import LEFT_OUT_MARK, is_unchecked
from worldtree.core.journal_events import (
    FACTS_SET_EVENT,
    HANDLERS_NOTIFIED_EVENT,
    PLAY_ENDED_EVENT,
)
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


#: Results of events that other code reads.
PLAY_ENDED = {"hosts": {"web1": "end", "db-1": "unreachable"}, "whole": False}
HANDLERS = {"handlers": ["restart", "nginx", "web1"]}
MEMORY: dict[str, Any] = {
    "values": {"web1": 4711, "hosts": True, "said": "perhaps a secret"},
    "hidden": ["restart"],
    "facts": {"nginx": {"port": 80}},
    "lost": {"values": ["hosts"]},
    "beside": True,
    "inventory": [
        {"host": "web1", "groups": ["nginx"], "vars": {"end": "perhaps a secret", "n": 1}},
        {"member": "web1", "group": "hosts", "parents": ["values"]},
    ],
}
#: Secrets that are words of those events, and keys and words of others.
WORDS = [
    *("web1", "db-1", "hosts", "whole", "unreachable", "handlers", "restart", "nginx", "values"),
    *("hidden", "facts", "inventory", "member", "group", "parents", "groups", "beside", "lost"),
    *("true", "play", "event", "worldtree_play_ended", "journal_version", "playbook_on_stats"),
    *("failures", "false_condition", "not checked", "worldtree_done", "ansible_facts", "results"),
]


def event_line(event: str, **fields: Any) -> bytes:
    """A line of an event of a host, as the journal has it."""
    where = {"n": 4, "event": event, "created": 1.5, "play": "shop/web1", "host": "web1"}
    return json.dumps({**where, **fields}).encode()


@pytest.fixture
def gone() -> Iterator[LiveRedactor]:
    """A redactor whose broker was killed."""
    with BrokerProcess.start(SecretSources({})) as broker:
        redact = LiveRedactor.of(broker.environment())
        redact(line("x"))
        os.kill(broker.pid, signal.SIGKILL)
        time.sleep(0.2)
        yield redact


def test_the_structure_of_events_survives_a_dead_broker(gone: LiveRedactor) -> None:
    """Ends, counts, handlers and names stay; a text in a host's memory is named as hidden."""
    for kept in (
        event_line(PLAY_ENDED_EVENT, res=PLAY_ENDED),
        event_line(HANDLERS_NOTIFIED_EVENT, res=HANDLERS),
        event_line("playbook_on_stats", stats={"failures": {"web1": 1}, "dark": {}}),
        event_line("playbook_on_play_start", reports_end=True),
        event_line("runner_on_ok", last=True, res={"ansible_facts": {"worldtree_done": "True"}}),
        b'{"journal_version": 3}',
        event_line("runner_on_failed", res={"hidden_reason": "return code 127"}),
        # An empty text has no secret.
        event_line("runner_on_ok", res={"stdout": "", "rc": 0}),
    ):
        assert gone(kept) == kept
    assert json.loads(gone(event_line(FACTS_SET_EVENT, res=MEMORY)))["res"] == {
        **MEMORY,
        "values": {"web1": 4711, "hosts": True},
        "hidden": ["restart", "said"],
        "inventory": [
            {"host": "web1", "groups": ["nginx"], "vars": {"n": 1}, "missing": ["end"]},
            MEMORY["inventory"][1],
        ],
    }


def test_a_check_that_left_out_a_task_says_so_without_the_broker(gone: LiveRedactor) -> None:
    """Else drift would count what nobody looked at as clean."""
    said = {"skipped": True, "false_condition": f"{LEFT_OUT_MARK}it needs x"}
    clean = json.loads(gone(event_line("runner_on_skipped", res={**said, "results": [said]})))
    assert is_unchecked(clean["res"])
    assert is_unchecked(clean["res"]["results"][0])
    assert "it needs x" not in json.dumps(clean)


@pytest.mark.parametrize("word", WORDS)
def test_secrets_that_equal_structure_change_nothing_in_it(word: str) -> None:
    redact = LiveRedactor.of({}, [word])
    for kept in (
        event_line(PLAY_ENDED_EVENT, res=PLAY_ENDED),
        event_line(HANDLERS_NOTIFIED_EVENT, res=HANDLERS),
        event_line(FACTS_SET_EVENT, res=MEMORY),
        event_line("playbook_on_stats", stats={"failures": {"web1": 1}, "dark": {}}),
        event_line("runner_on_ok", res={"ansible_facts": {"worldtree_done": "true"}}),
        b'{"journal_version": 3}',
    ):
        assert json.loads(redact(kept)) == json.loads(kept)
    said = json.loads(
        redact(event_line("runner_on_skipped", res={"false_condition": f"{LEFT_OUT_MARK}x"}))
    )
    assert is_unchecked(said["res"])


def test_values_of_a_memory_that_are_secret_are_named_as_hidden() -> None:
    redact = LiveRedactor.of({}, ["s3cret"])
    said = redact(
        event_line(
            FACTS_SET_EVENT,
            res={"values": {"a": "s3cret", "b": 1}, "hidden": [], "vars": {"c": ["s3cret"]}},
        )
    )
    assert json.loads(said)["res"] == {
        "values": {"b": 1},
        "hidden": ["a"],
        "vars": {},
        "hidden_in": {"vars": ["c"]},
    }


def test_a_part_of_a_handlers_name_is_masked() -> None:
    redact = LiveRedactor.of({}, ["s3cret"])
    said = redact(event_line(HANDLERS_NOTIFIED_EVENT, res={"handlers": ["restart s3cret"]}))
    assert json.loads(said)["res"] == {"handlers": [f"restart {MASK}"]}
    assert redact.mask("restart s3cret") == f"restart {MASK}"


def test_data_that_looks_like_an_event_hides_its_secrets(gone: LiveRedactor) -> None:
    """A fact of this shape is a value like any other."""
    data = json.dumps({"event": "s3cret", "created": "now"}).encode()
    assert LiveRedactor.of({}, ["s3cret"]).hides(data)
    assert not LiveRedactor.of({}, ["other"]).hides(data)
    assert gone.hides(data)
    assert not gone.hides(b'{"port": 80}')
