"""What Ansible learns of hosts, from one real run of it to the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from unit.engine.bundles import task, write_bundle
from unit.engine.plans import node_id, plan
from unit.runner.control.executor_bench import checked_file
from worldtree.results.events import Event, EventKind
from worldtree.results.run import RunRequest
from worldtree.runner.control.executor import RunnerExecutor
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.resolver import SecretSources

HOSTS = ("h1", "h2")
SECRET = "canary-1c2d3"


def set_fact(**values: Any) -> dict[str, Any]:
    return task("Set", "set_fact", values)


#: A result whose text looks like a template must not become one.
ECHO = "{{ '{{ not_a_template }}' }}"


def run(
    directory: Path,
    plays: dict[str, list[dict[str, Any]]],
    memory: dict[str, Any],
    broker: BrokerProcess | None = None,
) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Run plays in one run of Ansible.

    Return what it learnt, by short node name and host, and the messages of tasks by their name.
    """
    bundle = write_bundle(directory / "bundle", plays, HOSTS)
    (bundle / "more.yml").write_text("template: 'of {{ inventory_hostname }}'\nmapping: {a: 1}\n")
    events: list[Event] = []
    sources = SecretSources({"SHOP_TOKEN": SECRET}, {}, (), {})
    with (
        nullcontext(broker) if broker else BrokerProcess.start(sources) as broker,
        RunnerExecutor(
            plan(dict.fromkeys(plays, HOSTS)),
            directory=directory / "task",
            broker=broker,
            checked_file=checked_file(directory / "checked"),
        ) as executor,
    ):
        broker.preflight(["env:SHOP_TOKEN"])
        request = RunRequest(
            attempt="0" * 8,
            nodes=tuple(map(node_id, plays)),
            hosts=HOSTS,
            bundle=bundle,
            directory=directory / "attempt",
            memory=memory,
        )
        outcome = executor.start(request, events.append, lambda _: None).wait(60)
    assert outcome is not None
    learnt: dict[str, dict[str, Any]] = {}
    messages: dict[str, list[str]] = {}
    ended: set[str] = set()
    for event in events:
        short = (event.node or "").rpartition("/")[2]
        if event.kind is EventKind.FACTS_SET:
            assert short not in ended
            learnt.setdefault(short, {})[event.host or ""] = event.result
        elif event.kind is EventKind.PLAY_ENDED:
            ended.add(short)
        elif event.kind is EventKind.HOST_TASK_FINISHED:
            messages.setdefault(event.name or "", []).append(event.message or "")
    assert ended == set(plays)
    return learnt, messages


