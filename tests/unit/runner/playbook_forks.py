"""Runs ansible-playbook with WorldTree's journal in forks of a process that has Ansible loaded.

A run takes a fifth of a second, so that tests can try many plays. What a play does is written by
the action ``step`` (see ``STEP``), which knows what ran, whatever Ansible reports.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_runner.utils import get_callback_dir

from worldtree.results.events import Event
from worldtree.runner.control.recorded_run import RecordedRun
from worldtree.runner.control.translate import translate
from worldtree.runner.inside.journal import JournalReader
from worldtree.runner.inside.plugins import callback as plugins

#: Seconds after which a play counts as hanging; most take less than one.
_LONGEST_PLAY = 300
#: Modules that every run needs.
_PRELOADED = (
    "ansible.executor.playbook_executor",
    "ansible.plugins.action.normal",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.free",
    "ansible.plugins.strategy.linear",
    "worldtree.runner.inside.play_end_reporter",
    "worldtree.secrets.live_redactor",
)
#: Inventory plugins that Ansible tries on each source.
_INVENTORY_PLUGINS = ("host_list", "script", "auto", "yaml", "ini", "toml")
#: Callbacks of which Ansible reads the options to find those that are enabled.
_CALLBACKS = ("default", "junit", "minimal", "oneline", "tree")
#: The play of this name follows the play under test: Ansible has not lost the hosts that run it.
NEXT = "next"
ATTEMPT = "x"

#: An action that writes ``host name`` to a log, then fails or loses the connection where told.
STEP = """
import os
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        host, args = task_vars["inventory_hostname"], self._task.args
        with open(os.environ["STEP_LOG"], "a") as log:
            log.write(f"{host} {args['name']}\\n")
        if host in args.get("lost", ()):
            raise AnsibleConnectionFailure("gone")
        facts = {"ansible_facts": args["facts"]} if "facts" in args else {}
        return {**facts, **{name: host in args.get(name, ()) for name in ("failed", "changed")}}
"""


@dataclass(frozen=True)
class Ran:
    """What one ansible-playbook did."""

    code: int
    output: str
    #: ``(host, name)`` of each step that ran, in order.
    steps: list[tuple[str, str]]
    journal: Path
    #: Its inventory and its files by path, as given.
    files: Mapping[str, Any]

    @property
    def events(self) -> list[Event]:
        """The events of its journal."""
        lines = JournalReader(self.journal).read()
        found = (translate(fields, ATTEMPT, number) for number, fields in lines)
        return [event for event in found if event is not None]

    @property
    def recorded(self) -> RecordedRun:
        """What ansible-runner's callback wrote of it, in the order of the events."""
        files = (self.journal.parent / "job_events").glob("*-partial.json")
        events = sorted(map(_event, files), key=lambda event: str(event["created"]))
        data = events[0]["event_data"]
        return RecordedRun(
            directory=self.journal.parent,
            ident="run",
            playbook=data["playbook"],
            playbook_uuid=data["playbook_uuid"],
            state="finished",
            rc=self.code,
            options={},
            environment={},
            events=events,
        )

    def of(self, host: str) -> list[str]:
        """Return the steps that ran on a host, in order."""
        return [step for one, step in self.steps if one == host]

    def did(self, name: str) -> set[str]:
        """Return the hosts on which a step ran."""
        return {host for host, step in self.steps if step == name}


