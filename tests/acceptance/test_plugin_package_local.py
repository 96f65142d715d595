"""A component and a pipeline of another package, by ``wt`` alone, on a local host."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.workspace import ROOT, Outcome, Workspace
from unit.plugins.acme import write_acme, write_broken


def wt(place: Workspace, *arguments: str) -> Outcome:
    """Run in a new interpreter, which finds the packages on its own path."""
    process = place.start(*arguments)
    out, err = process.communicate(timeout=280)
    return Outcome(process.returncode, out, err)


def test_a_component_of_another_package_goes_all_the_way(tmp_path: Path) -> None:
    """Beside a broken package, which is named and changes nothing."""
    site = tmp_path / "site"
    write_acme(site)
    write_broken(site)
    place = Workspace(tmp_path, {"PYTHONPATH": f"{ROOT / 'compiler'}:{site}"})
    place.target.mkdir()
    place.write(
        {
            "hosts": [{"name": "here", "connection": "local"}],
            "components": {"notice": {"text": "hi", "directory": str(place.target)}},
        }
    )
    checked = wt(place, "validate")
    assert checked.code == 0, checked.err
    warned = checked.out + checked.err
    assert warned.count("[broken-plugin]") == 3
    assert "acme-broken 1.0" in warned
    assert "Traceback" not in warned
    compiled = wt(place, "compile", "--dir", "bundle")
    assert compiled.code == 0, compiled.err
    assert (tmp_path / "bundle/roles/notice/templates/notice.j2").is_file()
    applied = wt(place, "apply", "--yes", "-o", "json")
    assert applied.code == 0, applied.err + applied.out
    assert applied.hosts("notice/main/main") == {"here": "changed"}
    assert (place.target / "notice").read_text() == "hi\n"
    undone = wt(place, "rollback", "latest", "--yes", "-o", "json")
    assert undone.code == 0, undone.err + undone.out
    assert not (place.target / "notice").exists()


def describe(place: Workspace, text: str, directory: Path) -> None:
    """Write the document with the package's component."""
    place.write(
        {
            "hosts": [{"name": "here", "connection": "local"}],
            "components": {"notice": {"text": text, "directory": str(directory)}},
        }
    )


@pytest.mark.long  # Five runs; the test above runs the same package.
def test_a_pipeline_of_another_package_goes_all_the_way(tmp_path: Path) -> None:
    """With a parameter, the document before and facts: applied, resumed, rolled back."""
    site = tmp_path / "site"
    write_acme(site)
    place = Workspace(tmp_path, {"PYTHONPATH": f"{ROOT / 'compiler'}:{site}"})
    place.target.mkdir()
    describe(place, "one", place.target)
    compare = ("--pipeline", "compare", "--param", "mark=then")
    refused = wt(place, "apply", *compare, "--yes")
    assert refused.code == 2, refused.err
    assert "`wt facts --refresh -f cluster.yaml --cluster cluster`" in refused.err
    gathered = wt(place, "facts", "--refresh")
    assert gathered.code == 0, gathered.err
    applied = wt(place, "apply", "--yes")
    assert applied.code == 0, applied.err
    deep = place.target / "deep"
    describe(place, "two", deep)
    cut = wt(place, "apply", *compare, "--yes", "-o", "json")
    assert cut.hosts("notice/main/main") == {"here": "failed"}, cut.err
    deep.mkdir()
    resumed = wt(place, "resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err + resumed.out
    assert (deep / "notice").read_text() == "one then two on ['Linux']\n"
    undone = wt(place, "rollback", "latest", "--yes", "-o", "json")
    assert undone.code == 0, undone.err + undone.out
    assert not (deep / "notice").exists()
    assert (place.target / "notice").read_text() == "one\n"
