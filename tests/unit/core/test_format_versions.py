"""Data on disk: upgraded step by step, refused when it is newer."""

from __future__ import annotations

from typing import Any

import pytest

from worldtree.core.format_versions import Format, UnreadableFormatError


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 called ``size`` ``length``."""
    data["size"] = data.pop("length")
    return data


def doubled(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 counted pairs."""
    data["size"] *= 2
    return data


FORMAT = Format("a box", (renamed, doubled))


@pytest.mark.parametrize(
    "data", [{"length": 3}, {"version": 1, "length": 3}, {"version": 2, "size": 3}]
)
def test_older_data_is_upgraded(data: dict[str, Any]) -> None:
    before = dict(data)
    assert FORMAT.upgraded(data) == {"size": 6}
    assert data == before


def test_current_data_is_stamped_and_read_back() -> None:
    stamped = FORMAT.stamped({"size": 1})
    assert stamped == {"version": 3, "size": 1}
    assert FORMAT.upgraded(stamped) == {"size": 1}


@pytest.mark.parametrize("version", [4, 0, -1, "3", None, True])
def test_another_version_is_refused(version: object) -> None:
    with pytest.raises(UnreadableFormatError, match=f"a box has version {version}, and this"):
        FORMAT.upgraded({"version": version, "size": 1})


def test_unknown_fields_are_named() -> None:
    with pytest.raises(UnreadableFormatError, match="unknown fields: `a`, `b`"):
        FORMAT.refuse_unknown({"b": 1, "size": 2, "a": 3}, ("size",))
