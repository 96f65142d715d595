"""Words for what the YAML parser complains about: what is wrong and how to mend it."""

from __future__ import annotations

import yaml

from worldtree.core.errors import Diagnostic, Mark
from worldtree.spec.source_text import SourceText

#: Part of the parser's message -> (what is wrong, how to mend it).
_PARSER_MESSAGES: tuple[tuple[str, str, str], ...] = (
    (
        "could not find expected ':'",
        "a key without a colon",
        "write `key: value`, with a blank after the colon",
    ),
    (
        "mapping values are not allowed",
        "a second `key: value` where a value should be",
        "put a text that contains `: ` in quotes, or check the indentation",
    ),
    (
        "did not find expected key",
        "the indentation does not fit the lines above",
        "indent keys of one mapping equally, and close quotes and brackets",
    ),
    (
        "did not find expected '-' indicator",
        "the indentation does not fit the list above",
        "indent the items of one list equally",
    ),
    (
        "block sequence entries are not allowed",
        "a list item (`- `) where no list can begin",
        "put the list on its own lines below its key",
    ),
    (
        "unexpected end of stream",
        "a quote is opened and never closed",
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
        "a value is missing or begins with a sign that YAML keeps for itself",
        "put the value in quotes",
    ),
    (
        "unknown escape character",
        "an unknown escape inside double quotes",
        "double the backslash, or use single quotes",
    ),
    (
        "found unknown directive",
        "an unknown YAML directive",
        "remove the line that begins with `%`",
    ),
    (
        "undefined tag handle",
        "a tag with an unknown prefix",
        "remove the tag, or put a text that begins with `!` in quotes",
    ),
    (
        "that cannot start any token",
        "a sign that cannot begin a value",
        "put the value in quotes",
    ),
)

#: Problems that are best shown where the quote or bracket was opened.
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
            "YAML allows only blanks there.",
            "replace the tab with blanks",
            mark=mark,
        )
    said = f"The parser says: {': '.join(part for part in (error.context, problem) if part)}."
    if stopped != line:
        said += f" It got as far as line {stopped + 1}."
    for part, summary, hint in _PARSER_MESSAGES:
        if part in problem:
            return Diagnostic("yaml-syntax", summary, said, hint, mark=mark)
    return Diagnostic("yaml-syntax", "this is not YAML", said, mark=mark)


def _indented_by_tab(source: SourceText, line: int) -> bool:
    text = source.lines[line]
    return "\t" in text[: len(text) - len(text.lstrip())]
