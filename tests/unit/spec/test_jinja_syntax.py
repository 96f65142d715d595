"""The syntax of Jinja expressions."""

from __future__ import annotations

import pytest

from worldtree.spec.jinja_syntax import syntax_error


@pytest.mark.parametrize(
    "valid",
    [
        "true",
        "x is defined and y | no_such_filter == {'a': {'b': 1}}",
        "inventory_hostname in groups['web'] and not (a or b)",
        "'{{ old }}' == 'x'",
        "{{ wanted }}",
        " {{ wanted | bool }} ",
        "#jinja2: variable_start_string:'[%'\n[% wanted %]",
        "result.rc not in [0, 2]",
        "x is not ansible.builtin.version('1.0', '>=')",
    ],
)
def test_valid_expressions(valid: str) -> None:
    assert syntax_error(valid) == ""


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("x ==", "unexpected end of the expression"),
        ("a b", "unexpected `b`"),
        ("(a", "unexpected"),
        ("{{ a }} == 'b'", "braces around a part of it"),
        ("a == {{ b }}", "braces around a part of it"),
        ("{{ a }} == {{ b }}", "braces around a part of it"),
        ("{% if a %}true{% endif %}", "braces around a part of it"),
        ("a {% if b %}", "expected"),
        ("{{ a", "end of template"),
    ],
)
def test_wrong_expressions(wrong: str, reason: str) -> None:
    assert reason.lower() in syntax_error(wrong).lower()
