"""Writes what ansible-runner records of a run, as its execution nodes leave it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from worldtree.plan.ids import file_stem

PLAYBOOK = "29c2629d-81d7-40d5-a5be-82ccf7268bf1"
#: ``(play, host, status, result)``; a status of ``None`` begins a play without a task.
Step = tuple[str, str, str | None, Mapping[str, Any]]


def write_recording(
    directory: Path,
    steps: Sequence[Step],
    *,
    playbook: str = "site.yml",
    words: Sequence[str] = (),
    status: str = "successful",
    rc: int = 0,
    stats: bool = True,
    where: str = "/runner/project",
    minute: int = 0,
    uuid: str = PLAYBOOK,
) -> Path:
    """Write a recording of ``steps`` to ``directory`` and return it."""
    common = {"playbook": playbook, "playbook_uuid": uuid}
    events: list[tuple[str, dict[str, Any]]] = [("playbook_on_start", common)]
    play, counts = "", {"failures": dict[str, int](), "dark": dict[str, int]()}
    for name, host, state, result in steps:
        if name != play:
            play = name
            events.append(("playbook_on_play_start", {**common, "play": play}))
        if state is None:
            continue
        task = {
            "play": play,
            "host": host,
            "task": "Work",
            "resolved_action": "ansible.builtin.command",
            "task_path": f"{where}/plays/{file_stem(play)}.yml:2",
        }
        events.append(("runner_on_start", {**common, **task}))
        changed = {"changed": True} if state == "changed" else {}
        kind = "ok" if state == "changed" else state
        events.append((f"runner_on_{kind}", {**common, **task, "res": {**changed, **result}}))
        for key, word in (("failures", "failed"), ("dark", "unreachable")):
            if state == word:
                counts[key][host] = counts[key].get(host, 0) + 1
    if stats:
        events.append(("playbook_on_stats", {**common, **counts}))
    (directory / "job_events").mkdir(parents=True)
    for number, (kind, data) in enumerate(events, 1):
        created = f"2026-11-29T12:{minute:02}:{number:02}.000000+00:00"
        event = {"event": kind, "event_data": data, "created": created, "counter": number}
        event["runner_ident"] = directory.name
        (directory / "job_events" / f"{number}-x{number}.json").write_text(json.dumps(event))
    command = {"command": ["ansible-playbook", playbook, *words], "env": {}, "cwd": where}
    (directory / "command").write_text(json.dumps(command))
    (directory / "status").write_text(status)
    (directory / "rc").write_text(str(rc))
    return directory
