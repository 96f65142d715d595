"""Host ranges expand in order and round trip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.spec.ranges import MAX_RANGE, RangeError, expand


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("web1", ["web1"]),
        ("web[1:3]", ["web1", "web2", "web3"]),
        ("web[08:10].example", ["web08.example", "web09.example", "web10.example"]),
        ("rack-[a:c]", ["rack-a", "rack-b", "rack-c"]),
        ("n[0:6:3]", ["n0", "n3", "n6"]),
        ("[1:2]-[a:b]", ["1-a", "1-b", "2-a", "2-b"]),
        ("fe80::[1:2]", ["fe80::1", "fe80::2"]),
        ("x[0:0]", ["x0"]),
        ("x[0:10]", [f"x{i}" for i in range(11)]),
    ],
)
def test_a_range_expands_to_its_names_in_order(text: str, names: list[str]) -> None:
    """Both ends are included; the last range varies fastest."""
    assert expand(text) == names


@pytest.mark.parametrize(
    "text",
    ["a[2:1]", "a[c:a]", "a[1:b]", "a[a:B]", "a[1-2]", "a[", "a]", "a[1:2", "a[[1:2]]", "a[01:2]"],
)
def test_an_invalid_range_is_reported_with_help(text: str) -> None:
    """It is not expanded partially."""
    with pytest.raises(RangeError) as error:
        expand(text)
    assert error.value.message
    assert error.value.hint


@pytest.mark.parametrize("text", ["a[1:100001]", "[1:999][1:999]", f"a[1:{'9' * 30}]"])
def test_too_large_ranges_are_rejected_without_expanding_them(text: str) -> None:
    """The names are counted before they are created."""
    with pytest.raises(RangeError, match=str(MAX_RANGE)):
        expand(text)


@given(
    st.integers(0, 5000),
    st.integers(0, 300),
    st.integers(1, 9),
    st.integers(0, 6),
    st.text("abc-.", max_size=4),
)
def test_a_range_has_as_many_names_as_numbers_and_each_reads_back(
    low: int, span: int, stride: int, width: int, suffix: str
) -> None:
    """Taking prefix and suffix off gives the numbers again."""
    high = low + span
    width = max(width, len(str(high))) if width else 0
    first, last = str(low).zfill(width), str(high).zfill(width)
    if width == 0 and len(first) > 1 and first[0] == "0":
        return
    names = expand(f"n[{first}:{last}:{stride}]{suffix}")
    numbers = [int(name[1 : len(name) - len(suffix)]) for name in names]
    assert numbers == list(range(low, high + 1, stride))
    assert len(set(names)) == len(names)
    if width:
        assert len({len(name) for name in names}) == 1


@given(st.text(max_size=30))
def test_no_text_leads_to_another_exception(text: str) -> None:
    """Any text expands or raises ``RangeError``."""
    try:
        names = expand(text)
    except RangeError:
        return
    assert 1 <= len(names) <= MAX_RANGE
