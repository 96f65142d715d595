"""`--tags` and `--skip-tags`: the tasks that Ansible runs, and what counts as done after them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from acceptance.workspace import SHELL_LINE, Workspace

#: Tags and tags to skip.
CHOICES = [("reset,later,untagged", "conf"), ("deploy", "slow")]


class Logging:
    """A document whose tasks write to a log, and a playbook with the same roles and tasks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = Workspace(path)
        self.log = path / "log"

    def task(self, word: str, *tags: str, **more: Any) -> dict[str, Any]:
        line = f"echo {word} >> {self.log}"
        return {"name": word, SHELL_LINE: line, "tags": list(tags), **more}

    def role(self, name: str, **files: list[dict[str, Any]]) -> None:
        for part, tasks in files.items():
            folder, _, file = part.partition("__")
            target = self.path / "roles" / name / folder / f"{file}.yml"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(tasks))

    def lines(self) -> list[str]:
        """Return what was logged since the last call."""
        found = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return found

    def plain(self, playbook: Path, *options: str) -> list[str]:
        """Run ansible-playbook and return what it logged."""
        program = Path(sys.executable).with_name("ansible-playbook")
        # A bundle has its own inventory.
        more = ("-i", "h1,") if playbook.parent == self.path else ()
        subprocess.run(
            [program, playbook, *more, *options],
            cwd=playbook.parent,
            env={**os.environ},
            check=True,
            capture_output=True,
        )
        return self.lines()

    def write(self, *steps: dict[str, Any]) -> None:
        self.place.write(
            {
                "rolesPath": ["./roles"],
                "hosts": [{"name": "h1", "connection": "local"}],
                "facts": {"gather": "never"},
                "modules": [{"name": "m", "tasks": [{"name": "t", "steps": list(steps)}]}],
            }
        )


def options(tags: str, skipped: str) -> list[str]:
    """Return both options as words, where they are given."""
    given = (("--tags", tags), ("--skip-tags", skipped))
    return [word for option, value in given if value for word in (option, value)]


def test_the_tasks_that_ansible_runs_and_what_is_done_after_them(tmp_path: Path) -> None:
    """Roles, blocks, includes, handlers, a step's own tags; plain Ansible, `wt` and the bundle."""
    logging = Logging(tmp_path)
    place, task = logging.place, logging.task
    done = "worldtree_done"
    logging.role(
        "first",
        tasks__precheck=[
            task("look", changed_when=False),
            {"name": "Say", "ansible.builtin.set_fact": {done: False}, "tags": ["deploy"]},
        ],
        tasks__main=[
            task("a", "deploy", notify="handler"),
            task("b"),
            task("c", "deploy", "slow"),
            task("d", "reset", "never"),
            task("e", "always"),
            {"tags": ["deploy"], "block": [task("f"), {"include_tasks": "inner.yml"}]},
            {"include_tasks": "inner.yml", "tags": ["conf"]},
            {"import_tasks": "inner.yml", "tags": ["conf"]},
        ],
        tasks__inner=[task("g", "conf"), task("h")],
        handlers__main=[task("handler")],
    )
    logging.role("second", tasks__main=[task("k")])
    play = {
        "name": "third",
        "roles": [{"role": "second", "tags": ["deploy", "never"]}],
        "tasks": [task("l"), task("m", "slow")],
    }

    def shell(word: str) -> dict[str, Any]:
        return {"command": f"sh -c 'echo {word} >> {logging.log}'"}

    logging.write(
        {"name": "first", "role": "first"},
        {"name": "second", "role": "second", "tags": ["later"]},
        play,
        {**shell("n"), "name": "fourth", "tags": ["cmd"]},
        {**shell("o"), "name": "fifth", "tags": ["reset", "never"]},
        {**shell("p"), "name": "sixth", "tags": ["always"]},
    )
    site = tmp_path / "plain.yml"
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    shared = {"hosts": "h1", "gather_facts": False, "connection": "local", "vars": python}
    site.write_text(
        json.dumps(
            [
                {**shared, "roles": ["first"]},
                {**shared, "roles": ["second"], "tags": ["later"]},
                {**shared, "roles": play["roles"], "tasks": play["tasks"]},
                {**shared, "tasks": [task("n")], "tags": ["cmd"]},
                {**shared, "tasks": [task("o")], "tags": ["reset", "never"]},
                {**shared, "tasks": [task("p")], "tags": ["always"]},
            ]
        )
    )

    def apply(*more: str) -> tuple[list[str], dict[str, Any]]:
        ran = place.wt("apply", "--yes", "-o", "json", *more)
        assert ran.code == 0, ran.err
        return [line for line in logging.lines() if line != "look"], ran.json["cut"]

    whole = logging.plain(site)
    assert apply() == (whole, {})
    for tags, skipped in CHOICES:
        chosen = options(tags, skipped)
        wanted = logging.plain(site, *chosen)
        assert wanted
        found, cut = apply(*chosen)
        assert found == wanted
        # The second node alone was selected as a whole.
        assert cut == {
            f"create-cluster/m/t/{name}": " ".join(chosen) for name in ("first", "third")
        }
    assert place.wt("compile", "--dir", "bundle").code == 0
    by_hand = logging.plain(tmp_path / "bundle" / "site.yml", *chosen)
    assert [line for line in by_hand if line != "look"] == wanted

    assert apply("--changed", *chosen)[0] == []
    again = list(whole)
    for word in ("k", "n", "p"):  # The second, fourth and sixth node were done as a whole.
        again.remove(word)
    assert apply("--changed") == (again, {})


def test_a_resume_has_the_tags_of_its_task_and_a_rollback_undoes_what_ran(tmp_path: Path) -> None:
    logging = Logging(tmp_path)
    place, task = logging.place, logging.task
    gate = {"name": "Gate", SHELL_LINE: f"test -f {tmp_path}/gate"}
    logging.role(
        "app",
        tasks__main=[
            task("a", "deploy"),
            task("b"),
            {**gate, "tags": ["deploy"]},
            task("c", "deploy"),
            task("d"),
        ],
        tasks__rollback=[task("undo"), task("undo-slow", "slow")],
    )
    logging.role("reset", tasks__main=[task("g")], tasks__rollback=[task("undo-reset")])
    logging.role("other", tasks__main=[task("e", "deploy"), task("f", "slow", "deploy")])
    reset = {"name": "reset", "role": "reset", "tags": ["never", "deploy"]}
    logging.write({"name": "app", "role": "app"}, {"name": "other", "role": "other"}, reset)
    chosen = ("--tags", "deploy", "--skip-tags", "slow")
    stopped = place.wt("apply", "--yes", "-o", "json", *chosen)
    assert stopped.code == 1, stopped.err
    assert logging.lines() == ["a"]
    (tmp_path / "gate").touch()
    resumed = place.wt("resume", "--yes", "-o", "json")
    assert resumed.code == 0, resumed.err
    assert logging.lines() == ["a", "c", "e", "g"]
    assert resumed.json["cut"].keys() == {"create-cluster/m/t/app", "create-cluster/m/t/other"}
    undone = place.wt("rollback", resumed.json["task_id"], "--yes", "-o", "json")
    assert logging.lines() == ["undo-reset", "undo", "undo-slow"]
    assert undone.json["cut"] == {}
