"""What is published is of the type that was promised, or the task says what it is instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from worldtree.plan.outputs import OutputType, has_output_type


@pytest.fixture
def types(plugins: Callable[[str], Any]) -> Any:
    """The module that makes and judges types."""
    return plugins("plugin_utils.output_types")


@pytest.mark.parametrize(
    ("value", "wanted", "made"),
    [
        (" 7\n", "int", 7),
        ("-7", "int", -7),
        (7.0, "int", 7),
        ("7", "float", 7.0),
        ("1e3", "float", 1000.0),
        ("yes", "bool", True),
        ("False", "bool", False),
        (0, "bool", False),
        (7, "str", "7"),
        ([1], "list", [1]),
        ({"a": 1}, "dict", {"a": 1}),
        (None, "any", None),
    ],
)
def test_what_is_meant_by_a_text_becomes_it(
    types: Any, value: object, wanted: str, made: object
) -> None:
    found = types.typed("n", value, wanted)
    assert (found, type(found)) == (made, type(made))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("notint", "int"),
        ("", "int"),
        ("7.5", "int"),
        (7.5, "int"),
        (True, "int"),
        (float("inf"), "int"),
        ("nan", "float"),
        (True, "float"),
        ("perhaps", "bool"),
        (2, "bool"),
        (None, "str"),
        ([1], "str"),
        ("[1]", "list"),
        ("{}", "dict"),
    ],
)
def test_what_is_something_else_is_reported(types: Any, value: object, wanted: str) -> None:
    with pytest.raises(types.WrongType) as caught:
        types.typed("n", value, wanted)
    assert str(caught.value) == f"`n` must be of type {wanted}, but is {value!r}"


def test_a_secret_is_not_shown_and_a_long_text_not_whole(types: Any) -> None:
    with pytest.raises(types.WrongType) as caught:
        types.typed("n", "canary", "int", shown=False)
    assert str(caught.value) == "`n` must be of type int, and is not"
    with pytest.raises(types.WrongType) as caught:
        types.typed("n", "x" * 1000, "int")
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("value", ["a", 7, 7.5, True, None, [1], {"a": 1}])
def test_it_judges_as_the_engine_does(types: Any, value: object) -> None:
    for wanted in get_args(OutputType):
        assert types.is_of(value, wanted) is has_output_type(value, wanted)
