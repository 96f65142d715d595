"""Packages, services, users and kernel parameters: which commands bring back what was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest


@pytest.fixture
def system(plugins: Callable[[str], Any]) -> Any:
    """The module under test."""
    return plugins("module_utils.before_system")


class _FailedError(Exception):
    pass


@dataclass
class _Module:
    """Stands for AnsibleModule: answers commands from a table and writes them down."""

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    programs: tuple[str, ...] = ("dpkg-query", "systemctl")
    ran: list[str] = field(default_factory=list)

    def get_bin_path(self, name: str) -> str | None:
        return name if name in self.programs else None

    def run_command(self, command: list[str], **_: Any) -> tuple[int, str, str]:
        text = " ".join(command)
        for start, (rc, out) in self.answers.items():
            if text.startswith(start):
                return rc, out, ""
        self.ran.append(text)
        return 0, "", ""

    def fail_json(self, **result: Any) -> None:
        raise _FailedError(result["msg"])


DPKG = "dpkg-query"


@pytest.mark.parametrize(
    ("before", "now", "commands"),
    [
        (None, (0, "installed 1.6"), ["apt-get -y -q remove jq"]),
        ("1.6", (1, ""), ["apt-get -y -q install jq"]),
        ("1.6", (0, "config-files 1.6"), ["apt-get -y -q install jq"]),
        ("1.6", (0, "installed 1.6"), []),
        (None, (1, ""), []),
    ],
)
def test_packages_come_and_go_by_name(
    system: Any, before: str | None, now: tuple[int, str], commands: list[str]
) -> None:
    module = _Module({DPKG: now})
    assert system.restore_package(module, "jq=1.6", {"version": before}) is None
    assert module.ran == commands


def test_another_version_is_left_and_remarked_upon(system: Any) -> None:
    module = _Module({DPKG: (0, "installed 2.0")})
    assert "had version 1.6" in system.restore_package(module, "jq", {"version": "1.6"})
    assert module.ran == []


def test_a_package_that_cannot_be_brought_back_is_an_error(system: Any) -> None:
    module = _Module({DPKG: (0, "installed 1"), "apt-get": (100, "locked")})
    with pytest.raises(_FailedError, match="jq"):
        system.restore_package(module, "jq", {"version": None})


def test_rpm_is_asked_where_there_is_no_dpkg(system: Any) -> None:
    module = _Module({"rpm": (0, "installed 1-2.el9")}, programs=("rpm",))
    assert system.look_at_package(module, "jq") == {"version": "1-2.el9"}


@pytest.mark.parametrize(
    ("was", "now", "commands"),
    [
        (("disabled", "inactive"), ("enabled", "active"), ["disable x", "stop x"]),
        (("enabled", "active"), ("disabled", "failed"), ["enable x", "start x"]),
        (("not-found", "inactive"), ("enabled", "active"), ["disable x", "stop x"]),
        (("enabled", "active"), ("not-found", "inactive"), []),
        (("enabled", "active"), ("enabled", "reloading"), []),
    ],
)
def test_services_run_and_start_as_before(
    system: Any, was: tuple[str, str], now: tuple[str, str], commands: list[str]
) -> None:
    module = _Module({"systemctl is-enabled": (0, now[0]), "systemctl is-active": (0, now[1])})
    system.restore_service(module, "x", {"enabled": was[0], "active": was[1]})
    assert module.ran == [f"systemctl {command}" for command in commands]


def test_a_user_that_was_not_there_goes(system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = _Module()
    monkeypatch.setattr(system, "look_at_user", lambda *_: {"kind": "user", "home": "/nowhere"})
    assert system.restore_user(module, "shop", {"kind": "absent"}) is None
    assert module.ran == ["userdel shop"]


def test_a_user_gets_back_what_it_had(system: Any) -> None:
    was = {
        "kind": "user",
        "uid": 7,
        "gid": 8,
        "comment": "c",
        "home": "/h",
        "shell": "/s",
        "groups": ["adm", "sudo"],
    }
    module = _Module()
    system.restore_user(module, "no-such-user", was)
    assert module.ran == ["useradd -u 7 -g 8 -c c -d /h -s /s -G adm,sudo no-such-user"]


def test_root_is_seen_as_it_is(system: Any) -> None:
    assert system.look_at_user(None, "root")["uid"] == 0
    assert system.look_at_user(None, "no-such-user") == {"kind": "absent"}


def test_kernel_parameters_are_read_by_name(system: Any) -> None:
    assert system.look_at_sysctl(None, "kernel.ostype") == {"value": "Linux"}
    assert system.look_at_sysctl(None, "kernel/ostype") == {"value": "Linux"}
    assert system.look_at_sysctl(None, "no.such.thing") == {"value": None}
    assert "cannot be set" in system.restore_sysctl(None, "no.such.thing", {"value": "1"})