def test_what_a_run_learnt_is_known_in_the_next(tmp_path: Path) -> None:
    """By play and host, but for what is secret, which a later task fails for the lack of."""
    one = [
        set_fact(token="t-{{ inventory_hostname }}", worldtree_done=True),
        task("Hide", "set_fact", {"pin": "1234"}, no_log=True),
        set_fact(password=f"pw {SECRET}"),
        task("Loop", "set_fact", {"last": "{{ item }}"}, loop=[1, 2]),
        task("Not this time", "set_fact", {"never": True}, when=False),
        task("Delegate", "set_fact", {"of_h2": 1}, run_once=True, delegate_to="h2")
        | {"delegate_facts": True},
        task("Register", "debug", {"msg": ECHO}, register="said"),
        task("Register hidden", "command", "echo 5678", register="code", no_log=True),
        task("Register again", "command", "echo 1", register="number"),
        task("Include", "include_vars", "{{ playbook_dir }}/../more.yml"),
        task("Facts", "getent", {"database": "passwd", "key": "root"}),
        task("Hidden facts", "getent", {"database": "group", "key": "root"}, no_log=True),
    ]
    two = [set_fact(token="again"), task("Skipped", when=False, register="number")]
    learnt, _ = run(tmp_path / "1", {"one": one, "two": two}, {})
    for host, more in (("h1", {}), ("h2", {"of_h2": 1})):
        found = learnt["one"][host]
        values = found["values"]
        assert values.keys() == {"last", "token", "said", "number", *more}
        assert (values["token"], values["last"]) == (f"t-{host}", 2)
        assert found["hidden"] == ["code", "password", "pin"]
        assert found["vars"].keys() == {"template", "mapping"}
        assert found["facts"].keys() == {"getent_passwd"}
        assert found["hidden_in"] == {"facts": ["getent_group"]}
        assert learnt["two"][host]["values"].keys() == {"number", "token"}

    layers = {name: learnt["one"]["h1"][name] for name in ("values", "vars", "facts")}
    reasons = {
        "no_values": {"pin": {"node": "p/m/t/x", "why": "`pin` is not known"}},
        "no_facts": {"getent_group": {"node": "p/m/t/x", "why": "as this"}},
    }
    say = "{{ token }} {{ last }} {{ number.stdout }} {{ template }} {{ mapping.a }}"
    hide = {"ignore_errors": True}
    plays = [
        task("Say", "debug", {"msg": say}),
        task("Said", "debug", {"msg": "{{ said.msg }}"}),
        task("Facts", "debug", {"msg": "{{ ansible_facts.getent_passwd.root | last }}"}),
        task("Pin", "debug", {"msg": "{{ pin | default('none') }}"}, **hide),
        task("Pin condition", "debug", {"msg": "on"}, when="pin is defined", **hide),
        task("Group", "debug", {"msg": "{{ ansible_facts.getent_group | default(1) }}"}, **hide),
    ]
    again, messages = run(tmp_path / "2", {"three": plays}, {"h1": {**layers, **reasons}})
    assert "t-h1 2 1 of h1 1" in messages["Say"]
    assert "{{ not_a_template }}" in messages["Said"]
    assert [text for text in messages["Facts"] if text.startswith("/")]
    assert any("`pin` is not known" in text for text in messages["Pin"])
    assert any("`pin` is not known" in text for text in messages["Pin condition"])
    assert any("as this" in text for text in messages["Group"])
    # What was handed over is not new.
    assert again == {}


def test_vaulted_values_stay_encrypted_and_templates_templates() -> None:
    """Nothing of what `ansible-vault` encrypted is written down in clear."""
    tags = pytest.importorskip("ansible._internal._datatag._tags")
    memory = pytest.importorskip("worldtree.runner.inside.memory_encoding")
    vaulted = tags.VaultedValue(ciphertext="$ANSIBLE_VAULT;1.1").tag("clear")
    origin = tags.Origin(path="/srv/x.yml", line_num=1)
    template = tags.TrustedAsTemplate().tag(origin.tag("{{ x }}"))
    data = memory.encode({"v": [vaulted], "t": template, "plain": origin.tag("p"), "n": 1})
    text = json.dumps(data)
    assert "clear" not in text
    assert "/srv" not in text
    assert data["plain"] == "p"
    back = memory.decode(text)
    assert tags.TrustedAsTemplate.is_tagged_on(back["t"])
    assert back["v"][0]._ciphertext == "$ANSIBLE_VAULT;1.1"
    with pytest.raises(memory.SecretValueError):
        memory.encode({"a": tags.SourceWasEncrypted().tag("clear")})


@pytest.mark.parametrize(
    "forged",
    [
        {
            "__ansible_type": "_AnsibleTaggedStr",
            "value": "{{ lookup('pipe', 'id') }}",
            "tags": [{"__ansible_type": "TrustedAsTemplate"}],
        },
        {"__ansible_type": "foo"},
        {"__worldtree_vaulted": "x"},
        {"__worldtree_pairs": "x"},
        {"deep": [{"a": {"__worldtree_pairs": [["a", {"__ansible_type": "foo"}]]}}]},
    ],
)
def test_a_mapping_that_looks_encoded_stays_a_mapping(forged: dict[str, Any]) -> None:
    """A role or a host must not make a trusted template, or an encrypted text, of what is none."""
    tags = pytest.importorskip("ansible._internal._datatag._tags")
    memory = pytest.importorskip("worldtree.runner.inside.memory_encoding")
    found = memory.decode(json.dumps(memory.encode({"v": forged})))
    assert found == {"v": forged}

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (one for item in value.values() for one in texts(item))
        elif isinstance(value, list):
            yield from (one for item in value for one in texts(item))
        elif isinstance(value, str):
            yield value

    assert not any(tags.TrustedAsTemplate.is_tagged_on(one) for one in texts(found))


