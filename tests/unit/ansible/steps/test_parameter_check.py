"""Messages about wrong parameters, and what a plan reads from valid ones."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from worldtree.ansible.steps import check, kinds, normalise, reversibility
from worldtree.core.errors import Diagnostic
from worldtree.spec.load import load_text
from worldtree.spec.yaml_tags import Unsafe, encode_tags


def _only(kind: str, raw: Any) -> Diagnostic:
    found = check(kind, raw, ("spec", kind))
    assert len(found) == 1, found
    return found[0]


def test_an_unknown_kind_is_reported_with_the_nearest_one() -> None:
    found = _only("pakage", "nginx")
    assert found.slug == "unknown-step-kind"
    assert found.hint == "did you mean `package`?"
    assert found.at_key


@pytest.mark.parametrize(("key", "meant"), [("rol", "role"), ("vras", "vars"), ("tgas", "tags")])
def test_a_misspelt_key_of_all_steps_is_no_kind(key: str, meant: str) -> None:
    assert _only(key, {}).hint == f"did you mean `{meant}`?"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("template", "use `render`, which does what Ansible's `template` does"),
        ("ansible.builtin.apt", "use `package`, which does what Ansible's `apt` does"),
        ("ansible.builtin.copy", "write `copy`"),
        ("lineinfile", "write a role for work that no step kind covers"),
    ],
)
def test_a_module_of_ansible_is_answered_with_the_kind_that_uses_it(
    written: str, hint: str
) -> None:
    assert _only(written, {}).hint == hint


def test_every_such_kind_is_there() -> None:
    # The package has a function of the module's name.
    module = importlib.import_module("worldtree.ansible.steps.parameter_check")
    assert {*module._KINDS_OF.values()} <= {*kinds(), "role"}


def test_a_kind_of_the_compiler_alone_is_unknown_to_documents() -> None:
    assert _only("facts", {}).slug == "unknown-step-kind"
    assert check("facts", {}, internal=True) == []


def test_an_unknown_parameter_is_reported_with_the_nearest_one_at_its_key() -> None:
    found = _only("copy", {"content": "x", "dset": "/x", "dest": "/y"})
    assert (found.slug, found.path) == ("unknown-step-parameter", ("spec", "copy", "dset"))
    assert found.hint == "did you mean `dest`?"
    assert "validate," in found.detail


def test_a_missing_parameter_is_named() -> None:
    found = _only("copy", {"content": "x"})
    assert found.slug == "missing-step-parameter"
    assert "`dest`" in found.summary


def test_only_the_innermost_problem_of_a_union_is_reported() -> None:
    found = check("wait", {"http": {"ulr": "http://x"}}, ())
    assert sorted((d.slug, d.path) for d in found) == [
        ("missing-step-parameter", ("http",)),
        ("unknown-step-parameter", ("http", "ulr")),
    ]


@pytest.mark.parametrize(
    ("kind", "raw", "text"),
    [
        ("copy", {"content": "x", "dest": "/x", "mode": 420}, "octal"),
        ("copy", {"content": "x", "dest": "/x", "mode": "rw"}, "file mode"),
        ("copy", {"content": "x", "src": "y", "dest": "/x"}, "either `src` or `content`"),
        ("wait", {"port": 80, "path": "/x"}, "one of `port`"),
        ("wait", {"http": "http://x", "state": "started"}, "only for waiting for a port"),
        ("wait", {"port": "eighty"}, "integer"),
        ("file", {"path": "/x", "state": "link"}, "`src` is required"),
        ("fetch", {"url": "/etc/motd", "dest": "/x"}, "not a URL"),
        ("fetch", {"url": "https://x/y", "dest": "/x", "checksum": "0123"}, "algorithm:value"),
        ("fetch", {"url": "https://x/y", "dest": "/x", "checksum": "md5:md5:0"}, "algorithm:value"),
        ("fetch", {"src": "y", "dest": "/x", "checksum": "{{ sum }}"}, "the digest itself"),
        ("command", {"cmd": "a", "argv": ["b"]}, "either `cmd` or `argv`"),
        ("command", {"argv": [True]}, "not a boolean"),
        ("command", ["echo", False], "not a boolean"),
        ("pause", {}, "either `seconds` or `minutes`"),
        ("pause", "a while", "a mapping of parameters"),
        ("sysctl", {"name": "vm.swappiness"}, "`value` is required"),
    ],
)
def test_a_wrong_value_is_reported_in_words(kind: str, raw: Any, text: str) -> None:
    found = _only(kind, raw)
    assert found.slug == "invalid-step-parameter"
    assert text in found.summary


@pytest.mark.parametrize("key", ["changed_when", "failed_when"])
def test_braces_around_a_part_of_an_expression_are_reported(key: str) -> None:
    """ansible-core 2.19 and later render an expression only if braces are around all of it."""
    (found,) = check("command", {"cmd": "x", key: "{{ result.rc }} == 2"})
    assert found.slug == "expression-syntax"
    assert check("command", {"cmd": "x", key: "{{ wanted }}"}) == []
    assert check("command", {"cmd": "x", key: "'{{ x }}' in result.stdout"}) == []


def test_numbers_in_a_command_become_text() -> None:
    assert check("command", {"argv": ["sleep", 1, 0.5]}) == []


@pytest.mark.parametrize(
    ("parameters", "written"),
    [
        ("directory: {path: /x, mode: 755}", "755"),
        ("directory: {path: /x, mode: 0644}", "0644"),
        ("command: {argv: [true]}", "true"),
        ("command: [echo, no]", "no"),
    ],
)
def test_a_value_that_needs_quotes_is_quoted_as_it_is_written(
    parameters: str, written: str
) -> None:
    """The digits of `755` are the mode, which is no decimal number."""
    (document,) = load_text(parameters)
    ((kind, raw),) = document.data.items()
    (found,) = document.locate(check(kind, raw, (kind,)))
    assert found.hint == f'put it in quotes: "{written}"'


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("wait", {"port": "{{ shop_port }}"}),
        ("wait", {"port": "${env:PORT}"}),
        ("service", {"name": "nginx", "enabled": "{{ wanted | bool }}"}),
        ("copy", {"content": "x", "dest": "/x", "mode": "{{ mode }}"}),
        ("copy", {"content": {"__ansible_unsafe": "{{ x }}"}, "dest": "/x"}),
        ("copy", {"content": {"__ansible_vault": "$ANSIBLE_VAULT;1.1"}, "dest": "/x"}),
        ("fetch", {"url": "http://x/y", "dest": "/x", "checksum": "sha256:http://x/SUMS"}),
        ("fetch", {"url": "{{ mirror }}/app.tgz", "dest": "/x", "checksum": "{{ sum }}"}),
    ],
)
def test_templates_secrets_and_tagged_strings_are_accepted(kind: str, raw: Any) -> None:
    assert check(kind, raw) == []


@pytest.mark.parametrize(
    ("kind", "raw", "place"),
    [
        ("assert", {"that": ["x", "'${env:FLAG}' == 'yes'"]}, ("that", 1)),
        ("assert", "'${env:FLAG}' == 'yes'", ("that",)),
        ("command", {"cmd": "x", "changed_when": "'${env:FLAG}' == 'y'"}, ("changed_when",)),
        ("local", {"cmd": "x", "failedWhen": "'${env:FLAG}' == 'y'"}, ("failedWhen",)),
        ("script", {"cmd": "x", "failed_when": "'${env:FLAG}' == 'y'"}, ("failed_when",)),
    ],
)
def test_a_reference_in_an_expression_is_refused(
    kind: str, raw: Any, place: tuple[str | int, ...]
) -> None:
    (found,) = check(kind, raw, ("steps", 0, kind))
    assert found.slug == "secret-in-expression"
    assert found.path == ("steps", 0, kind, *place)


def test_what_only_looks_like_a_reference_in_an_expression_is_accepted() -> None:
    assert check("assert", "'$${env:FLAG}' in x or '${HOME:-x}' in x") == []


@pytest.mark.parametrize(
    ("kind", "raw", "whole"),
    [
        ("command", "date", {"cmd": "date"}),
        ("command", ["a", "b"], {"argv": ["a", "b"]}),
        ("wait", 80, {"port": 80}),
        ("wait", True, True),
        ("pause", None, {}),
        ("service", "nginx", "nginx"),
        ("copy", {"dest": "/x"}, {"dest": "/x"}),
        ("nothing", 1, 1),
        ("command", encode_tags(Unsafe("echo {{")), {"cmd": encode_tags(Unsafe("echo {{"))}),
    ],
)
def test_shorthands_are_spelled_out(kind: str, raw: Any, whole: Any) -> None:
    assert normalise(kind, raw) == whole


def test_a_tagged_text_that_would_lose_its_tag_is_reported() -> None:
    """A port is a number or a template, whatever its tag."""
    found = _only("wait", {"port": encode_tags(Unsafe("{{ 1 }}"))})
    assert found.path == ("spec", "wait", "port")
    assert "`!unsafe` has no effect" in found.summary
    assert check("command", encode_tags(Unsafe("echo {{ 1 }}"))) == []
    assert check("wait", {"port": "{{ 1 }}"}) == []


@pytest.mark.parametrize(
    ("kind", "params", "expected"),
    [
        ("command", {"cmd": "x"}, "irreversible"),
        ("command", {"cmd": "x", "undo": "y"}, "compensable"),
        ("command", {"cmd": "x", "changed_when": False}, "read-only"),
        ("copy", {"content": "x", "dest": "/x"}, "reversible"),
        ("copy", {"src": "tree/", "dest": "/x"}, "irreversible"),
        ("file", {"path": "/x", "state": "absent"}, "compensable"),
        ("unarchive", {"src": "a.tgz", "dest": "/x"}, "irreversible"),
        ("service", {"name": "x", "state": "restarted"}, "compensable"),
        ("wait", {"port": 80}, "read-only"),
    ],
)
def test_a_plan_is_reported_what_can_be_undone(kind: str, params: Any, expected: str) -> None:
    assert reversibility(kind, params) == expected


def test_facts_are_needed_only_where_they_are_read() -> None:
    package = kinds()["package"]
    assert package.needs_facts(package.parse({"name": "x", "update_cache": True}))
    assert not package.needs_facts(package.parse({"name": "x"}))


@pytest.mark.parametrize(
    ("kind", "params", "hint"),
    [
        ("file", {"dest": "/x"}, "write `path`, of which `dest` is an alias in Ansible"),
        ("package", {"pkg": "x"}, "write `name`, of which `pkg` is an alias in Ansible"),
        ("user", {"user": "x"}, "write `name`, of which `user` is an alias in Ansible"),
        (
            "sysctl",
            {"key": "x", "value": "1"},
            "write `name`, of which `key` is an alias in Ansible",
        ),
    ],
)
def test_an_alias_of_ansible_is_answered_with_its_parameter(
    kind: str, params: dict[str, Any], hint: str
) -> None:
    """And the parameter is not reported as missing."""
    (found,) = check(kind, params)
    assert (found.slug, found.hint) == ("unknown-step-parameter", hint)
