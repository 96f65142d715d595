"""wt files: of clusters that are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import Wt
from worldtree.app.tasks.kept_files import KeptFiles, clusters_with_files
from worldtree.core.errors import ExitCode


@pytest.mark.parametrize("name", ["nosuchcluster", "..", "."])
def test_an_unknown_cluster_is_refused(wt: Wt, name: str) -> None:
    ran = wt("files", name)
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert f"unknown cluster `{name}`" in ran.err


def test_clusters_with_kept_files_are_known(tmp_path: Path) -> None:
    assert clusters_with_files(tmp_path) == []
    KeptFiles(tmp_path, "shop").directory.mkdir(parents=True)
    assert clusters_with_files(tmp_path) == ["shop"]
