"""A run that passed is repeated when its inputs differ, and always at full length."""

from __future__ import annotations

from pathlib import Path

import pytest

from proven_runs import ProvenRun, digest_of


@pytest.mark.parametrize(("length", "again"), [("gate", True), ("full", False)])
def test_a_run_that_passed_is_proven_in_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: str, again: bool
) -> None:
    monkeypatch.setenv("WORLDTREE_EXAMPLES", length)
    run = ProvenRun("lint", "one", tmp_path / "proven")
    assert not run.is_proven()
    run.record()
    assert ProvenRun("lint", "one", tmp_path / "proven").is_proven() is again
    assert not ProvenRun("lint", "two", tmp_path / "proven").is_proven()
    assert not ProvenRun("other", "one", tmp_path / "proven").is_proven()


def test_a_digest_follows_contents_names_and_modes_of_files(tmp_path: Path) -> None:
    """And versions; not the place, nor the modes that Git does not keep."""
    seen = set()
    for place in ("here", "there"):
        file = tmp_path / place / "file"
        file.parent.mkdir()
        file.write_text("text")
        file.chmod(0o600 if place == "here" else 0o644)
        seen.add(digest_of(file.parent, [file, file.parent]))
    assert len(seen) == 1
    file.chmod(0o755)
    seen.add(digest_of(file.parent, [file]))
    file.write_text("another")
    seen.add(digest_of(file.parent, [file]))
    renamed = file.rename(file.with_name("renamed"))
    seen.add(digest_of(file.parent, [renamed]))
    seen.add(digest_of(file.parent, [renamed], "ansible-core"))
    assert len(seen) == 5
