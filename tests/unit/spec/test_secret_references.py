"""References to secrets in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.spec.secret_references import (
    BadReference,
    SecretRef,
    escape_references,
    find_references,
    has_secret,
    split_references,
    substitute,
)
from worldtree.spec.yaml_tags import Unsafe, encode_tags


def test_a_text_is_cut_into_literals_and_references() -> None:
    """Escapes become the literal that they stand for."""
    assert split_references("a ${env:HOME} $${env:X} ${file:/run/x y}!") == [
        "a ",
        SecretRef("env", "HOME"),
        " ${env:X} ",
        SecretRef("file", "/run/x y"),
        "!",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "$HOME ${HOME}",
        "${HOME:-/root}",
        "${x:=y}",
        "${x:?no}",
        "${name:0:3}",
        "{{ x }}",
    ],
)
def test_shell_expansions_and_templates_are_left_alone(text: str) -> None:
    """They are text like any other."""
    assert split_references(text) == [text]


@pytest.mark.parametrize(
    "text", ["${vault:x}", "${env:1A}", "${env:A B}", "${file:}", "${env:OPEN"]
)
def test_what_looks_like_a_reference_and_is_none_is_kept_and_marked(text: str) -> None:
    """The diagnostics need what was written."""
    (part,) = split_references(text)
    assert isinstance(part, BadReference)
    assert part.text == text
    assert substitute(text, str) == text


def test_references_are_found_at_any_depth_but_not_in_unsafe_text() -> None:
    """``!unsafe`` keeps data, in both of its forms."""
    value = {"a": ["${env:A}", {"b": "x${file:/b}"}], "c": Unsafe("${env:C}")}
    assert [str(r) for r in find_references(value)] == ["env:A", "file:/b"]
    assert [str(r) for r in find_references(encode_tags(value))] == ["env:A", "file:/b"]
    assert has_secret(value)
    assert not has_secret({"c": Unsafe("${env:C}"), "d": 1})


def test_substitute_puts_what_is_rendered_in_place() -> None:
    """Everything around stays."""
    assert substitute("a=${env:A};$${x}", lambda r: f"<{r}>") == "a=<env:A>;${x}"


@given(st.text("${}:env fil/AB1-", max_size=30))
def test_any_text_can_be_cut(text: str) -> None:
    """Without references and escapes, the parts make up the text."""
    parts = split_references(text)
    assert parts
    if "$${" not in text and not any(isinstance(p, SecretRef) for p in parts):
        assert substitute(text, str) == text


@given(st.text("${}:env fil/AB1-", max_size=30))
def test_escaped_text_has_no_references_and_reads_as_it_was(text: str) -> None:
    """Text of playbooks can be put into a document, whatever it is."""
    escaped = escape_references(text)
    assert find_references(escaped) == []
    assert substitute(escaped, str) == text