def _event(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


class PlaybookForks:
    """A process that forks an ansible-playbook for each run; ``close`` ends it.

    With ``recorded``, ansible-runner's own callback writes its events, too. With ``inline``, tasks
    that do little run without forks of their own, which takes a third of the time.
    """

    def __init__(self, place: Path, *, recorded: bool = False, inline: bool = False) -> None:
        self._place = place
        given = {"recorded": recorded, "inline": inline}
        (place / "actions").mkdir(parents=True)
        (place / "actions" / "step.py").write_text(STEP)
        # Ansible looks for results less often, which would take a third of the processor time.
        (place / "ansible.cfg").write_text("[defaults]\ninternal_poll_interval = 0.004\n")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "ANSIBLE_CONFIG": str(place / "ansible.cfg"),
            "ANSIBLE_ACTION_PLUGINS": str(place / "actions"),
            "ANSIBLE_CALLBACK_PLUGINS": f"{plugins.__path__[0]}:{get_callback_dir()}",
            "ANSIBLE_CALLBACKS_ENABLED": "worldtree_journal",
            "ANSIBLE_LOCAL_TEMP": str(place / "tmp"),
            "ANSIBLE_FORKS": "8",
            **({"ANSIBLE_STDOUT_CALLBACK": "awx_display"} if recorded else {}),
        }
        options = [name for name, is_set in given.items() if is_set]
        self._process = subprocess.Popen(
            [sys.executable, __file__, *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._runs = 0

    def run(
        self,
        plays: Sequence[Mapping[str, Any]],
        hosts: Sequence[str],
        files: Mapping[str, Any] | None = None,
        notified: Mapping[str, Any] | None = None,
        memory: Mapping[str, Any] | None = None,
        limit: Sequence[str] = (),
    ) -> Ran:
        """Run plays on local ``hosts``; ``files`` are further YAML files, or texts, by path.

        A text that begins with ``#!`` is executable.
        ``notified`` are the handlers that an earlier try left: play -> host -> names; ``memory``
        is what earlier runs learnt, as in ``RunRequest``. ``limit`` names the hosts to run on.
        """
        self._runs += 1
        here = self._place / f"run-{self._runs}"
        here.mkdir()
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = {"all": {"hosts": dict.fromkeys(hosts, local)}}
        for path, data in {"site.yml": plays, "hosts.yml": inventory, **(files or {})}.items():
            (here / path).parent.mkdir(parents=True, exist_ok=True)
            (here / path).write_text(data if isinstance(data, str) else json.dumps(data))
            if isinstance(data, str) and data.startswith("#!"):
                (here / path).chmod(0o700)
        (here / "notified").write_text(json.dumps(notified or {}))
        (here / "memory").write_text(json.dumps(memory or {}))
        (here / "limit").write_text("\n".join(limit or hosts))
        (here / "steps").touch()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{here}\n")
        self._process.stdin.flush()
        answered, _, _ = select.select([self._process.stdout], [], [], _LONGEST_PLAY)
        assert answered, f"the play does not end: {(here / 'output').read_text()}"
        code = int(self._process.stdout.readline())
        steps = [line.split(" ", 1) for line in (here / "steps").read_text().splitlines()]
        output = (here / "output").read_text()
        ran = [(host, name) for host, name in steps]
        return Ran(code, output, ran, here / "journal", {"site.yml": plays, **(files or {})})

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _serve() -> None:
    """Run the playbook of each directory on stdin; write its exit code."""
    from ansible.cli.playbook import PlaybookCLI
    from ansible.plugins import loader

    loader.init_plugin_loader()
    for name in _PRELOADED:
        importlib.import_module(name)
    # Reads what each play would read again: redirects of names, and the options of plugins.
    importlib.import_module("ansible_collections.ansible.builtin")
    deque(loader.connection_loader.all(class_only=True), maxlen=0)
    deque(loader.become_loader.all(class_only=True), maxlen=0)
    for name in _INVENTORY_PLUGINS:
        loader.inventory_loader.get(name, class_only=True)
    for name in _CALLBACKS:
        loader.callback_loader.get(name, class_only=True)
    if "recorded" in sys.argv:
        from worldtree.runner.inside import ansible_patches

        # Our journal has ansible-runner's callback leave out what it has itself.
        ansible_patches.omit_results_from_display = lambda: None
    if "inline" in sys.argv:
        importlib.import_module("unit.runner.inline_workers").run_tasks_inline()
    gc.freeze()  # So that forks keep sharing the memory.
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _run(line.strip(), PlaybookCLI)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(directory: str, program: Any) -> None:
    code = 250
    try:
        os.chdir(directory)
        output = os.open("output", os.O_WRONLY | os.O_CREAT, 0o600)
        null = os.open(os.devnull, os.O_RDONLY)
        for number, target in ((0, null), (1, output), (2, output)):
            os.dup2(target, number)
        os.environ["WORLDTREE_JOURNAL"] = f"{directory}/journal"
        os.environ["AWX_ISOLATED_DATA_DIR"] = directory
        os.environ["STEP_LOG"] = f"{directory}/steps"
        os.environ["WORLDTREE_NOTIFIED"] = f"{directory}/notified"
        os.environ["WORLDTREE_HOST_MEMORY"] = f"{directory}/memory"
        program.cli_executor(["ansible-playbook", "-i", "hosts.yml", "-l", "@limit", "site.yml"])
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
