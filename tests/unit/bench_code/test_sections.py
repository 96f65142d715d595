"""Sections of a page are found and replaced, and the others stay."""

from __future__ import annotations

from bench.sections import section, with_section

PAGE = "# Page\n\ntext\n\n## One\n\na\n\n## Two\n\nb\n"


def test_a_section_ends_where_the_next_begins() -> None:
    assert section(PAGE, "One") == "\n## One\n\na\n"
    assert section(PAGE, "Two") == "\n## Two\n\nb\n"
    assert section(PAGE, "Three") == ""


def test_a_section_is_replaced_in_its_place() -> None:
    assert with_section(PAGE, "One", "new") == PAGE.replace("\na\n", "\nnew\n")


def test_a_new_section_comes_last() -> None:
    assert with_section(PAGE, "Three", "c") == PAGE + "\n## Three\n\nc\n"
