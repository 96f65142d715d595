"""Random documents in one ansible-playbook, and by `wt` with failures, kills and selections.

`tests/unit/runner/test_random_memory.py` tries many more, without `wt` itself.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.workspace import Workspace
from crash import processes
from examples import own_share
from homes import open_store
from memory_documents import HOSTS, Drawn, Printed, draw_document, printed
from worldtree.results.events import EventKind

#: A callback for Ansible alone that writes what each task printed on each host.
PRINTED = """
import json
import os
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "notification", "printed"

    def v2_playbook_on_play_start(self, play):
        self.play = play.get_name()

    def _write(self, result, status):
        with open(os.environ["PRINTED"], "a") as file:
            said = result._result.get("stdout", "")
            task = result._task.name or result._task.action
            line = [self.play, result._host.get_name(), task, status, said]
            file.write(json.dumps(line) + "\\n")

    def v2_runner_on_ok(self, result):
        self._write(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write(result, "failed")

    def v2_runner_on_skipped(self, result):
        self._write(result, "skipped")
"""
#: What is done to an apply, by the last digits of the seed.
HABITS = ("whole", "resume", "retry", "kill", "only", "changed")


class Trial:
    """One document, run by Ansible alone and by ``wt`` with one of the habits."""

    def __init__(self, path: Path, seed: int) -> None:
        self._draw = random.Random(seed)
        self.habit = HABITS[seed % len(HABITS)]
        self.place = Workspace(path)
        self.drawn: Drawn = draw_document(
            self._draw,
            path,
            hidden=self.habit in {"whole", "retry"},
            retries=self.habit == "retry",
        )
        self.place.write(self.drawn.spec)

    def check(self) -> None:
        """Run both; what roles saw and what tasks printed is the same."""
        pages, lines = self._run_plain()
        assert len(pages) == sum(map(len, self.drawn.hosts.values()))
        self.drawn.clear()
        roles = getattr(self, f"_{self.habit}")()
        assert self.drawn.pages == {n: p for n, p in pages.items() if n.split("-")[0] in roles}
        shown = self._printed()
        assert shown == {name: lines[name] for name in shown}
        assert {name.split()[0] for name in shown} == set(roles)

    def _run_plain(self) -> tuple[dict[str, object], Printed]:
        compiled = self.place.wt("compile")
        assert compiled.code == 0, compiled.err
        plugins = self.place.path / "plugins"
        plugins.mkdir()
        (plugins / "printed.py").write_text(PRINTED)
        file = self.place.path / "printed"
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                "site.yml",
                "-l",
                ",".join(HOSTS),
            ],
            cwd=self.place.path / "build" / "cluster",
            env={
                **self.place.environment,
                "PATH": os.environ["PATH"],
                "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
                "ANSIBLE_CALLBACKS_ENABLED": "printed",
                "PRINTED": str(file),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        lines = (json.loads(line) for line in file.read_text().splitlines())
        return self.drawn.pages, printed(lines)

    def _printed(self) -> Printed:
        """Return what the newest task's last run of each node printed on each host."""
        last: dict[tuple[str, str], str] = {}
        with open_store(self.place.home) as store:
            (newest, *_) = store.list_tasks()
            kinds = (EventKind.HOST_TASK_FINISHED,)
            events = list(store.events(newest.id, kinds=kinds))
        for event in events:
            last[event.node or "", event.host or ""] = event.attempt or ""

        def lines() -> Iterator[tuple[str, str, str, str, str]]:
            for event in events:
                node, host = event.node or "", event.host or ""
                if last[node, host] == event.attempt:
                    status, said = event.status or "", event.stdout or ""
                    yield node, host, event.name or "", status, said

        return printed(lines())

    def _wt(self, *arguments: str, code: int = 0) -> None:
        done = self.place.wt(*arguments, "--yes")
        assert done.code == code, done.err + done.out

    def _fail_once(self) -> None:
        """Let one role fail, on some of its hosts."""
        role = self._draw.choice(list(self.drawn.hosts))
        hosts = self.drawn.hosts[role]
        for host in self._draw.sample(hosts, self._draw.randint(1, len(hosts))):
            self.drawn.gate(role, host).unlink(missing_ok=True)

    # ---- the habits; each returns the roles that ran since the files were removed --------------

    def _whole(self) -> list[str]:
        self._wt("apply")
        return list(self.drawn.hosts)

    def _retry(self) -> list[str]:
        self._fail_once()
        return self._whole()

    def _resume(self) -> list[str]:
        for _ in range(2):
            self._fail_once()
        for arguments in (["apply"], ["resume"], ["resume"]):
            done = self.place.wt(*arguments, "--yes")
            if done.code == 0:
                break
        assert done.code == 0, done.err + done.out
        return list(self.drawn.hosts)

    def _kill(self) -> list[str]:
        command = "apply"
        for _ in range(self._draw.randint(1, 3)):
            with self.place.start(command, "--yes") as running:
                part = self._draw.choice(processes.PARTS)
                end = time.monotonic() + self._draw.uniform(0.5, 9.0)
                while time.monotonic() < end and running.poll() is None:
                    time.sleep(0.02)
                for pid in processes.by_part(self.place.home, running.pid)[part][:1]:
                    os.kill(pid, signal.SIGKILL)
                running.communicate()
            with open_store(self.place.home) as store:
                command = "resume" if store.list_tasks() else "apply"
            if command == "resume" and running.returncode == 0:
                return list(self.drawn.hosts)
        self._wt(command)
        return list(self.drawn.hosts)

    def _only(self) -> list[str]:
        self._wt("apply")
        self.drawn.clear()
        role = self._draw.choice(list(self.drawn.hosts))
        self._wt("apply", "--only", f"m/{role}")
        return [role]

    def _changed(self) -> list[str]:
        """Change a role; that and all that need it run again."""
        self._wt("apply")
        self.drawn.clear()
        roles = list(self.drawn.hosts)
        place = self._draw.randrange(len(roles))
        file = self.place.path / "roles" / roles[place] / "tasks" / "main.yml"
        file.write_text(file.read_text() + "\n# changed\n")
        self._wt("apply", "--changed")
        return sorted({name.split("-")[0] for name in self.drawn.pages} | {roles[place]})


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", own_share(range(0, 72, 6)))
def test_a_role_knows_it_whatever_happens(tmp_path: Path, first: int) -> None:
    """Dozens of documents, with each habit in turn; the Pythons share them."""
    for seed in range(first, first + 6):
        Trial(tmp_path / str(seed), seed).check()
