"""Our verdict on a value is the verdict of Ansible's own validator."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from worldtree.ansible.content.argspec.types import accepts, in_choices, is_runtime_value
from worldtree.spec.yaml_tags import Unsafe, Vault

#: ``str`` and ``path`` are left out: there we are stricter than Ansible on purpose.
COMPARED = ("bool", "int", "float", "dict", "list", "bytes", "bits", "raw", "json")

SIZES = ("10 Mb", "3 megabytes", "3 megabyte", "5B", "5b", "2kB", "10M", "10 MB", "M", "1.5\n")
WORDS = ("yes", "No", "on", "TRUE", "t", "abc", "", "a,b", "k=v", "k=v,x=y", "{", "{}", '{"a": 1}')
NUMBERS = ("0", "1", "2", " 7", "8080", "8080.0", "1.5", "1e3")

values = st.one_of(
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from(SIZES + WORDS + NUMBERS),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(), max_size=2),
)


def ansible_takes(type_name: str, value: Any) -> bool:
    result = ArgumentSpecValidator({"x": {"type": type_name}}).validate({"x": value})
    return not result.error_messages


@given(st.sampled_from(COMPARED), values)
def test_a_value_is_accepted_exactly_when_ansible_accepts_it(type_name: str, value: Any) -> None:
    assert accepts(type_name, value) == ansible_takes(type_name, value)


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_a_list_or_mapping_is_no_string(value: Any) -> None:
    assert not accepts("str", value)
    assert not accepts("path", value)


@pytest.mark.parametrize("value", ["{{ port }}", "${env:PORT}", "{% if x %}1{% endif %}"])
def test_a_value_known_only_at_run_time_fits_every_type(value: str) -> None:
    assert is_runtime_value(value)
    assert accepts("int", value)
    assert in_choices(value, ("a", "b"), "str")


def test_a_vaulted_value_is_known_only_at_run_time() -> None:
    assert accepts("dict", Vault("$ANSIBLE_VAULT;1.1;AES256"))


def test_an_unsafe_text_is_what_it_is() -> None:
    assert not accepts("int", Unsafe("{{ port }}"))


def ansible_takes_choice(type_name: str, choices: tuple[Any, ...], value: Any) -> bool:
    spec = {"x": {"type": type_name, "choices": list(choices)}}
    return not ArgumentSpecValidator(spec).validate({"x": value}).error_messages


@pytest.mark.parametrize(
    ("type_name", "choices", "value"),
    [
        ("str", ("present", "absent"), "present"),
        ("str", ("present", "absent"), "gone"),
        ("str", ("yes", "maybe"), True),
        ("str", ("yes", "true"), True),
        ("str", ("off", "auto"), False),
        ("int", (1, 3, 5), "3"),
        ("int", (1, 3, 5), 4),
        ("bool", (True,), "yes"),
        ("bool", (True,), "no"),
        ("float", (0.5, 1.0), "0.5"),
        ("raw", (1, "a"), "a"),
    ],
)
def test_choices_are_judged_as_ansible_judges_them(
    type_name: str, choices: tuple[Any, ...], value: Any
) -> None:
    assert in_choices(value, choices, type_name) == ansible_takes_choice(type_name, choices, value)
