"""Steps of several roles and tasks: resumed, checked for drift, and removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acceptance.workspace import SHELL_LINE, Workspace


def role(place: Path, name: str, **parts: list[dict[str, Any]]) -> None:
    """Write a role; ``parts`` are its files by name, ``tasks`` and ``handlers`` their main one."""
    for part, tasks in parts.items():
        is_entry = part not in ("tasks", "handlers")
        file = place / "roles" / name / ("tasks" if is_entry else part)
        file.mkdir(parents=True, exist_ok=True)
        (file / f"{part if is_entry else 'main'}.yml").write_text(json.dumps(tasks))


def test_a_play_is_resumed_with_its_handlers_and_removed_in_reverse(tmp_path: Path) -> None:
    """The handlers of the first role and of the play run in the resume on the host that failed."""
    place = Workspace(tmp_path)

    def log(word: str) -> dict[str, Any]:
        line = f"echo {word} {{{{ inventory_hostname }}}} >> {tmp_path}/log"
        return {"name": word, SHELL_LINE: line, "changed_when": False}

    def write(name: str) -> dict[str, Any]:
        file = {"dest": f"{tmp_path}/{name}.{{{{ inventory_hostname }}}}", "mode": "0600"}
        return {"name": f"Write {name}", "ansible.builtin.copy": {"content": "x", **file}}

    restart = {**log("base-handler"), "name": "Restart base"}
    role(tmp_path, "base", tasks=[log("base")], handlers=[restart], remove=[log("remove-base")])
    config = {**write("config"), "notify": ["Restart base", "Tell"]}
    role(tmp_path, "app", tasks=[config], remove=[log("remove-app")])
    gate = {
        "name": "Gate",
        SHELL_LINE: f"test -f {tmp_path}/gate",
        "when": "inventory_hostname == 'h2'",
        "changed_when": False,
    }
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "site.yml").write_text(json.dumps([gate, write("page")]))
    play = {
        "name": "site",
        "roles": ["base", "app"],
        "tasks": "tasks/site.yml",
        "handlers": [{**log("play-handler"), "name": "Tell"}],
    }
    place.write(
        {
            "rolesPath": ["./roles"],
            "hosts": [{"name": "h[1:2]", "connection": "local"}],
            "facts": {"gather": "never"},
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [play]}]}],
        }
    )

    def logged() -> list[str]:
        return (tmp_path / "log").read_text().splitlines()

    stopped = place.wt("apply", "--yes", "-o", "json")
    assert stopped.code == 3, stopped.err
    assert stopped.hosts("m/t/site") == {"h1": "changed", "h2": "failed"}
    assert sorted(logged()) == ["base h1", "base h2", "base-handler h1", "play-handler h1"]
    (tmp_path / "gate").touch()
    (tmp_path / "log").unlink()
    resumed = place.wt("resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert logged() == ["base h2", "base-handler h2", "play-handler h2"]

    assert place.wt("drift").code == 0
    (tmp_path / "page.h1").unlink()
    drifted = place.wt("drift", "-o", "json")
    assert drifted.code == 3
    assert "page.h1" in drifted.out

    (tmp_path / "log").unlink()
    removed = place.wt("destroy", "--yes", "-o", "json")
    assert removed.code == 0, removed.err
    assert [line.split()[0] for line in logged()] == [*["remove-app"] * 2, *["remove-base"] * 2]
    (tmp_path / "log").unlink()
    again = place.wt("apply", "--changed", "--yes", "-o", "json")
    assert again.changed == ["m/t/site on h1"], "its page was gone"
    assert {"base h1", "base h2"} <= set(logged()), "what was removed is not unchanged"


def test_a_check_of_a_play_runs_none_of_its_tasks_for_real(tmp_path: Path) -> None:
    """Nor one that reads the output of a command, which only a real run knows."""
    place = Workspace(tmp_path)
    say = {"ansible.builtin.shell": f"echo ran >> {tmp_path}/log"}
    copy = {"content": "{{ out.stdout }}", "dest": f"{tmp_path}/out", "mode": "0600"}
    tasks = [
        {**say, "check_mode": False},
        {"ansible.builtin.command": "echo hello", "register": "out"},
        {"ansible.builtin.copy": copy},
    ]
    place.write(
        {
            "hosts": [{"name": "h1", "connection": "local"}],
            "facts": {"gather": "never"},
            "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"tasks": tasks}]}]}],
        }
    )
    assert place.wt("apply", "--yes").code == 0
    checked = place.wt("apply", "--check")
    assert "2 Ansible tasks were left out of the check" in checked.out + checked.err
    assert "coverage 0 %" in place.wt("drift").out
    assert (tmp_path / "log").read_text() == "ran\n"
