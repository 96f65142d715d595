"""A handler whose name was written without a secret in it is found again by the next try."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from worldtree.runner.inside.notified_handlers import NotifiedHandlers
from worldtree.secrets.redact import Redactor


class Handler:
    """A handler of a role that nothing has notified yet."""

    def __init__(self, name: str) -> None:
        self.name, self.listen = name, ()

    def get_name(self) -> str:
        return self.name

    def is_host_notified(self, _host: object) -> bool:
        return False


class Iterator:
    """What Ansible's play iterator has of one host and these handlers."""

    def __init__(self, *names: str) -> None:
        self.host_states = {"h1": None}
        self._play = SimpleNamespace(pre_tasks=[])
        self.notified: list[str] = []
        self.handlers = [Handler(name) for name in names]

    def get_state_for_host(self, _name: str) -> Any:
        return SimpleNamespace(handler_notifications=list(self.notified))

    def add_notification(self, _host: str, name: str) -> None:
        self.notified.append(name)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("*** : restart ***", ["nginx : restart nginx"]),
        # Two names are the same without the secrets: either may be it.
        ("start *** now", ["start nginx now", "start mysql now"]),
        ("reload", ["reload"]),
        ("gone ***", ["gone ***"]),
    ],
)
def test_a_masked_name_is_looked_up(tmp_path: Path, written: str, wanted: list[str]) -> None:
    file = tmp_path / "notified.json"
    file.write_text(json.dumps({"work": {"h1": [written]}}))
    redactor = Redactor(["nginx", "mysql"])
    iterator = Iterator("nginx : restart nginx", "start nginx now", "start mysql now", "reload")
    progress: Any = SimpleNamespace(iterator=iterator)
    handlers = NotifiedHandlers(str(file), progress, lambda _host, _names: None, redactor.text)
    handlers.begin("work")
    host = SimpleNamespace(get_name=lambda: "h1")
    handlers.note(SimpleNamespace(_host=host, _task=object(), _result={}), "runner_on_ok")
    assert iterator.notified == wanted
