"""Variables against an entry's specification: missing, unknown, wrong, to any depth."""

from __future__ import annotations

from typing import Any

import pytest

from worldtree.ansible.content.argspec import EntrySpec, check_variables, parse_argument_specs
from worldtree.core.errors import Diagnostic, Severity

PATH = ("spec", "modules", 0, "tasks", 0, "steps", 0, "vars")


def entry(options: dict[str, Any]) -> EntrySpec:
    specs, bag = parse_argument_specs({"main": {"options": options}}, "argument_specs.yml")
    assert not bag.items
    return specs["main"]


def found(options: dict[str, Any], provided: dict[str, Any], **more: Any) -> list[Diagnostic]:
    return check_variables(entry(options), provided, PATH, owner="role `web`", **more)


def slugs(options: dict[str, Any], provided: dict[str, Any], **more: Any) -> list[str]:
    return [d.slug for d in found(options, provided, **more)]


def test_right_variables_give_no_diagnostic() -> None:
    options = {"port": {"type": "int", "required": True}, "name": {"default": "x"}}
    assert found(options, {"port": "8080"}) == []


def test_a_missing_required_variable_is_named_with_its_type_and_description() -> None:
    options = {"port": {"type": "int", "required": True, "description": ["Port to listen on."]}}
    (missing,) = found(options, {})
    assert missing.slug == "missing-role-variable"
    assert missing.summary == "role `web` needs the variable `port` (int)"
    assert missing.detail == "Port to listen on."
    assert missing.path == PATH


def test_a_required_variable_may_come_from_elsewhere_or_have_a_default() -> None:
    options = {"a": {"required": True}, "b": {"required": True, "default": "x"}}
    assert found(options, {}, supplied_elsewhere={"a"}) == []


def test_an_alias_does_not_satisfy_a_roles_own_option() -> None:
    options = {"port": {"required": True, "aliases": ["listen"]}}
    (missing,) = found(options, {"listen": "80"})
    assert "alias `listen`" in missing.hint


def test_an_unknown_variable_is_an_error_at_its_key_with_the_nearest_name() -> None:
    (unknown,) = found({"shop_port": {}}, {"shop_prot": 1})
    assert (unknown.slug, unknown.severity) == ("unknown-role-variable", Severity.ERROR)
    assert unknown.hint == "did you mean `shop_port`?"
    assert (unknown.path, unknown.at_key) == ((*PATH, "shop_prot"), True)


def test_names_that_the_role_has_defaults_for_are_known() -> None:
    assert found({"a": {}}, {"b": 1}, also_known={"b"}) == []


def test_the_unknown_check_can_be_softened_or_switched_off() -> None:
    assert found({}, {"b": 1}, unknown=Severity.WARNING)[0].severity is Severity.WARNING
    assert found({}, {"b": 1}, unknown=None) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ({"type": "int"}, "eighty"),
        ({"type": "bool"}, "perhaps"),
        ({"type": "dict"}, ["a"]),
        ({"type": "list"}, {"a": 1}),
        ({"type": "list", "elements": "int"}, [1, "two"]),
        ({"type": "float"}, {}),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error(option: dict[str, Any], value: Any) -> None:
    (wrong,) = found({"x": option}, {"x": value})
    assert (wrong.slug, wrong.severity) == ("wrong-role-variable-type", Severity.ERROR)


def test_a_list_for_a_string_is_a_warning_since_ansible_would_print_it() -> None:
    (wrong,) = found({"x": {"type": "str"}}, {"x": ["a"]})
    assert wrong.severity is Severity.WARNING


def test_an_option_without_a_written_type_takes_anything() -> None:
    assert found({"x": {"description": "free"}}, {"x": {"a": 1}}) == []


def test_null_is_no_value_for_an_optional_variable() -> None:
    assert found({"x": {"type": "int"}}, {"x": None}) == []


def test_choices_are_checked_for_values_and_for_items() -> None:
    options = {
        "state": {"choices": ["present", "absent"]},
        "caps": {"type": "list", "elements": "str", "choices": ["a", "b"]},
    }
    first, second = found(options, {"state": "presnt", "caps": ["a", "c"]})
    assert first.hint == "did you mean `present`?"
    assert second.path == (*PATH, "caps", 1)
    assert {first.slug, second.slug} == {"bad-role-variable-choice"}


NESTED = {
    "users": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"required": True},
            "uid": {"type": "int"},
            "keys": {
                "type": "list",
                "elements": "dict",
                "options": {"path": {"type": "path", "required": True, "aliases": ["file"]}},
            },
        },
    }
}


def test_nested_options_are_checked_to_any_depth_with_their_place() -> None:
    provided = {
        "users": [
            {"name": "eve", "uid": "10", "keys": [{"path": "/k"}, {"pth": "/k"}]},
            {"uid": "ten"},
        ]
    }
    by_path = {d.path[len(PATH) :]: d for d in found(NESTED, provided) if d.path}
    assert {path: d.slug for path, d in by_path.items()} == {
        ("users", 0, "keys", 1, "pth"): "unknown-role-variable",
        ("users", 0, "keys", 1): "missing-role-variable",
        ("users", 1): "missing-role-variable",
        ("users", 1, "uid"): "wrong-role-variable-type",
    }
    assert "`users[0].keys[1]`" in by_path["users", 0, "keys", 1].summary


def test_an_alias_satisfies_a_nested_option() -> None:
    assert found(NESTED, {"users": [{"name": "eve", "keys": [{"file": "/k"}]}]}) == []


def test_nested_templates_are_left_to_the_run() -> None:
    assert found(NESTED, {"users": "{{ people }}"}) == []
    assert found(NESTED, {"users": ["{{ eve }}", {"name": "{{ n }}", "uid": "{{ u }}"}]}) == []


def test_nested_groups_of_options_are_checked() -> None:
    options = {
        "src": {
            "type": "dict",
            "options": {"url": {}, "path": {}, "user": {}, "password": {}},
            "mutually_exclusive": [["url", "path"]],
            "required_one_of": [["url", "path"]],
            "required_together": [["user", "password"]],
        }
    }
    assert found(options, {"src": {"url": "x", "user": "u", "password": "p"}}) == []
    assert slugs(options, {"src": {"url": "x", "path": "y"}}) == ["conflicting-role-options"]
    assert slugs(options, {"src": {"user": "u"}}) == ["conflicting-role-options"] * 2


def test_an_option_that_is_going_away_is_a_warning() -> None:
    (going,) = found({"old": {"removed_in_version": "3.0"}}, {"old": "x"})
    assert (going.slug, going.severity) == ("deprecated-role-variable", Severity.WARNING)


def test_tagged_values_of_a_plan_are_seen_through() -> None:
    options = {"port": {"type": "int"}, "conf": {"type": "dict", "options": {"a": {}}}}
    vaulted = {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256"}
    assert found(options, {"port": vaulted, "conf": vaulted}) == []
    assert slugs(options, {"port": {"__ansible_unsafe": "{{ x }}"}}) == ["wrong-role-variable-type"]
