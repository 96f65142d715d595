"""Draws a view for a terminal: layer by layer, each node with arrows to what it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from worldtree.graph.render.text_fitting import clean, columns, fit_columns
from worldtree.graph.render.view import GraphView, Style, ViewNode

_MARKS: dict[Style, str] = {"normal": "●", "muted": "○", "warn": "▲", "danger": "◆"}
_ASCII_MARKS: dict[Style, str] = {"normal": "*", "muted": "o", "warn": "!", "danger": "#"}
_ARROWS = ("←", "⇠", "↢", "⇐")
_ASCII_ARROWS = ("<-", "<~", "<:", "<=")
_INDENT = "  "
#: Widest name and sublabel columns, as shares of the width.
_NAME_SHARE, _NOTE_SHARE = 0.42, 0.24
#: Columns that needs must find beside a node, or they go below it.
_MIN_NEEDS_COLUMNS = 24


@dataclass(frozen=True, slots=True)
class _TerminalStyle:
    """What depends on the terminal."""

    width: int
    marks: dict[Style, str]
    arrows: tuple[str, ...]
    ellipsis: str
    dot: str


def to_text(view: GraphView, *, width: int = 100, ascii_only: bool = False) -> str:
    """Return the drawing as lines of at most ``width`` columns (40 at least), ending in a newline.

    With ``ascii_only`` marks and arrows are ASCII; names keep their own letters.
    """
    pen = (
        _TerminalStyle(max(width, 40), _ASCII_MARKS, _ASCII_ARROWS, "...", "-")
        if ascii_only
        else _TerminalStyle(max(width, 40), _MARKS, _ARROWS, "…", "·")
    )
    lines = [clean(view.title), clean(view.summary)]
    names = _names(view)
    name_room = _room(names.values(), int(pen.width * _NAME_SHARE))
    note_room = _room((clean(n.sublabel) for n in view.nodes), int(pen.width * _NOTE_SHARE))
    for index, layer in enumerate(view.ranks):
        lines += ["", f"Layer {index} {pen.dot} {len(layer)} node{'' if len(layer) == 1 else 's'}"]
        for node in layer:
            head = _head(view.by_id[node], names[node], name_room, note_room, pen)
            lines += _with_needs(head, _needs(view, node, names, pen), pen)
    lines += _legend(view, pen)
    return "\n".join(fit_columns(line.rstrip(), pen.width, pen.ellipsis) for line in lines) + "\n"


def _names(view: GraphView) -> dict[str, str]:
    """Call nodes by their labels, or by their ids where a label is not the only one of its kind."""
    labels = Counter(clean(node.name) for node in view.nodes)
    return {
        node.id: clean(node.name) if labels[clean(node.name)] == 1 else clean(node.id)
        for node in view.nodes
    }


def _room(texts: Iterable[str], most: int) -> int:
    return min(max(map(columns, texts), default=0), most)


def _head(node: ViewNode, name: str, name_room: int, note_room: int, pen: _TerminalStyle) -> str:
    shown = fit_columns(name, name_room, pen.ellipsis)
    line = f"{_INDENT}{pen.marks[node.style]} {shown}"
    if note_room:
        note = fit_columns(clean(node.sublabel), note_room, pen.ellipsis)
        line += " " * (name_room - columns(shown) + 2) + note + " " * (note_room - columns(note))
    else:
        line += " " * (name_room - columns(shown))
    return line


def _needs(
    view: GraphView, node: str, names: dict[str, str], pen: _TerminalStyle
) -> list[list[str]]:
    """Return words per kind of edge, the first with its arrow; names keep together with commas."""
    found = []
    for index, kind in enumerate(view.legend_kinds):
        before = [e.source for e in view.dag.edges_into(node) if e.kind == kind.name]
        if before:
            words = [names[source] + "," for source in before]
            words[-1] = words[-1][:-1]
            found.append([pen.arrows[index % len(pen.arrows)], *words])
    return found


def _with_needs(head: str, needs: list[list[str]], pen: _TerminalStyle) -> Iterator[str]:
    """Yield the node's line and its needs, on the same line if they fit, wrapped and aligned."""
    start = columns(head) + 2
    room = pen.width - start
    if not needs:
        yield head
        return
    longest = max(columns(word) + 2 for words in needs for word in words)
    if room < max(_MIN_NEEDS_COLUMNS, min(longest, pen.width // 2)):
        yield head
        head, start = "", len(_INDENT) + 4
        room = pen.width - start
    for words in needs:
        for line in _wrap(words, room, pen):
            yield head + " " * (start - columns(head)) + line
            head = ""


def _wrap(words: list[str], room: int, pen: _TerminalStyle) -> Iterator[str]:
    line, indent = words[0], " " * columns(words[0])
    for word in words[1:]:
        shown = fit_columns(word, room - columns(indent) - 1, pen.ellipsis)
        if line.strip() and line != words[0] and columns(line) + 1 + columns(shown) > room:
            yield line
            line = indent
        line += " " + shown
    yield line


def _legend(view: GraphView, pen: _TerminalStyle) -> list[str]:
    kinds = [
        f"{pen.arrows[index % len(pen.arrows)]} {clean(kind.label or kind.name)}"
        for index, kind in enumerate(view.legend_kinds)
        if kind.label or kind.name
    ]
    used = {node.style for node in view.nodes}
    styles = [f"{pen.marks[s]} {clean(words)}" for s, words in view.styles.items() if s in used]
    rows = ["   ".join(row) for row in (kinds, styles) if row]
    return ["", *rows] if rows else []
