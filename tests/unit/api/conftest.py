"""One service for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from unit.api.service import Service, serve


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service on an empty state."""
    with serve(tmp_path_factory.mktemp("service") / "home") as found:
        yield found
