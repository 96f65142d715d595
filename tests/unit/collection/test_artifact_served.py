"""What a seed gives to others: a key for one file, put where nobody can lead it elsewhere."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule

from unit.collection.conftest import Run

Plugins = Callable[[str], Any]
CONTENT = b"a file" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY = "ssh-ed25519 CCCC"
#: Somebody who is not the user of the tests.
OTHER = os.geteuid() + 1


class Seed:
    """A host with an account, whose home is a directory of the test."""

    def __init__(self, run: Run, home: Path, store: Path) -> None:
        self._run, self.home, self.store = run, home, store
        self.keys = home / ".ssh" / "authorized_keys"
        me = pwd.getpwuid(os.geteuid())
        self.uid, self.gid, self.name = me.pw_uid, me.pw_gid, me.pw_name
        self.keys.parent.mkdir(mode=0o700, parents=True)
        home.chmod(0o755)
        (store / "partial").mkdir(mode=0o700, parents=True)
        (store / "partial" / DIGEST).write_bytes(CONTENT)

    def account(self, _name: object) -> pwd.struct_passwd:
        row = (self.name, "x", self.uid, self.gid, "", str(self.home), "/bin/sh")
        return pwd.struct_passwd(row)

    def served(self, key: str = KEY, seconds: int = 60) -> dict[str, Any]:
        """Have the file served, which has arrived."""
        return self._run(
            "artifact",
            name="tool",
            version="1",
            store=str(self.store),
            offer={"any": {"sha256": DIGEST, "size": len(CONTENT)}},
            serve={"public_key": key, "user": self.name, "seconds": seconds},
        )

    def lines(self) -> list[str]:
        return self.keys.read_text().splitlines()


@pytest.fixture
def seed(run: Run, tmp_path: Path, plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> Seed:
    """A host with a key of ssh."""
    made = Seed(run, tmp_path / "homes" / "me", tmp_path / "its store")
    serve = plugins("module_utils.artifact_serve")
    (tmp_path / "ssh_host_ed25519_key.pub").write_text("ssh-ed25519 HHHH root@seed\n")
    monkeypatch.setattr(serve, "_HOST_KEYS", str(tmp_path / "ssh_host_*_key.pub"))
    monkeypatch.setattr(serve.pwd, "getpwnam", made.account)
    # Ansible's own keeping of warnings differs with what else the process has loaded.
    monkeypatch.setattr(AnsibleModule, "warn", lambda *_: None)
    return made


def test_a_seed_gives_one_file_for_a_time(seed: Seed) -> None:
    """Keys of before stay as they are, and ours go when they have expired."""
    seed.keys.write_bytes(b"ssh-rsa AAAA \xf6\nrestrict ssh-rsa BBBB worldtree-artifact-7")
    seed.keys.chmod(0o640)
    answer = seed.served()
    assert answer["served"] == {"host_keys": ["ssh-ed25519 HHHH"], "seconds": 60}
    first, ours = seed.keys.read_bytes().splitlines()
    assert first == b"ssh-rsa AAAA \xf6"
    line = ours.decode()
    assert line.startswith('restrict,expiry-time="')
    path = f"{seed.store}/sha256/{DIGEST}"
    shown = f'command="exec tail -c +\\"$SSH_ORIGINAL_COMMAND\\" -- \'{path}\'" {KEY}'
    assert f"{shown} worldtree-artifact-" in line
    assert int(line.rpartition("-")[2]) > time.time()
    assert seed.keys.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in seed.keys.parent.iterdir()] == ["authorized_keys"]


def test_a_key_that_is_there_stays_for_half_of_its_time(seed: Seed) -> None:
    """A run that changes nothing writes nothing there."""
    seed.served(seconds=60)
    before = seed.keys.stat().st_ino
    again = seed.served(seconds=60)["served"]
    assert 55 <= again["seconds"] <= 60
    assert seed.keys.stat().st_ino == before
    assert seed.served(seconds=600)["served"]["seconds"] == 600
    assert len(seed.lines()) == 1


def test_what_is_there_is_served(seed: Seed) -> None:
    """Also by a host that has had the file, and its result, for long."""
    seed.served()
    seed.keys.unlink()
    answer = seed.served()
    assert not answer["changed"]
    assert answer["served"]["seconds"] == 60
    (seed.store / "sha256" / DIGEST).unlink()
    assert "missing" in seed.served()


def _writable(path: Path) -> None:
    path.chmod(0o775 if path.is_dir() else 0o664)


def _linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda seed: _writable(seed.home), "others can write to {home} (mode 0775)"),
        (lambda seed: _writable(seed.keys.parent), "others can write to {home}/.ssh (mode 0775)"),
        (lambda seed: _writable(seed.keys), "others can write to {keys} (mode 0664)"),
        (lambda seed: _writable(seed.home.parent), "others can write to {home.parent} (mode 0775)"),
        (lambda seed: _linked(seed.keys.parent), "{home}/.ssh is a link, or no directory"),
        (lambda seed: _linked(seed.keys), "{keys} is a link, or no directory"),
        (lambda seed: os.link(seed.keys, seed.home / "x"), "{keys} is no file of its own"),
        (lambda seed: setattr(seed, "uid", OTHER), "belongs to"),
        (lambda seed: seed.keys.write_bytes(b"x" * (1 << 20) + b"x"), "has more than 1048576"),
    ],
)
def test_keys_that_others_could_lead_elsewhere_are_left_alone(
    seed: Seed, break_it: Callable[[Seed], object], words: str
) -> None:
    """The host goes on without being a seed, and says why."""
    seed.keys.write_text("ssh-rsa AAAA me\n")
    break_it(seed)
    before = seed.keys.read_bytes()
    answer = seed.served()
    assert not answer.get("failed")
    assert "served" not in answer
    assert words.format(home=seed.home, keys=seed.keys) in answer["not_served"]
    assert seed.keys.read_bytes() == before
    assert (seed.store / "sha256" / DIGEST).is_file()


def before_the_file_is_made(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Have something happen between the check of the file and the making of a new one."""
    opened, done = os.open, []

    def open_(path: Any, flags: int, *args: Any, **more: Any) -> int:
        if "authorized_keys" in str(path) and flags & os.O_CREAT and not done:
            done.append(act())
        return opened(path, flags, *args, **more)

    monkeypatch.setattr(os, "open", open_)


