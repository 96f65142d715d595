"""The hosts get the package sources of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import sources
from lab.errors import LabError


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty apt configuration directory on a bookworm machine."""
    monkeypatch.setattr(sources, "codename", lambda: "bookworm")
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_deb822_stanzas_of_this_release_are_kept_without_comments(apt: Path) -> None:
    """Other vendors', disabled and source stanzas stay out."""
    (apt / "sources.list.d/debian.sources").write_text(
        "Types: deb\n# a remark\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\n\n"
        "Types: deb\nURIs: http://vendor\nSuites: nodistro\nComponents: main\n\n"
        "Enabled: no\nTypes: deb\nURIs: http://off\nSuites: bookworm\nComponents: main\n\n"
        "Types: deb-src\nURIs: http://src\nSuites: bookworm\nComponents: main\n"
    )
    assert sources.collect("bookworm", apt) == (
        "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\n"
    )


def test_one_line_sources_become_stanzas_with_their_key(apt: Path) -> None:
    """`deb [signed-by=…] URI SUITE COMPONENTS` keeps its key; sources of packages stay out."""
    (apt / "sources.list").write_text(
        "# mirror\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://m/debian bookworm main contrib"
        "\ndeb-src http://m/debian bookworm main\ndeb http://vendor stable main\n"
    )
    assert sources.collect("bookworm", apt) == (
        "Types: deb\nURIs: http://m/debian\nSuites: bookworm\nComponents: main contrib\n"
        "Signed-By: /usr/share/keyrings/k.gpg\n"
    )


def test_files_apt_does_not_read_are_not_read(apt: Path) -> None:
    """A disabled file's name ends otherwise; with nothing left the error says so."""
    (apt / "sources.list.d/x.list.disabled").write_text("deb http://m/debian bookworm main\n")
    with pytest.raises(LabError, match="No package source for bookworm"):
        sources.collect("bookworm", apt)


def test_sources_of_another_release_are_those_of_this_one(
    apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name replaces that of this machine's release in suites, and nowhere else."""
    (apt / "sources.list.d/debian.sources").write_text(
        "Types: deb\nURIs: http://bookworm.mirror/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\n"
    )
    assert sources.collect("trixie", apt) == (
        "Types: deb\nURIs: http://bookworm.mirror/debian\nSuites: trixie trixie-updates\n"
        "Components: main\n"
    )
    monkeypatch.setenv(sources.SUITE_VARIABLE, "trixie")
    assert sources.wanted_suite() == "trixie"
    monkeypatch.setenv(sources.SUITE_VARIABLE, "buster")
    with pytest.raises(LabError, match="no hosts of the Debian release buster"):
        sources.wanted_suite()
