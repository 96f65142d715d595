"""References within Jinja are found, and what only stands beside it is left alone."""

from __future__ import annotations

import pytest

from worldtree.spec.secret_expressions import reference_in_template


@pytest.mark.parametrize(
    "text",
    [
        "{{ '${env:A}' | upper }}",
        "{{${env:A}}}",
        "x {% if '${env:A}' %}y{% endif %}",
        "${env:B} {{ x }} {{ y ~\n'${env:A}' }}",
        "{{ '${env:A}'",
    ],
)
def test_a_reference_between_braces_is_found(text: str) -> None:
    assert str(reference_in_template(text)) == "env:A"


@pytest.mark.parametrize(
    "text",
    [
        "${env:A}",
        "{{ x }}${env:A}{{ y }}",
        "{% if x %}${env:A}{% endif %}",
        "{${env:A}}",
        "{{ '$${env:A}' }}",
        '{"a": {"b": "${env:A}"}}',
        "{{ '\0' }}${env:A}",
        "{{ '${HOME:-x}' }}",
    ],
)
def test_a_reference_beside_braces_is_none_of_them(text: str) -> None:
    assert reference_in_template(text) is None
