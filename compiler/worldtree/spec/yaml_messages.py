"""Translates errors of the YAML parser: what is wrong and how to fix it."""

from __future__ import annotations

import yaml

from worldtree.core.errors import Diagnostic, Mark
from worldtree.spec.source_text import SourceText

#: (part of the parser's message, summary, hint).
_PARSER_MESSAGES: tuple[tuple[str, str, str], ...] = (
    (
        "could not find expected ':'",
        "a key has no colon",
        "write `key: value`, with a space after the colon",
    ),
    (
        "mapping values are not allowed",
        "a second `key: value` in place of a value",
        "put a string that contains `: ` in quotes, or check the indentation",
    ),
    (
        "did not find expected key",
        "the indentation does not match the lines above",
        "indent the keys of a mapping equally, and close quotes and brackets",
    ),
    (
        "did not find expected '-' indicator",
        "the indentation does not match the list above",
        "indent the items of a list equally",
    ),
    (
        "block sequence entries are not allowed",
        "a list item (`- `) where no list can start",
        "write the list on its own lines below its key",
    ),
    (
        "unexpected end of stream",
        "a quote is not closed",
        "add the closing quote",
    ),
    (
        "did not find expected ',' or ']'",
        "a list in brackets is not closed",
        "separate items with commas and add the closing `]`",
    ),
    (
        "did not find expected ',' or '}'",
        "a mapping in braces is not closed",
        'separate entries with commas, add the closing `}`, and quote a value such as "{{ name }}"',
    ),
    (
        "did not find expected node content",
        "a value is missing or starts with a character that is reserved in YAML",
        "put the value in quotes",
    ),
    (
        "unknown escape character",
        "an unknown escape sequence in double quotes",
        "double the backslash, or use single quotes",
    ),
    (
        "found unknown directive",
        "an unknown YAML directive",
        "remove the line that starts with `%`",
    ),
    (
        "undefined tag handle",
        "a tag with an unknown prefix",
        "remove the tag, or put a string that starts with `!` in quotes",
    ),
    (
        "that cannot start any token",
        "a character that cannot start a value",
        "put the value in quotes",
    ),
)

#: Errors that are marked at the opening quote or bracket.
_UNCLOSED = ("unexpected end of stream", "expected ',' or ']'", "expected ',' or '}'")


def syntax_diagnostic(source: SourceText, error: yaml.MarkedYAMLError) -> Diagnostic:
    """Return the diagnostic of a parser error, marked where the parser stopped."""
    place = error.problem_mark or error.context_mark
    problem = error.problem or "the text is not YAML"
    stopped = place.line if place else 0
    if error.context_mark is not None and any(part in problem for part in _UNCLOSED):
        place = error.context_mark
    line = min(place.line if place else 0, len(source.lines) - 1)
    column = min(place.column if place else 0, len(source.lines[line]))
    mark = Mark(source.file, line + 1, column + 1, line + 1, column + 2)
    rest = source.lines[line][column:]
    if "\t" in source.lines[line][: column + 1] and (
        rest[:1] == "\t" or _indented_by_tab(source, line)
    ):
        return Diagnostic(
            "yaml-tab",
            "a tab is used for indentation",
            "YAML allows only spaces there.",
            "replace the tab with spaces",
            mark=mark,
        )
    said = f"The parser reports: {': '.join(part for part in (error.context, problem) if part)}."
    if stopped != line:
        said += f" It stopped at line {stopped + 1}."
    for part, summary, hint in _PARSER_MESSAGES:
        if part in problem:
            return Diagnostic("yaml-syntax", summary, said, hint, mark=mark)
    return Diagnostic("yaml-syntax", "the file is not valid YAML", said, mark=mark)


def _indented_by_tab(source: SourceText, line: int) -> bool:
    text = source.lines[line]
    return "\t" in text[: len(text) - len(text.lstrip())]
