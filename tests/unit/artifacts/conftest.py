"""A server of files, and a cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.artifacts.artifacts_of_tests import Fetching
from unit.artifacts.fault_server import FileServer, file_server


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A server without TLS."""
    with file_server() as served:
        yield served


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    """A fetcher with an empty cache."""
    return Fetching(tmp_path / "cache")
