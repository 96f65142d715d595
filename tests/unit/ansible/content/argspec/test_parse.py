"""Argument specifications as written by people: read whole, mistakes reported, nothing raised."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.ansible.content.argspec import parse_argument_specs


def test_everything_that_a_person_needs_to_know_is_kept() -> None:
    specs, bag = parse_argument_specs(
        {
            "main": {
                "short_description": "Runs the shop.",
                "description": ["One.", "Two."],
                "options": {
                    "shop_users": {
                        "type": "list",
                        "elements": "dict",
                        "description": "Who may log in.",
                        "default": [],
                        "aliases": ["users"],
                        "options": {"name": {"required": True, "no_log": True}},
                    }
                },
            },
            "remove": {},
        },
        "argument_specs.yml",
    )
    assert not bag.items
    assert list(specs) == ["main", "remove"]
    main = specs["main"]
    assert (main.short_description, main.description) == ("Runs the shop.", "One.\nTwo.")
    option = main.options["shop_users"]
    assert option.type_text == "list of dict"
    assert (option.has_default, option.default) == (True, [])
    assert main.names == {"shop_users", "users"}
    assert option.options is not None
    assert option.options["name"].required
    assert option.options["name"].no_log


@pytest.mark.parametrize(
    "data",
    [
        ["main"],
        {"main": "text"},
        {"main": {"options": ["a"]}},
        {"main": {"options": {"a": "int"}}},
        {"main": {"options": {"a": {"type": "integer"}}}},
        {"main": {"options": {"a": {"choices": "present"}}}},
    ],
)
def test_a_mistake_is_a_warning_that_names_the_file(data: Any) -> None:
    _, bag = parse_argument_specs(data, "roles/x/meta/argument_specs.yml")
    (wrong,) = bag.items
    assert wrong.slug == "bad-argument-spec"
    assert not wrong.is_error
    assert wrong.mark is not None
    assert wrong.mark.file == "roles/x/meta/argument_specs.yml"


def test_a_specification_that_contains_itself_is_cut_off() -> None:
    option: dict[str, Any] = {"type": "dict"}
    option["options"] = {"inner": option}
    _, bag = parse_argument_specs({"main": {"options": {"outer": option}}}, "f")
    assert [d.slug for d in bag.items] == ["bad-argument-spec"]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["main", "options", "type", "choices", "required", "elements", "aliases"]
            ),
            inner,
            max_size=3,
        )
    ),
)


@given(json)
def test_no_data_makes_the_reader_raise(data: Any) -> None:
    parse_argument_specs(data, "f")
