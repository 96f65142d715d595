"""Words are cleaned, measured and made to fit."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from unit.graph.render.samples import hostile
from worldtree.graph.render.text_fitting import (
    clean,
    columns,
    fit,
    fit_columns,
    is_measured,
    width,
)


@given(hostile)
def test_clean_text_is_one_line_without_control_characters(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cs"}
    assert clean(cleaned) == cleaned


def test_cleaning_replaces_what_could_drive_a_terminal_or_break_xml() -> None:
    assert clean("a\n b\t\u2028c") == "a b c"
    assert clean("\x1b[31m \ud800 \uffff \u202e") == "�[31m � � �"
    assert clean("世界树 é 🚀") == "世界树 é 🚀"


@given(hostile, st.floats(0, 300), st.booleans())
def test_fitted_text_fits_or_is_a_mere_ellipsis(text: str, space: float, bold: bool) -> None:
    fitted = fit(clean(text), space, 13, bold=bold)
    assert width(fitted, 13, bold=bold) <= space or fitted == "…"


def test_fitting_keeps_both_ends() -> None:
    assert fit("short", 100, 13) == "short"
    shortened = fit("create/very-long-name/that-ends/here", 120, 13)
    assert shortened.startswith("create")
    assert shortened.endswith("here")


def test_width_knows_wide_and_combining_characters() -> None:
    assert width("世", 10) > width("m", 10) > width("i", 10)
    assert width("e\u0301", 10) == width("e", 10)
    assert is_measured("etcd (3.6) · gate…")
    assert not is_measured("世")


def test_terminal_columns_count_wide_signs_twice() -> None:
    assert columns("世界 e\u0301") == 6
    assert fit_columns("世界树 tree", 6) == "世界…"
    assert fit_columns("tree", 4) == "tree"
