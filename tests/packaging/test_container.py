"""The container file says what is true: its user, its volume, its program and its health check.

No container is built: `docs/operations.md` says how. Instructions are read as its format defines
them, commands by a shell, the program's options by `wt`, and the health check asks a service.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.remote_service import serve
from acceptance.workspace import Workspace
from worldtree.cli.commands.serve import serve as serve_command

ROOT = Path(__file__).parents[2]
_FILE = ROOT / "deploy" / "container" / "Containerfile"
#: Instructions in order; lines that end with a backslash go on.
INSTRUCTIONS = [
    (line.partition(" ")[0], line.partition(" ")[2].strip())
    for line in re.sub(r"\\\n\s*", "", _FILE.read_text("utf-8")).splitlines()
    if line and not line.startswith("#")
]
_KNOWN = {
    *("ARG", "FROM", "COPY", "RUN", "ENV", "WORKDIR", "USER", "VOLUME", "EXPOSE"),
    *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}


def last(name: str) -> str:
    """Return the words of the last instruction of a kind: that holds for the image."""
    return [words for found, words in INSTRUCTIONS if found == name][-1]


def test_only_known_instructions_are_used() -> None:
    assert {name for name, _ in INSTRUCTIONS} <= _KNOWN
    bases = [words for name, words in INSTRUCTIONS if name == "FROM"]
    assert [words.split()[0] for words in bases] == ["${BASE}", "${BASE}"]


def test_the_program_is_not_root_and_keeps_its_state_in_the_volume() -> None:
    """The user is a number, so that a cluster can see that it is not root."""
    user, group = map(int, last("USER").split(":"))
    assert min(user, group) > 0
    assert any(
        f"--uid {user} --gid {group}" in words for name, words in INSTRUCTIONS if name == "RUN"
    )
    environment = dict(words.split("=", 1) for name, words in INSTRUCTIONS if name == "ENV")
    assert json.loads(last("VOLUME")) == [environment["WORLDTREE_HOME"]]
    assert environment["PATH"].startswith("/opt/worldtree/bin:")


def test_the_program_is_called_with_options_that_it_has() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["/opt/worldtree/bin/wt"]
    command, *options = json.loads(last("CMD"))
    assert command == "serve"
    found = serve_command.make_context("wt serve", options).params
    assert str(found["port"]) == last("EXPOSE")


@pytest.mark.parametrize("line", [words for name, words in INSTRUCTIONS if name == "RUN"])
def test_commands_can_be_parsed(line: str) -> None:
    done = subprocess.run(["sh", "-n", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_what_is_copied_is_there_and_is_sent() -> None:
    """The wheel is built first; `.containerignore` leaves out everything else."""
    ignore = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    sent = [line[1:] for line in ignore if line.startswith("!")]
    for name, words in INSTRUCTIONS:
        source = words.split()[0]
        if name != "COPY" or source.startswith("--from"):
            continue
        assert any(source == one or source.startswith(f"{one}/") for one in sent), source
        assert source.startswith("dist/") or (ROOT / source).exists()


@pytest.mark.once
@pytest.mark.long  # Starts a service.
def test_the_health_check_asks_the_service(tmp_path: Path) -> None:
    """Its program ends with 0 while the service answers, and with 1 before and after."""
    words = last("HEALTHCHECK")
    _, *arguments = json.loads(words[words.index("[") :])
    script = ROOT / "deploy" / "container" / "healthcheck.py"
    assert arguments == ["-I", "/opt/worldtree/healthcheck.py"]

    def check(port: int) -> int:
        env = {**os.environ, "WORLDTREE_HEALTH_PORT": str(port)}
        return subprocess.run([sys.executable, "-I", str(script)], env=env, check=False).returncode

    with serve(Workspace(tmp_path), "--tasks", "0") as serving:
        assert check(serving.port) == 0
    assert check(serving.port) == 1
