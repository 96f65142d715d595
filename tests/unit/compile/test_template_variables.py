"""Variables that others need to be rendered come along."""

from __future__ import annotations

from worldtree.compile.template_variables import (
    names_in_templates,
    with_referenced_variables,
    words,
)


def test_only_templates_name_variables() -> None:
    value = {"a": ["{{ one.two | three }}", "four"], "b": {"c": "{% if five %}x{% endif %}"}}
    found = names_in_templates(value)
    assert {"one", "two", "three", "five"} <= found
    assert "four" not in found


def test_tagged_text_names_nothing() -> None:
    assert names_in_templates({"a": {"__ansible_unsafe": "{{ one }}"}}) == frozenset()


def test_helpers_of_helpers_come_along_in_the_order_offered() -> None:
    offered = {"start": 1, "idle": 2, "base": "{{ start }}", "port": "{{ base }}", "extra": 3}
    assert list(
        with_referenced_variables({"port": offered["port"]}, offered, words("extra is defined"))
    ) == [
        "start",
        "base",
        "port",
        "extra",
    ]


def test_variables_that_name_each_other_end() -> None:
    offered = {"a": "{{ b }}", "b": "{{ a }}"}
    assert with_referenced_variables({"a": offered["a"]}, offered, frozenset()) == offered