def test_a_directory_that_is_exchanged_meanwhile_leads_nowhere(
    seed: Seed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its owner could otherwise have root write to the keys of somebody else."""
    victim = tmp_path / "victim" / "authorized_keys"
    victim.parent.mkdir()
    victim.write_text("ssh-rsa VVVV victim\n")

    def exchange() -> None:
        seed.keys.parent.rename(seed.home / "old")
        seed.keys.parent.symlink_to(victim.parent)

    before_the_file_is_made(monkeypatch, exchange)
    seed.served()
    assert victim.read_text() == "ssh-rsa VVVV victim\n"
    assert [one.name for one in victim.parent.iterdir()] == ["authorized_keys"]
    assert KEY in (seed.home / "old" / "authorized_keys").read_text()


def test_a_key_that_another_program_adds_meanwhile_is_kept(
    seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People, and Ansible's own module, do not know of the lock."""
    seed.keys.write_text("ssh-rsa AAAA me\n")

    def add() -> None:
        with seed.keys.open("a") as stream:
            stream.write("ssh-rsa BBBB new\n")

    before_the_file_is_made(monkeypatch, add)
    seed.served()
    one, other, ours = seed.lines()
    assert (one, other) == ("ssh-rsa AAAA me", "ssh-rsa BBBB new")
    assert KEY in ours


def test_tasks_that_serve_at_once_lose_no_key(seed: Seed, plugins: Plugins) -> None:
    change = plugins("module_utils.artifact_keys").change
    start = threading.Barrier(8)

    def add(number: int) -> None:
        start.wait()
        change(seed.account(""), lambda lines: [*lines, b"key %d\n" % number])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seed.lines()) == [f"key {number}" for number in range(8)]


def test_a_lock_that_the_owner_keeps_costs_a_moment(
    seed: Seed, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins("module_utils.artifact_keys"), "_LOCK_SECONDS", 0)
    descriptor = os.open(seed.keys.parent, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        assert "is locked by another process" in seed.served()["not_served"]
    finally:
        os.close(descriptor)


def test_what_a_killed_one_left_is_removed(seed: Seed) -> None:
    (seed.keys.parent / ".authorized_keys.worldtree-abc").write_text("half")
    seed.served()
    assert [one.name for one in seed.keys.parent.iterdir()] == ["authorized_keys"]


def test_a_host_without_a_key_of_ssh_serves_nothing(seed: Seed, tmp_path: Path) -> None:
    (tmp_path / "ssh_host_ed25519_key.pub").unlink()
    assert "there is no host key of ssh" in seed.served()["not_served"]
    assert not seed.keys.exists()


def test_another_user_gets_another_name_of_the_file_until_the_key_expires(
    seed: Seed, plugins: Plugins
) -> None:
    """The store is one of root; the user of the keys cannot enter it."""
    plugin = plugins("module_utils.artifact_serve")
    store = plugins("module_utils.artifact_store").Store(str(seed.store))
    seed.served()
    directory = plugin._served(store)
    path = Path(plugin._link(store, DIGEST, directory, KEY))
    assert Path(directory).stat().st_mode & 0o777 == 0o711
    assert path.read_bytes() == CONTENT
    assert plugin._link(store, DIGEST, directory, KEY) == str(path)
    line = f'restrict,command="… {path}" {KEY} worldtree-artifact-7'.encode()
    plugin._forget(directory, [line])
    assert not path.exists()
    Path(directory).chmod(0o777)
    with pytest.raises(plugin.NotServed, match="others can write in"):
        plugin._served(store)
