"""How artifacts reach many hosts: limits, mirrors, and what a seed gives to others."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule

from unit.artifacts.fault_server import FileServer, file_server
from unit.collection.conftest import Run

Plugins = Callable[[str], Any]
CONTENT = b"a file" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Clock:
    """A clock that moves while something sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_senders_share_the_bandwidth(plugins: Plugins, tmp_path: Path) -> None:
    limits, clock = plugins("plugin_utils.artifact_limits"), Clock()
    one, other = (limits.Bandwidth(tmp_path / "b", 1 << 20, clock, clock.sleep) for _ in range(2))
    for _ in range(5):
        one.wait(1 << 19)
        other.wait(1 << 19)
    # 5 MiB at 1 MiB per second; the last piece begins half a second before the end.
    assert clock.now == pytest.approx(1004.5)
    assert one.piece(16 << 20) == 1 << 18
    assert limits.Bandwidth(tmp_path / "c", None).piece(7) == 7


def test_a_time_of_before_a_restart_is_not_waited_for(plugins: Plugins, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("9999999.0")
    clock = Clock()
    bandwidth = plugins("plugin_utils.artifact_limits").Bandwidth(
        tmp_path / "b", 1000, clock, clock.sleep
    )
    bandwidth.wait(10)
    assert clock.now == 1000.0


@pytest.mark.parametrize("content", [b"", b"1e", b"\xff\xfe", b"nan", b"1001.0\x00"])
def test_a_damaged_file_of_the_limit_is_made_anew(
    plugins: Plugins, tmp_path: Path, content: bytes
) -> None:
    """Else nobody would wait any more."""
    (tmp_path / "b").write_bytes(content)
    clock = Clock()
    bandwidth = plugins("plugin_utils.artifact_limits").Bandwidth(
        tmp_path / "b", 1000, clock, clock.sleep
    )
    for _ in range(5):
        bandwidth.wait(1000)
    assert clock.now == pytest.approx(1004.0)
    assert float((tmp_path / "b").read_bytes()) == pytest.approx(1005.0)


def test_only_so_many_send_at_once(plugins: Plugins, tmp_path: Path) -> None:
    limits = plugins("plugin_utils.artifact_limits")
    entered = threading.Event()

    def wait() -> None:
        with limits.slot(tmp_path, 2, 0):
            entered.set()

    with limits.slot(tmp_path, 2, 0), limits.slot(tmp_path, 2, 0):
        thread = threading.Thread(target=wait)
        thread.start()
        assert not entered.is_set()
    thread.join(60)
    assert entered.is_set()


@pytest.fixture
def mirror() -> Iterator[FileServer]:
    """A web server with the layout of the cache."""
    with file_server() as server:
        server.add(f"/sha256/{DIGEST[:2]}/{DIGEST}", CONTENT)
        yield server


def pulled(run: Run, tmp_path: Path, **args: Any) -> dict[str, Any]:
    return run(
        "artifact",
        name="tool",
        version="1",
        store=str(tmp_path / "store"),
        dest=str(tmp_path / "tool"),
        **{"offer": {"any": {"sha256": DIGEST, "size": len(CONTENT)}}, **args},
    )


def arrived(tmp_path: Path, content: bytes) -> None:
    part = tmp_path / "store" / "partial" / DIGEST
    part.parent.mkdir(parents=True)
    part.write_bytes(content)


@pytest.mark.parametrize("before", [b"", CONTENT[:100]])
def test_a_host_pulls_from_a_mirror(
    run: Run, tmp_path: Path, mirror: FileServer, before: bytes
) -> None:
    arrived(tmp_path, before)
    answer = pulled(run, tmp_path, mirror=mirror.url)
    assert (answer["changed"], answer["pulled"]) == (True, len(CONTENT) - len(before))
    assert (tmp_path / "tool").read_bytes() == CONTENT


def test_what_has_arrived_as_a_whole_is_used_without_asking_anybody(
    run: Run, tmp_path: Path, mirror: FileServer
) -> None:
    arrived(tmp_path, CONTENT)
    answer = pulled(run, tmp_path, mirror=mirror.url)
    assert (answer["changed"], answer["pulled"], mirror.requests) == (True, 0, [])
    assert (tmp_path / "tool").read_bytes() == CONTENT


@pytest.mark.parametrize("before", [b"x" * len(CONTENT), CONTENT + b"more"])
def test_a_part_of_other_bytes_is_pulled_anew(
    run: Run, tmp_path: Path, mirror: FileServer, before: bytes
) -> None:
    """A mirror has no rest of it, and answers 416."""
    arrived(tmp_path, before)
    offer = {"any": {"sha256": DIGEST, "size": len(CONTENT)}}
    for one in (offer, {"any": {"sha256": DIGEST}}):
        answer = pulled(run, tmp_path, mirror=mirror.url, offer=one)
        assert answer["pulled"] == len(CONTENT), answer
        (tmp_path / "tool").unlink()
        (tmp_path / "store" / "sha256" / DIGEST).rename(tmp_path / "store" / "partial" / DIGEST)
        (tmp_path / "store" / "partial" / DIGEST).chmod(0o600)
        (tmp_path / "store" / "partial" / DIGEST).write_bytes(before)


@pytest.mark.parametrize("fault", ["missing", "other", "larger", "cut", "reset"])
def test_what_a_mirror_does_not_give_is_sent(
    run: Run,
    tmp_path: Path,
    mirror: FileServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    path = f"/sha256/{DIGEST[:2]}/{DIGEST}"
    # Ansible's own keeping of warnings differs with what else the process has loaded.
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _, message: warnings.append(message))
    if fault == "missing":
        del mirror.files[path]
    elif fault in ("cut", "reset"):
        mirror.files[path].cuts.append(50 if fault == "cut" else 51)
    else:
        mirror.add(path, CONTENT[::-1] if fault == "other" else CONTENT + b"more")
    answer = pulled(run, tmp_path, mirror=mirror.url)
    assert "missing" in answer
    assert len(warnings) == 1
    assert not (tmp_path / "tool").exists()


def test_the_seed_is_the_first_host_of_its_group(plugins: Plugins) -> None:
    seeds = plugins("plugin_utils.artifact_seeds")
    groups = {"a": {"group": "1"}, "b": {"group": "2"}, "c": {"group": "2"}, "d": {"group": "2"}}
    hosts = ["a", "b", "c", "d", "e"]
    assert [seeds.seed_of(host, groups, hosts) for host in hosts] == [None, "b", "b", "b", None]
    assert seeds.seed_of("c", groups, ["a", "c"]) is None


@pytest.mark.parametrize(
    ("shared", "kept"),
    [
        ("-C -o ControlMaster=auto -o ControlPersist=60s", ""),
        ("-4 -o 'ProxyCommand=ssh -W %h:%p gate' -oControlPath=/x -F cfg", "-4 .* -F cfg"),
        ("-o Compression=yes -o ServerAliveInterval=10", "-oServerAliveInterval=10"),
    ],
)
def test_a_file_has_a_connection_without_compression(
    plugins: Plugins, shared: str, kept: str
) -> None:
    found = plugins("plugin_utils.artifact_transfer").bulk_arguments(shared)
    own = "-oCompression=no -oControlMaster=no -oControlPath=none"
    assert re.fullmatch(f"{own} {kept}".rstrip(), found)


def test_without_ssh_the_file_is_sent(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    warnings: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _, message: warnings.append(message))
    seed = {"address": "10.0.0.1", "port": 22, "user": "me", "host_keys": ["ssh-ed25519 AAAA"]}
    assert "missing" in pulled(run, tmp_path, seed=seed, seed_key="the private key")
    assert warnings == ["ssh: No such file or directory; the file is sent instead"]


def test_a_host_pulls_from_a_seed_and_its_words_are_not_hidden(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in place of ssh is asked for the rest of the file, with the key in a file."""
    given = tmp_path / "given"
    given.write_bytes(CONTENT)
    ssh = tmp_path / "programs" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(
        f'#!/bin/sh\ncp "$4" {tmp_path}/key\nfor last; do :; done\nexec tail -c +$last {given}\n'
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:/usr/bin:/bin")
    part = tmp_path / "store" / "partial" / DIGEST
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:7])
    word = DIGEST[:2]
    seed = {"address": "10.0.0.1", "port": 22, "user": word, "host_keys": ["ssh-ed25519 AAAA"]}
    answer = pulled(run, tmp_path, seed=seed, seed_key="the private key")
    assert (answer["sha256"], answer["pulled"]) == (DIGEST, len(CONTENT) - 7)
    assert (tmp_path / "tool").read_bytes() == CONTENT
    assert (tmp_path / "key").read_text() == "the private key"
    assert "the private key" not in str(answer)
