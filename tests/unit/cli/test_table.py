"""Tables fit the terminal without losing text, whatever is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.app.views.text import clean
from worldtree.cli.table import Cell, table_lines
from worldtree.cli.terminal import truncate, width_of, wrap

TEXT = st.text(st.sampled_from("ab/., 世界树é:"), max_size=60)


def test_columns_are_as_wide_as_their_content() -> None:
    """What is no terminal gets lines of any length, for grep and awk."""
    long = "x" * 300
    lines = table_lines(["A", "B"], [["1", long], ["22", "y"]])
    assert lines == ["A   B", f"1   {long}", "22  y"]


def test_no_rows_make_no_table() -> None:
    """A head alone says nothing."""
    assert table_lines(["A"], []) == []


def test_wide_signs_are_aligned() -> None:
    """Chinese names take two columns each."""
    lines = table_lines(["名字", "B"], [["世界树", "x"], ["ab", "y"]])
    assert [width_of(line[: line.index(end)]) for line, end in zip(lines, "Bxy", strict=True)] == [
        8,
        8,
        8,
    ]


def test_spare_columns_go_first() -> None:
    """In the order in which they can best be done without, and only as many as needed."""
    row = ["a" * 20, "b" * 20, "c" * 20]
    heads = ["A", "B", "C"]
    assert len(table_lines(heads, [row], spare=["C", "A"], width=64)[1]) == 64
    assert table_lines(heads, [row], spare=["C", "A"], width=50)[1] == f"{row[0]}  {row[1]}"
    assert table_lines(heads, [row], spare=["C", "A"], width=30)[1] == row[1]


def test_sentences_are_folded_first() -> None:
    """At a blank; names stay whole as long as there is room for a word or two beside them."""
    lines = table_lines(
        ["NODE", "STATUS", "MESSAGE"],
        [["shop/app/install", "failed", "no package of that name can be found"]],
        width=40,
    )
    assert lines == [
        "NODE              STATUS  MESSAGE",
        "shop/app/install  failed  no package of",
        "                          that name can",
        "                          be found",
    ]


def test_then_the_widest_are_folded() -> None:
    """At a slash, comma or dot."""
    lines = table_lines(["NODE", "UNDO"], [["shop/app/install", "reversible"]], width=22)
    assert lines == ["NODE        UNDO", "shop/app/   reversible", "install"]


def test_colours_are_put_around_text_only() -> None:
    """Padding stays plain, and without colour there are no codes at all."""
    row = [Cell("ok", "green"), "x"]
    assert table_lines(["STATUS", "B"], [row], colour=True)[1] == "\x1b[32mok\x1b[0m      x"
    assert table_lines(["STATUS", "B"], [row])[1] == "ok      x"


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4), st.integers(40, 120))
def test_a_folded_table_fits_and_loses_nothing(rows: list[tuple[str, ...]], width: int) -> None:
    """Whatever is in the cells."""
    lines = table_lines(["ONE", "TWO", "THREE"], rows, width=width)
    assert all(width_of(line) <= width for line in lines)
    kept = sorted("".join("".join(line.split()) for line in lines[1:]))
    assert kept == sorted("".join("".join(cell.split()) for row in rows for cell in row))


@given(TEXT, st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_only_blanks(text: str, room: int) -> None:
    """Nothing else is dropped or added."""
    lines = wrap(text, room)
    assert all(width_of(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXT, st.integers(1, 20))
def test_cut_text_fits(text: str, room: int) -> None:
    """With an ellipsis exactly when something is missing."""
    short = truncate(text, room)
    assert width_of(short) <= room
    assert short == text or short.endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 世界", "plain 世界"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("a\tb", "a   b"),
        ("one\r\ntwo\n", "one two"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("\u202etxt.exe", "\N{REPLACEMENT CHARACTER}txt.exe"),
    ],
)
def test_foreign_text_cannot_steer_the_terminal(text: str, shown: str) -> None:
    """Colours and titles go, what else is not printable is replaced."""
    assert clean(text) == shown
