"""What Ansible executes is recognised by its exact text, or not at all."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from unit.collection.warm_servers import program_of

_CORE = "WORLDTREE_ATTEMPT=x TEXT='it'\"'\"'s' /usr/bin/python3"
_SHOWN = f"echo BECOME-SUCCESS-abc ; {_CORE}"
_SUDO = f"sudo -H -S -n  -u app /bin/sh -c {shlex.quote(_SHOWN)}"


@pytest.fixture
def payload(plugins: Callable[[str], Any]) -> Any:
    """The module ``payload``."""
    return plugins("plugin_utils.warm.payload")


def _sh(text: str) -> str:
    return f"/bin/sh -c {shlex.quote(text)}"


@pytest.mark.parametrize("end", ["", " && sleep 0"])
def test_commands_of_both_cores_are_taken_apart(payload: Any, end: str) -> None:
    found = payload.parse_command(_sh(_CORE + end))
    assert found.environment == {"WORLDTREE_ATTEMPT": "x", "TEXT": "it's"}
    assert (found.interpreter, found.sleeps) == ("/usr/bin/python3", bool(end))
    assert found.with_environment(found.environment) == _sh(_CORE + end)
    assert "TEXT" not in found.with_environment({"WORLDTREE_ATTEMPT": "x"})


@pytest.mark.parametrize(
    "text",
    [
        _sh(f"{_CORE} -s"),
        _sh(f"{_CORE}; true"),
        _sh(f"{_CORE} && sleep 1"),
        _sh("python3"),
        _sh("A-B=c /usr/bin/python3"),
        _sh("A=$(id) /usr/bin/python3"),
        _sh("A='b  /usr/bin/python3"),
        _sh(_SUDO),
        _sh(_SHOWN),
        f"sudo -u app {_sh(_CORE)}",
        "/usr/bin/python3",
        f"/bin/sh -c '{_CORE}",
        "",
    ],
)
def test_other_commands_are_not(payload: Any, text: str) -> None:
    with pytest.raises(payload.Unrecognised):
        payload.parse_command(text)


def test_variables_that_a_start_of_python_reads_are_named(payload: Any) -> None:
    given = ("PATH", "LC_ALL", "TZ", "PYTHONPATH", "LANGUAGES", "HOME", "WORLDTREE_ATTEMPT")
    assert payload.startup_variables(given) == ["HOME", "LC_ALL", "PYTHONPATH"]


def test_programs_of_the_installed_core_are_known(payload: Any) -> None:
    """A release whose wrapper is new has to be looked at: nothing goes warm with it."""
    call = payload.parse_module(program_of("ping"))
    assert (call.module, call.profile, call.rlimit_nofile) == ("ansible.modules.ping", "legacy", 0)
    assert b"it's 'x'" in call.parameters


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"import os.path", b"import os.path "),
        (b"rlimit_nofile=0", b"rlimit_nofile=int(0)"),
        (b"profile='legacy'", b"profile=print('legacy')"),
        (b"extensions={}", b"extensions={'_debugpy': {}}"),
        (b"zip_data='", b"zip_data=''+'"),
        (b"date_time=datetime.datetime(", b"date_time=print("),
        (b"module_fqn=", b"module_fqm="),
        (b"#!", b"#"),
        (b"\n)\n", b"\n)"),
    ],
)
def test_programs_that_differ_in_a_character_are_not(payload: Any, old: bytes, new: bytes) -> None:
    program = program_of("ping")
    assert old in program
    with pytest.raises(payload.Unrecognised):
        payload.parse_module(program.replace(old, new))
