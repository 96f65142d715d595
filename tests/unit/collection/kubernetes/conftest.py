"""One API for all tests of the package, and an addon for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubernetes_api import Cluster, kubernetes_api, unavailable
from unit.collection.conftest import Run
from unit.collection.kubernetes.addon_under_test import Addon


@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    if why := unavailable():
        pytest.skip(why)
    with kubernetes_api() as found:
        yield found


@pytest.fixture
def addon(run: Run, cluster: Cluster, tmp_path: Path) -> Addon:
    return Addon(run, cluster, tmp_path / "state")


@pytest.fixture
def other(run: Run, cluster: Cluster, tmp_path: Path) -> Addon:
    return Addon(run, cluster, tmp_path / "state")
