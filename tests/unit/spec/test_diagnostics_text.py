"""Diagnostics as text and as data."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.spec.diagnostics_text import (
    MAX_WIDTH,
    as_dict,
    deduplicated,
    excerpt,
    render,
    render_all,
)
from worldtree.spec.load import load_bytes
from worldtree.spec.source_text import SourceText


def _at(line: int, column: int, end: int, slug: str = "some-slug") -> Diagnostic:
    return Diagnostic(slug, "what", "why", "do this", mark=Mark("f.yaml", line, column, line, end))


def test_a_diagnostic_shows_place_line_reason_and_help() -> None:
    """The marked text is underlined."""
    text = render(_at(2, 3, 6), SourceText("f.yaml", "a:\n  bad: 1\n"))
    assert text.splitlines() == [
        "f.yaml:2:3: error: what [some-slug]",
        "  2 |   bad: 1",
        "    |   ^^^",
        "  why:  why",
        "  help: do this",
    ]


@pytest.mark.parametrize(
    ("line", "column", "end", "shown", "start", "length"),
    [
        ("世界: bad", 5, 8, "世界: bad", 6, 3),
        ("\tbad", 2, 5, "    bad", 4, 3),
        ("ab\tbad", 4, 7, "ab  bad", 4, 3),
        ("e\u0301x bad", 5, 8, "e\u0301x bad", 3, 3),
        ("a: 世界", 4, 6, "a: 世界", 3, 4),
        ("bad", 1, 1, "bad", 0, 1),
        ("bad", 4, 5, "bad", 3, 1),
        ("a\x1b[31mb", 7, 8, "a\ufffd[31mb", 6, 1),
        ("", 1, 2, "", 0, 1),
    ],
)
def test_the_underline_counts_columns_as_a_terminal_does(
    line: str, column: int, end: int, shown: str, start: int, length: int
) -> None:
    """Wide, combining and control characters and tabs included."""
    assert excerpt(line, Mark("f", 1, column, 1, end)) == (shown, start, length)


def test_a_mark_over_several_lines_underlines_the_first() -> None:
    """Up to its last character."""
    assert excerpt("  key: value  ", Mark("f", 1, 3, 4, 1)) == ("  key: value  ", 2, 10)


@given(st.text(max_size=400), st.integers(1, 420), st.integers(0, 50))
def test_the_underline_is_always_below_the_shown_text(line: str, column: int, more: int) -> None:
    """For any line."""
    shown, start, length = excerpt(line, Mark("f", 1, column, 1, column + more))
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert start >= 0
    assert length >= 1
    assert start + length <= MAX_WIDTH + 1


def test_the_same_problem_at_the_same_place_is_reported_once_and_in_order() -> None:
    """Several passes may find it."""
    a, b, c = _at(9, 1, 2), _at(1, 1, 2), _at(1, 1, 2, "other-slug")
    assert deduplicated([a, b, b, c, a]) == [b, c, a]


def test_all_are_followed_by_a_count() -> None:
    """With separate counts of errors and warnings."""
    warning = Diagnostic("w-w", "w", severity=Severity.WARNING)
    text = render_all([_at(1, 1, 2), warning, _at(2, 1, 2)])
    assert text.endswith("\n\n2 errors, 1 warning\n")
    assert "warning: w [w-w]" in text
    assert render_all([]) == ""


def test_colour_only_adds_escape_sequences() -> None:
    """Without them the text is the same."""
    import re

    source = SourceText("f.yaml", "a: bad\n")
    coloured = render(_at(1, 4, 7), source, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == render(_at(1, 4, 7), source)


def test_data_contains_all_keys() -> None:
    """Unknown places are null."""
    data = as_dict(Diagnostic("a-b", "s", path=("spec", "hosts", 0, "name")))
    assert json.loads(json.dumps(data)) == {
        "slug": "a-b",
        "severity": "error",
        "summary": "s",
        "detail": "",
        "hint": "",
        "path": "spec.hosts[0].name",
        "document": 0,
        "file": None,
        "line": None,
        "column": None,
        "end_line": None,
        "end_column": None,
    }
    assert as_dict(_at(2, 3, 6))["line"] == 2


def test_different_problems_at_one_place_are_all_reported() -> None:
    """A role can have several missing dependencies, all found at the step that calls it."""
    first, second = Diagnostic("a-b", "x", path=("spec",)), Diagnostic("a-b", "y", path=("spec",))
    assert deduplicated([first, second, first]) == [first, second]


def test_a_problem_of_a_whole_file_shows_no_line_of_it() -> None:
    """An unrelated underlined line would mislead."""
    found = Diagnostic("a-b", "s", mark=Mark.of_file("f.yaml"))
    assert render(found, SourceText("f.yaml", "a: bad\n")) == "f.yaml: error: s [a-b]"
    assert (as_dict(found)["line"], as_dict(found)["column"]) == (None, None)


def test_lines_of_an_explanation_stay_lines() -> None:
    """Further lines stand below the first; other control characters are replaced."""
    text = render(Diagnostic("a-b", "s", "one\ntwo\x1b", "try:\n    this"))
    assert text.splitlines()[1:] == [
        "  why:  one",
        "        two\N{REPLACEMENT CHARACTER}",
        "  help: try:",
        "            this",
    ]


def test_a_summary_is_one_line() -> None:
    """Also with a name from the document that has a line break."""
    text = render(Diagnostic("a-b", "unknown key `one\ntwo`"))
    assert text == "error: unknown key `one two` [a-b]"


def test_a_problem_outside_the_document_marks_no_line_of_it() -> None:
    """Such as a value that the inventory gives to a role's variable."""
    (document,) = load_bytes(b"apiVersion: x\n", "cluster.yaml")
    (found,) = document.locate([Diagnostic("a-b", "s")])
    assert str(found.mark) == "cluster.yaml"
