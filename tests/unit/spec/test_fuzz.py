"""Any input gives a result or diagnostics inside the file."""

from __future__ import annotations

import copy

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples import examples
from unit.spec.documents import FULL
from unit.spec.test_bad_input import problems
from worldtree.spec.diagnostics_text import render_all
from worldtree.spec.source_text import SourceText

_TREE = yaml.safe_load(FULL.replace("!unsafe ", ""))
_BYTES = FULL.encode()
_PIECES = st.sampled_from(
    [
        *(f"{line}\n" for line in FULL.splitlines()),
        "  ",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "<<: ",
        "!unsafe ",
        "!x ",
        "{{ x }}",
        "${env:",
        "'",
        '"',
        "|\n",
        ">\n",
        "\t",
        "\r",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "#",
        "\u2028",
        "\x85",
        "~",
        "1e9",
        "[1:3]",
        "世",
    ]
)
_QUIET = settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _check(data: bytes) -> None:
    found = problems(data, "fuzz.yaml")
    source = SourceText("fuzz.yaml", data.decode("utf-8", "replace").removeprefix("\ufeff"))
    for diagnostic in found:
        mark = diagnostic.mark
        assert mark is not None
        assert 1 <= mark.line <= len(source.lines)
        assert 1 <= mark.column <= len(source.lines[mark.line - 1]) + 1
        assert diagnostic.summary
    render_all(found, {"fuzz.yaml": source})


@given(st.binary(max_size=200))
@_QUIET
def test_any_bytes(data: bytes) -> None:
    """Random bytes."""
    _check(data)


@given(st.text(max_size=200))
@_QUIET
def test_any_text(text: str) -> None:
    """Random text."""
    _check(text.encode("utf-8", "replace"))


@given(st.lists(_PIECES, max_size=30))
@_QUIET
def test_any_mixture_of_yaml(pieces: list[str]) -> None:
    """Fragments of a document and YAML indicators."""
    _check("".join(pieces).encode())


@given(st.integers(0, len(_BYTES)), st.integers(0, 40), _PIECES)
@_QUIET
def test_a_document_with_a_part_replaced(at: int, length: int, piece: str) -> None:
    """Typical editing mistakes."""
    _check(_BYTES[:at] + piece.encode() + _BYTES[at + length :])


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "web1", "web[1:2]", "role=web", "a b", "{{ x }}", "${env:X}", "10s"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "hosts", "steps", "role", "vars", "needs", "task", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(st.data(), _VALUES)
@_QUIET
def test_a_document_with_a_value_of_another_shape(data: st.DataObject, value: object) -> None:
    """Any value at any place."""
    tree = copy.deepcopy(_TREE)
    node, steps = tree, data.draw(st.integers(1, 7))
    for step in range(steps):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if step == steps - 1 or not isinstance(node[key], dict | list):
            node[key] = value
            break
        node = node[key]
    _check(yaml.safe_dump(tree, allow_unicode=True).encode())
