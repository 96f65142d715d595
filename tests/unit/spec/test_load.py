"""Loading: documents, marks, tags, merge keys, limits."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from unit.growth import growth
from worldtree.core.errors import InputError
from worldtree.spec.load import load_bytes, load_file, load_text
from worldtree.spec.source_text import MAX_BYTES
from worldtree.spec.yaml_tags import Unsafe, Vault


def _slug(error: pytest.ExceptionInfo[InputError]) -> str:
    return error.value.diagnostics[0].slug


def test_several_documents_keep_their_index_and_empty_ones_are_left_out() -> None:
    """The index counts every document of the file."""
    found = load_text("a: 1\n---\n---\nb: 2\n")
    assert [(d.index, d.data) for d in found] == [(0, {"a": 1}), (2, {"b": 2})]


def test_marks_lead_to_keys_and_values() -> None:
    """Lines and columns count from 1 and the end is exclusive."""
    (loaded,) = load_text("a:\n  - {b: text}\n", "x.yaml")
    value = loaded.mark(("a", 0, "b"))
    assert (value.line, value.column, value.end_column) == (2, 9, 13)
    key = loaded.mark(("a", 0, "b"), at_key=True)
    assert (key.line, key.column, key.end_column) == (2, 6, 7)
    assert str(key) == "x.yaml:2:6"


def test_the_mark_of_a_missing_path_is_the_nearest_parents_key() -> None:
    """A missing key is shown where it belongs."""
    (loaded,) = load_text("a:\n  b: {c: 1}\n")
    assert loaded.mark(("a", "b", "x", "y")).line == 2
    assert loaded.mark(("a", "b", "x")).column == 3
    assert (loaded.mark(("x",)).line, loaded.mark(("x",)).column) == (1, 1)


def test_merge_keys_give_data_and_marks_of_where_it_was_written() -> None:
    """Own keys win, then earlier sources; marks point to the effective value."""
    (loaded,) = load_text(
        "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 3\nw: {<<: *y, d: *x}\n"
    )
    assert loaded.data["z"] == {"a": 3, "b": 1, "c": 2}
    assert loaded.data["w"] == {"b": 2, "c": 2, "d": {"a": 1, "b": 1}}
    assert loaded.mark(("z", "a")).line == 5
    assert loaded.mark(("z", "b")).line == 1
    assert loaded.mark(("z", "c"), at_key=True).line == 2


def test_anchors_end_with_their_document() -> None:
    """An alias cannot refer to an anchor of the previous document."""
    with pytest.raises(InputError) as error:
        load_text("a: &a 1\n---\nb: *a\n")
    assert _slug(error) == "yaml-alias"


def test_tagged_strings_stay_tagged() -> None:
    """``!unsafe`` and ``!vault`` survive, also for everything inside an unsafe collection."""
    (loaded,) = load_text('a: !unsafe "{{ x }}"\nb: !vault |\n  $V;1\nc: !unsafe [p, {k: q}, 1]\n')
    assert type(loaded.data["a"]) is Unsafe
    assert type(loaded.data["b"]) is Vault
    assert loaded.data["b"] == "$V;1\n"
    assert type(loaded.data["c"][0]) is Unsafe
    assert type(loaded.data["c"][1]["k"]) is Unsafe
    assert loaded.data["c"][2] == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("off", False),
        ("~", None),
        ("0644", 420),
        ("'0644'", "0644"),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("2024-01-31", "2024-01-31"),
        ("!!str 7", "7"),
        ("08", "08"),
    ],
)
def test_plain_scalars_mean_what_ansible_users_expect(text: str, value: object) -> None:
    """YAML 1.1, except that dates stay strings."""
    assert load_text(f"a: {text}\n")[0].data == {"a": value}


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    """Columns do not count the mark."""
    (loaded,) = load_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "x")
    assert loaded.data == {"a": 1, "b": 2}
    assert loaded.mark(("a",)).column == 4
    assert loaded.mark(("b",)).line == 2


def test_a_file_of_100_mb_is_refused_without_reading_it(tmp_path: Path) -> None:
    """It is not loaded into memory."""
    file = tmp_path / "big.yaml"
    with file.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as error:
            load_file(file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert _slug(error) == "file-too-large"
    assert peak < 2 * MAX_BYTES


def test_text_over_the_limit_is_refused() -> None:
    """Text that does not come from a file has the same limit."""
    with pytest.raises(InputError) as error:
        load_text("a" * (MAX_BYTES + 1))
    assert _slug(error) == "file-too-large"


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    """A missing file and a directory raise no other exception."""
    with pytest.raises(InputError) as error:
        load_file(tmp_path / "none.yaml")
    assert _slug(error) == "file-not-found"
    with pytest.raises(InputError) as error:
        load_file(tmp_path)
    assert _slug(error) == "file-unreadable"
    with pytest.raises(InputError) as error:
        load_file("a\0b")
    assert _slug(error) == "file-unreadable"


def test_deep_nesting_is_refused_and_does_not_crash() -> None:
    """A million brackets neither exhaust the stack nor take long."""
    with pytest.raises(InputError) as error:
        load_text("[" * 1_000_000)
    assert _slug(error) == "yaml-too-deep"


def test_a_large_document_loads_with_work_linear_in_its_size() -> None:
    """Eight times the hosts make about eight times the calls; quadratic would be 64 times."""

    def load(count: int) -> Callable[[], object]:
        text = "hosts:\n" + "".join(
            f"  - {{name: web{i}, address: 10.0.0.1, labels: {{rack: a{i % 7}}}}}\n"
            for i in range(count)
        )
        return lambda: load_text(text)

    assert growth(load(250), load(2_000)) <= 10
