"""What ends before anything is begun: the exit code, the words, and no task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unit.cli.conftest import Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode

pytestmark = pytest.mark.usefixtures("simulated")


def tasks(wt: Wt) -> Any:
    """Every task that there is."""
    return wt("tasks", "list", "-o", "json").json["items"]


def test_a_wrong_document_is_shown_whole(wt: Wt, tmp_path: Path) -> None:
    """Every problem at once."""
    spec = {**shop_spec(), "polcy": {}}
    spec["modules"][0]["tasks"][0]["steps"].append({"comand": {}})
    write_document(tmp_path / "cluster.yaml", spec)
    ran = wt("apply", "--yes")
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert "comand" in ran.err
    assert "polcy" in ran.err
    assert tasks(wt) == []


def test_a_missing_secret_is_reported_by_its_reference(
    wt: Wt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable set, the same document is applied."""
    spec = shop_spec()
    spec["modules"][0]["tasks"][0]["steps"][1]["copy"]["content"] = "${env:SHOP_PASSWORD}"
    write_document(tmp_path / "cluster.yaml", spec)
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    ran = wt("apply", "--yes")
    assert (ran.code, ran.out) == (ExitCode.INPUT, "")
    assert "${env:SHOP_PASSWORD}" in ran.err
    [refused] = tasks(wt)
    assert (refused["status"], refused["started"]) == ("refused", None)
    assert [one["slug"] for one in refused["problem"]["diagnostics"]] == ["secret-not-found"]
    monkeypatch.setenv("SHOP_PASSWORD", "a long enough one")
    assert wt("apply", "--yes").code == ExitCode.OK


def test_a_stale_bundle_is_refused_by_the_input_that_changed(wt: Wt, shop: Path) -> None:
    """The document is named when it says something else than the bundle."""
    assert wt("compile", "--dir", "b").code == ExitCode.OK
    spec = shop_spec()
    spec["modules"][0]["tasks"][0]["steps"][1]["copy"]["content"] = "good morning"
    write_document(shop, spec)
    ran = wt("apply", "-f", str(shop), "--dir", "b", "--yes")
    assert (ran.code, ran.out) == (ExitCode.REFUSED, "")
    assert "cluster.yaml" in ran.err
    assert tasks(wt) == []


def test_an_edited_bundle_is_refused_by_the_file_that_was_edited(wt: Wt, shop: Path) -> None:
    """Whatever the edit was."""
    assert wt("compile", "-f", str(shop), "--dir", "b").code == ExitCode.OK
    play = Path("b") / "plays" / "create-cluster.app.files.page.yml"
    play.write_text(play.read_text() + "# by hand\n")
    ran = wt("apply", "--dir", "b", "--yes")
    assert (ran.code, ran.out) == (ExitCode.REFUSED, "")
    assert f"plays/{play.name}" in ran.err
    assert tasks(wt) == []


@pytest.mark.usefixtures("shop")
def test_nobody_to_ask_is_refused(wt: Wt) -> None:
    """In a pipeline `--yes` has to be said."""
    ran = wt("apply")
    assert (ran.code, ran.out) == (ExitCode.REFUSED, "")
    assert "add --yes" in ran.err
    assert tasks(wt) == []


def test_work_that_cannot_be_undone_is_refused_where_the_policy_says_so(
    wt: Wt, tmp_path: Path
) -> None:
    """With `onIrreversible: confirm` it is confirmed like all else."""
    spec = {**shop_spec(), "policy": {"onFailure": "rollback", "onIrreversible": "refuse"}}
    spec["modules"][1]["tasks"][0]["steps"].append({"name": "run", "command": "true"})
    write_document(tmp_path / "cluster.yaml", spec)
    ran = wt("apply", "--yes")
    assert (ran.code, ran.out) == (ExitCode.REFUSED, "")
    assert "create-cluster/other/check/run" in ran.err
    spec["policy"]["onIrreversible"] = "confirm"
    write_document(tmp_path / "cluster.yaml", spec)
    assert wt("apply").code == ExitCode.REFUSED
    # What nobody confirmed was not asked for.
    assert [one["status"] for one in tasks(wt)] == ["refused"]
    assert wt("apply", "--yes").code == ExitCode.OK
