"""``--dry-run``, ``--check --diff`` and ``--step`` on hosts with a local connection."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from acceptance.workspace import Workspace


def spec(target: Path) -> dict[str, Any]:
    """Two files and a command on one host."""
    page = {"dest": str(target / "page"), "content": "{{ words }}\n", "mode": "0644"}
    steps = [
        {"name": "home", "directory": {"path": str(target), "mode": "0755"}},
        {"name": "page", "copy": page, "vars": {"words": "new"}},
        {"name": "count", "command": {"argv": ["sh", "-c", f"echo x >> {target}/count"]}},
    ]
    return {
        "hosts": [{"name": "a", "connection": "local"}],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": steps}]}],
    }


def content(directory: Path) -> dict[str, str]:
    """Text of every file, and every directory."""
    return {
        str(path.relative_to(directory)): path.read_text() if path.is_file() else ""
        for path in directory.rglob("*")
    }


def test_a_check_changes_nothing_and_shows_what_would(tmp_path: Path) -> None:
    """A rendered file is compared with the one on the host; a command is unknown until run."""
    place = Workspace(tmp_path)
    place.target.mkdir()
    place.write(spec(place.target))
    (place.target / "page").write_text("old\n")
    (place.target / "page").chmod(0o644)
    before = content(place.target)
    ran = place.wt("apply", "--check", "--diff")
    assert ran.code == 0, ran.err + ran.out
    assert content(place.target) == before
    assert "\n-old\n+new\n" in ran.out
    page = place.target / "page"
    assert f"\n--- {page}\n+++ {page}\n" in ran.out
    assert "unknown until run: `command` does not support check mode" in ran.out
    assert "check: nothing was changed; 1 change would be made, 1 of 3" in ran.out
    logs = place.wt("tasks", "logs", "--node", "*/page")
    assert "    -old\n    +new\n" in logs.out
    # A dry run contacts nobody, and knows how long nothing takes: a check is not the work.
    rehearsed = place.wt("apply", "--dry-run", "-o", "json").json
    assert {node["basis"] for node in rehearsed["nodes"]} == {"kind"}
    assert content(place.target) == before


def test_steps_by_hand(tmp_path: Path) -> None:
    """Variables of a step and of a role's call are edited, a node is skipped; the log shows it."""
    place = Workspace(tmp_path)
    work = tmp_path / "roles" / "notice"
    text = f"{{dest: {place.target}/notice, content: '{{{{ notice_text }}}}'}}"
    for name, lines in {
        "vars/main.yml": "notice_text: of the role\n",
        "tasks/main.yml": f"- copy: {text}\n",
    }.items():
        (work / name).parent.mkdir(parents=True)
        (work / name).write_text(lines)
    wanted = spec(place.target)
    notice = {"role": "notice", "vars": {"notice_text": "of the step"}}
    wanted["modules"][0]["tasks"][0]["steps"].append(notice)
    place.write({**wanted, "rolesPath": ["./roles"], "facts": {"gather": "never"}})
    script = "run\nedit words=edited\nvars\nrun\nskip\nedit notice_text=by hand\nrun\n"
    process = place.start("apply", "--step", "-o", "json", stdin=subprocess.PIPE)
    ran = process.finish(script)
    assert ran.code == 0, ran.err
    assert (place.target / "page").read_text() == "edited\n"
    assert (place.target / "notice").read_text() == "by hand"
    assert not (place.target / "count").exists()
    assert ran.nodes["m/t/count"]["hosts"]["a"]["message"] == "skipped in the debugger"
    logs = place.wt("tasks", "logs")
    assert "variables edited in the debugger: words=edited" in logs.out
    # What was edited by hand is not what the document asks for.
    again = place.wt("apply", "--changed", "--yes", "-o", "json")
    assert again.hosts("m/t/home") == {"a": "skipped"}
    assert again.hosts("m/t/page") == {"a": "changed"}
    assert (place.target / "page").read_text() == "new\n"
    assert (place.target / "notice").read_text() == "of the step"
