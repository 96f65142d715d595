"""wt kubeconfig: what a task brought from a control plane."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import Wt
from worldtree.app.tasks.kept_files import KeptFiles
from worldtree.core.errors import ExitCode


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The directory of the kubeconfigs of the cluster `shop`, with that of `admin`."""
    directory = KeptFiles(tmp_path / "state", "shop").directory / "kubeconfig" / "shop"
    directory.mkdir(parents=True)
    (directory / "admin.conf").write_text("kind: Config\n")
    return directory


@pytest.mark.usefixtures("kept")
def test_it_is_printed(wt: Wt) -> None:
    ran = wt("kubeconfig", "shop")
    assert (ran.code, ran.out) == (ExitCode.OK, "kind: Config\n")


@pytest.mark.usefixtures("kept")
def test_a_file_of_it_is_private(wt: Wt, tmp_path: Path) -> None:
    """Also where a file was there that others could read."""
    target = tmp_path / "config"
    target.write_text("old")
    target.chmod(0o644)
    assert wt("kubeconfig", "shop", "--to", str(target)).code == ExitCode.OK
    assert target.read_text() == "kind: Config\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob(".config*")] == []


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("user", ["alice", "../admin", "", "."])
def test_one_that_is_not_kept_is_refused(wt: Wt, user: str) -> None:
    ran = wt("kubeconfig", "shop", "--user", user)
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert f"no kubeconfig of `{user}` is kept for the cluster `shop`" in ran.err
    assert "there is one of `admin`" in ran.err


def test_without_any_the_help_says_what_brings_one(wt: Wt, kept: Path) -> None:
    (kept / "admin.conf").unlink()
    assert "`wt apply` brings that of `admin`" in wt("kubeconfig", "shop").err


@pytest.mark.usefixtures("kept")
def test_a_file_that_cannot_be_written_is_named(wt: Wt, tmp_path: Path) -> None:
    target = tmp_path / "none" / "config"
    ran = wt("kubeconfig", "shop", "--to", str(target))
    assert ran.code == ExitCode.INPUT
    assert f"{target} cannot be written: No such file or directory" in ran.err
