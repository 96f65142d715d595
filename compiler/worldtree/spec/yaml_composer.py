"""Builds a node tree from libyaml's events, without recursion and within size limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser

from worldtree.core.errors import DiagnosticBag, InputError, Mark
from worldtree.spec import scalars
from worldtree.spec.source_text import SourceText
from worldtree.spec.yaml_messages import syntax_diagnostic
from worldtree.spec.yaml_nodes import Node, Position
from worldtree.spec.yaml_tags import Unsafe, Vault

#: Levels of nesting; documents written by hand have about ten.
MAX_DEPTH = 100
#: Nodes that aliases may add to a document.
MAX_ALIAS_NODES = 200_000

_YAML = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(f"{_YAML}{name}" for name in ("null", "bool", "int", "float", "timestamp"))
_TEXT_TAGS = frozenset(("!", f"{_YAML}str"))
_UNSAFE_TAG = "!unsafe"
_VAULT_TAGS = frozenset(("!vault", "!vault-encrypted"))


@dataclass(slots=True)
class _Frame:
    """A collection whose end has not been read."""

    node: Node
    mapping: bool
    unsafe: bool
    #: Key whose value has not been read.
    key: Node | None = None
    #: Whether that key is a merge key (``<<``).
    merge: bool = False
    merged: list[Node] = field(default_factory=list)


class Composer:
    """Composes the documents of one source; collects problems as long as it can continue."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._bag = DiagnosticBag()
        self._anchors: dict[str, Node] = {}
        self._stack: list[_Frame] = []
        self._alias_nodes = 0
        #: Number of open collections with the tag ``!unsafe``.
        self._unsafe = 0
        self._plain: dict[str, Any] = {}

    def documents(self) -> list[Node]:
        """Return the root of each document, in order.

        Raises ``InputError`` with all problems up to the first one that stops the parser.
        """
        roots: list[Node] = []
        parser: Any = None
        try:
            parser = CParser(self._source.text)
            while (event := parser.get_event()) is not None:
                root = self._take(event)
                if root is not None:
                    roots.append(root)
        except yaml.MarkedYAMLError as error:
            self._syntax_error(error)
        except yaml.YAMLError as error:
            self._bag.error("yaml-syntax", str(error), mark=Mark(self._source.file, 1, 1))
        finally:
            if parser is not None:
                parser.dispose()
        self._bag.raise_if_errors()
        return roots

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> None:
        found = syntax_diagnostic(self._source, error)
        lines = {item.mark.line for item in self._bag.items if item.mark}
        # A problem already reported on the line is the cause of the syntax error.
        if found.mark is None or found.mark.line not in lines:
            self._bag.extend([found])

    def _take(self, event: Any) -> Node | None:
        """Handle one event; return a root when a document is complete."""
        if isinstance(event, yaml.ScalarEvent):
            return self._add(self._scalar(event), event, merge=_is_merge(event))
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            return self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            return self._add(self._alias(event), event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()
        return None

    def _scalar(self, event: Any) -> Node:
        start, end = _places(event)
        node = Node(start, end, self._value(event))
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _value(self, event: Any) -> Any:
        text: str = event.value
        tag = event.tag
        try:
            if tag is None or (tag == "!" and event.implicit[0]):
                if not event.implicit[0]:
                    return self._text(text)
                if text not in self._plain:
                    self._plain[text] = scalars.plain_scalar(text)
                value = self._plain[text]
                return self._text(value) if isinstance(value, str) else value
            if tag in _TEXT_TAGS:
                return self._text(text)
            if tag in _SCALAR_TAGS:
                return scalars.tagged_scalar(tag, text)
        except scalars.ScalarError as error:
            self._bag.error(
                "bad-scalar",
                str(error),
                hint="put it in quotes if it is a string",
                mark=self._mark(event),
            )
            return None
        if tag == _UNSAFE_TAG:
            return Unsafe(text)
        if tag in _VAULT_TAGS:
            return Vault(text)
        self._unknown_tag(event)
        return text

    def _text(self, text: str) -> str:
        return Unsafe(text) if self._unsafe else text

    def _open(self, event: Any) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self._stop(
                "yaml-too-deep",
                f"more than {MAX_DEPTH} levels of nesting",
                event,
                "flatten the data, or move it to a file that a step copies",
            )
        mapping = isinstance(event, yaml.MappingStartEvent)
        unsafe = event.tag == _UNSAFE_TAG
        standard = f"{_YAML}{'map' if mapping else 'seq'}"
        if event.tag not in (None, "!", standard) and not unsafe:
            self._unknown_tag(event)
        start, end = _places(event)
        node = Node(start, end, {} if mapping else [])
        node.complete = False
        if mapping:
            node.fields = {}
        else:
            node.items = []
        if event.anchor:
            self._anchors[event.anchor] = node
        self._unsafe += unsafe
        self._stack.append(_Frame(node, mapping, unsafe))

    def _close(self, event: Any) -> Node | None:
        frame = self._stack.pop()
        self._unsafe -= frame.unsafe
        node = frame.node
        node.end = _places(event)[1]
        node.complete = True
        if frame.merged and node.fields is not None:
            own = node.fields
            node.fields = {}
            for source in reversed(frame.merged):
                node.fields.update(source.fields or {})
            node.fields.update(own)
        if node.fields is not None:
            node.data = {key: value.data for key, (_, value) in node.fields.items()}
        return self._add(node, event)

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._bag.error(
                "yaml-alias",
                f"undefined anchor `&{event.anchor}`",
                detail="An alias repeats a value that has an anchor earlier in the document.",
                hint=f"put `&{event.anchor}` before the value that the alias should repeat",
                mark=self._mark(event),
            )
            return Node(*_places(event))
        if not node.complete:
            raise self._stop(
                "yaml-alias",
                f"the alias `*{event.anchor}` is inside its own value",
                event,
                "move the alias out of the value of its anchor",
            )
        self._alias_nodes += node.size
        if self._alias_nodes > MAX_ALIAS_NODES:
            raise self._stop(
                "yaml-bomb",
                f"aliases expand the document by more than {MAX_ALIAS_NODES} values",
                event,
                "write the values out, or use group variables",
            )
        if len(self._stack) + node.depth > MAX_DEPTH:
            raise self._stop(
                "yaml-too-deep",
                f"more than {MAX_DEPTH} levels of nesting",
                event,
                "write less deeply nested values; an alias counts as the value that it repeats",
            )
        return node

    def _add(self, node: Node, event: Any, *, merge: bool = False) -> Node | None:
        """Add a complete node to the open collection; return it if it is a root."""
        if not self._stack:
            return node
        frame = self._stack[-1]
        if not frame.mapping:
            assert frame.node.items is not None
            frame.node.items.append(node)
            frame.node.data.append(node.data)
            _add_size(frame.node, node)
            return None
        if frame.key is None:
            frame.key = self._key(node, event)
            frame.merge = merge
            return None
        key, frame.key = frame.key, None
        if frame.merge:
            self._merge(frame, node, key)
        elif key.data is not None:
            self._entry(frame.node, key, node)
        _add_size(frame.node, node)
        return None

    def _key(self, node: Node, event: Any) -> Node:
        """Return the node of a key; its data is None if it is invalid (already reported)."""
        if isinstance(node.data, str):
            return Node(node.start, node.end, str(node.data))
        if node.fields is not None or node.items is not None:
            template = node.fields is not None and len(node.fields) <= 1
            self._bag.error(
                "key-not-text",
                "a mapping or list cannot be a key",
                hint="put a value that starts with `{{` in quotes"
                if template
                else "use a string as the key",
                mark=self._node_mark(node),
            )
        else:
            line = self._source.lines[node.start[0]]
            shown = line[node.start[1] : node.end[1]] if node.start[0] == node.end[0] else ""
            self._bag.error(
                "key-not-text",
                f"the key `{shown}` is read as {_type_name(node.data)}, not as a string",
                detail="Keys are strings. YAML reads unquoted numbers, yes/no/on/off and ~ as other"
                " types.",
                hint=f'put it in quotes: "{shown}"',
                mark=self._mark(event),
            )
        return Node(node.start, node.end)

    def _merge(self, frame: _Frame, node: Node, key: Node) -> None:
        sources = node.items if node.items is not None else [node]
        if any(source.fields is None for source in sources):
            self._bag.error(
                "yaml-merge",
                "the value of `<<` must be a mapping or a list of mappings",
                hint="use an alias of a mapping, such as `<<: *defaults`",
                mark=self._node_mark(key),
            )
            return
        frame.merged.extend(sources)

    def _entry(self, mapping: Node, key: Node, value: Node) -> None:
        assert mapping.fields is not None
        earlier = mapping.fields.get(key.data)
        if earlier is not None:
            self._bag.error(
                "duplicate-key",
                f"duplicate key `{key.data}`",
                detail=f"The key is already on line {earlier[0].start[0] + 1}; "
                "YAML would silently keep only one of the values.",
                hint="remove one key, or merge the values",
                mark=self._node_mark(key),
            )
            return
        mapping.fields[key.data] = (key, value)

    def _unknown_tag(self, event: Any) -> None:
        name = event.tag.replace(_YAML, "!!")
        self._bag.error(
            "yaml-tag",
            f"unsupported tag `{name}`",
            hint="remove it; the supported tags are `!unsafe` and `!vault`",
            mark=self._mark(event),
        )

    def _stop(self, slug: str, summary: str, event: Any, hint: str) -> InputError:
        self._bag.error(slug, summary, hint=hint, mark=self._mark(event))
        return InputError(self._bag.items)

    def _mark(self, event: Any) -> Mark:
        return self._mark_of(*_places(event))

    def _node_mark(self, node: Node) -> Mark:
        return self._mark_of(node.start, node.end)

    def _mark_of(self, start: Position, end: Position) -> Mark:
        return Mark(self._source.file, start[0] + 1, start[1] + 1, end[0] + 1, end[1] + 1)


def _places(event: Any) -> tuple[Position, Position]:
    start, end = event.start_mark, event.end_mark
    return (start.line, start.column), (end.line, end.column)


def _is_merge(event: Any) -> bool:
    return event.value == "<<" and event.tag is None and bool(event.implicit[0])


def _add_size(parent: Node, child: Node) -> None:
    parent.size += child.size
    parent.depth = max(parent.depth, child.depth + 1)


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    return "a boolean" if isinstance(value, bool) else "a number"
