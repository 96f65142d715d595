"""Control groups that vanish during an operation."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lab import cgroups


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that stands for the freezer's hierarchy."""
    monkeypatch.setattr(cgroups, "hierarchies", lambda: (("rw,freezer", tmp_path),))
    return tmp_path


def test_a_group_that_is_gone_is_not_frozen_and_needs_no_thaw(mounted: Path) -> None:
    """A host's runner may remove the group between two calls."""
    cgroups.thaw("one/host")
    assert not cgroups.is_frozen("one/host")
    assert list(mounted.iterdir()) == []


@pytest.mark.parametrize(("number", "taken_well"), [(errno.ENODEV, True), (errno.EACCES, False)])
def test_only_errors_of_vanished_groups_are_ignored(
    mounted: Path, monkeypatch: pytest.MonkeyPatch, number: int, taken_well: bool
) -> None:
    assert mounted.is_dir()

    def fails(*_: object) -> None:
        raise OSError(number, "as the kernel says")

    monkeypatch.setattr(Path, "write_text", fails)
    if taken_well:
        cgroups.thaw("one/host")
    else:
        with pytest.raises(OSError, match="as the kernel says"):
            cgroups.thaw("one/host")