def test_added_hosts_and_groups_are_known_in_the_next_run(tmp_path: Path) -> None:
    """With their variables, but for those that `no_log` hides."""
    new = {"name": "new1", "groups": ["added"], "door": "d{{ 40 + 2 }}"}
    one = [
        task("Add", "add_host", new),
        task("Group", "group_by", {"key": "is_{{ inventory_hostname }}", "parents": ["some"]}),
    ]
    hide = [task("Add hidden", "add_host", {"name": "new2", "pin": "1234"}, no_log=True)]
    learnt, _ = run(tmp_path / "1", {"one": one, "hide": hide}, {})
    assert "1234" not in json.dumps(learnt)
    memory: dict[str, Any] = {host: {"inventory": []} for host in HOSTS}
    for play in learnt.values():
        for host, found in play.items():
            memory[host]["inventory"] += found["inventory"]
    names = "{{ groups['added'] | join }} {{ groups['some'] | sort | join(',') }}"
    plays = [
        task("Names", "debug", {"msg": names + " {{ group_names | sort | join(',') }}"}),
        task("Door", "debug", {"msg": "{{ hostvars['new1'].door }}"}),
        task("Pin", "debug", {"msg": "{{ hostvars['new2'].pin | default(1) }}"})
        | {"ignore_errors": True},
    ]
    again, messages = run(tmp_path / "2", {"two": plays}, memory)
    assert sorted(messages["Names"]) == [f"new1 h1,h2 is_{host},some" for host in HOSTS]
    assert set(messages["Door"]) == {"d42"}
    assert all("under `no_log`" in text for text in messages["Pin"])
    assert again == {}


def test_hidden_values_are_known_in_later_runs_of_a_task(tmp_path: Path) -> None:
    """The broker keeps them in memory: no file has them."""
    hidden = [
        task("Set", "set_fact", {"pin": 1234567}, no_log=True),
        task("Register", "command", "echo canary-77", register="code", no_log=True),
        task("Facts", "getent", {"database": "passwd", "key": "root"}, no_log=True),
    ]
    texts = "{{ pin + 1 }} {{ code.stdout }} {{ ansible_facts.getent_passwd.root | length > 3 }}"
    with BrokerProcess.start(SecretSources({}, {}, (), {})) as broker:
        learnt, _ = run(tmp_path / "1", {"one": hidden}, {}, broker)
        found = learnt["one"]["h1"]
        assert (found["hidden"], found["hidden_in"]) == (
            ["code", "pin"],
            {"facts": ["getent_passwd"]},
        )
        reason = {"node": node_id("one"), "why": "not known"}
        memory = {
            "no_values": {"code": reason, "pin": reason},
            "no_facts": {"getent_passwd": reason},
        }
        say = [task("Say", "debug", {"msg": texts}, when="inventory_hostname == 'h1'")]
        _, messages = run(tmp_path / "2", {"two": say}, {"h1": memory}, broker)
    assert "1234568 canary-77 True" in messages["Say"]
    files = [path for path in (tmp_path / "1").rglob("*") if path.is_file()]
    play = tmp_path / "1" / "bundle" / "plays"
    assert [path for path in files if b"1234567" in path.read_bytes()] == list(play.iterdir())


def test_keys_that_are_no_texts_stay_what_they_are(tmp_path: Path) -> None:
    ports = "{{ {80: {'name': 'web', none: [{1: 2}]}} }}"
    learnt, _ = run(tmp_path / "1", {"one": [set_fact(ports=ports)]}, {})
    values = learnt["one"]["h1"]["values"]
    say = task("Say", "debug", {"msg": "{{ ports[80][none][0][1] + 1 }} {{ ports[80].name }}"})
    _, messages = run(tmp_path / "2", {"two": [say]}, {"h1": {"values": values}, "h2": {}})
    assert "3 web" in messages["Say"]
