"""``wt drift`` on a host with a local connection: a file edited by hand shows, with its diff."""

from __future__ import annotations

import json
from pathlib import Path

from acceptance.test_apply_local import module, sh, spec, task
from acceptance.workspace import Workspace


def test_an_edited_file_is_drift_until_it_is_put_back(tmp_path: Path) -> None:
    """No drift, drift with the diff, none again; unchecked nodes never count as clean."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    file = place.target / "app.conf"
    render = {"copy": {"content": "port = 1\n", "dest": str(file), "mode": "0644"}}
    marks = sh(f"touch {place.target}/mark")
    place.write(spec(module("m", task("t", render, marks, hosts="a"))))
    assert place.wt("apply", "--yes").code == 0

    clean = place.wt("drift", "--min-coverage", "50", "-o", "json")
    assert clean.code == 0, clean.err
    assert (clean.json["status"], clean.json["differs"]) == ("incomplete", [])
    assert clean.json["coverage"] == 50
    assert [one["node"] for one in clean.json["unknown"]] == ["create-cluster/m/t/s2"]

    file.write_text("port = 2\n")
    drifted = place.wt("drift", "-o", "json")
    assert (drifted.code, drifted.json["status"]) == (3, "drift")
    (one,) = drifted.json["differs"]
    assert (one["node"], one["host"]) == ("create-cluster/m/t/s1", "a")
    assert {"-port = 2", "+port = 1"} <= set(one["diff"])
    assert file.read_text() == "port = 2\n"

    table = place.wt("drift")
    assert table.code == 3
    assert "differs  m/t/s1 on a" in table.out
    assert "unknown  m/t/s2 on a" in table.out
    assert "+port = 1" in table.out

    file.write_text("port = 1\n")
    half = place.wt("drift")
    assert half.code == 3
    assert "no difference found; coverage 50 % (1 of 2" in half.out
    assert "the coverage of 50 % is below the required 100 %" in half.err
    listed = json.loads(place.wt("tasks", "list", "-o", "json").out)["items"]
    assert [t["command"] for t in listed] == ["drift"] * 4 + ["apply"]
    # Looking is no success: what was applied is still known, and nothing else.
    again = place.wt("apply", "--yes", "--changed", "-o", "json")
    assert set(again.statuses.values()) == {"skipped"}
    assert place.wt("rollback", listed[0]["id"], "--yes").code == 4
