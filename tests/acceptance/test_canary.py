"""No secret is anywhere but where the user's own work put it: every provider, every way to end.

Unique values go through whole applies with failures, retries, a cancel and shown output. During the
runs the arguments and environments of all processes are read, afterwards every file that could hold
something: state, database, journals, bundles, temporary directories on both sides, the output.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from acceptance.test_apply_local import HOSTS, module, sh, spec, task
from acceptance.wt import Outcome, Running, Workspace, gone, processes
from unit.secrets.bao import Bao, program, started, write
from unit.secrets.conftest import NO_BAO
from worldtree.secrets.redact import MASK, forms

#: The program whose own environment holds what the user gave it.
_WT = b"worldtree.cli.entry"
SLOW = "25.9"


def canary(name: str) -> str:
    """A value that no form leaves as it is: blank, quote, slash, plus, letter outside ASCII."""
    return f"c4nary-{name}-{uuid.uuid4().hex[:12]}/+ 'ü{{{{ 1 }}}}"


@dataclass
class Watch:
    """Reads arguments and environments of all processes, again and again, beside a run."""

    needles: list[bytes]
    found: set[str] = field(default_factory=set)
    rounds: int = 0
    _ended: bool = False

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._thread.join()

    def _run(self) -> None:
        while not self._ended:
            for place in Path("/proc").glob("[0-9]*"):
                self._look(place)
            self.rounds += 1
            time.sleep(0.02)

    def _look(self, place: Path) -> None:
        if int(place.name) == os.getpid():
            return
        try:
            arguments = (place / "cmdline").read_bytes()
            environment = (place / "environ").read_bytes()
            # Between fork and exec a child still looks like wt.
            own = _WT in arguments or _WT in (place / "cmdline").read_bytes()
        except OSError:
            return
        for name, text in (("arguments", arguments), ("environment", environment)):
            if name == "environment" and own:
                continue
            if any(needle in text for needle in self.needles):
                words = arguments.replace(b"\0", b" ")[:80].decode(errors="replace")
                self.found.add(f"{name} of {words}")


@dataclass
class Nest:
    """A workspace with a secret of each provider, and temporary directories of its own."""

    place: Workspace
    values: Mapping[str, str]
    references: Mapping[str, str]
    short_tmp: Path

    @property
    def needles(self) -> list[bytes]:
        """Every form of every value, and of what opens the stores."""
        found = {form.encode() for value in self.values.values() for form in forms(value)}
        return sorted(found)

    def hits(self, outcome: Outcome) -> list[str]:
        """Where a value was found: files but the user's own, and the output."""
        texts = {"stdout": outcome.out.encode(), "stderr": outcome.err.encode()}
        for base in (self.place.path, self.short_tmp, Path("/dev/shm")):
            for file in base.rglob("*"):
                own = self.place.target in file.parents or "given" in file.parts
                if file.is_file() and not file.is_symlink() and not own:
                    texts[str(file)] = file.read_bytes()
        return [name for name, text in texts.items() if any(n in text for n in self.needles)]


@pytest.fixture(scope="module")
def bao() -> Iterator[Bao]:
    """A Vault-compatible server."""
    if program() is None:
        pytest.skip(NO_BAO)
    with started() as server:
        yield server


@pytest.fixture
def nest(tmp_path: Path, bao: Bao) -> Iterator[Nest]:
    """Secrets where each provider finds them; what is given lies in ``given``."""
    given = tmp_path / "given"
    given.mkdir()
    names = ("env", "file", "prompt", "av", "kv1", "kv2", "avpass", "roleid")
    values = {name: canary(name) for name in names}
    (given / "file").write_text(values["file"])
    (given / "password").write_text(values["avpass"])
    (given / "av.yml").write_text(f"key: !unsafe {_quoted(values['av'])}\n")
    vault = Path(sys.executable).parent / "ansible-vault"
    encrypt = [str(vault), "encrypt", "--vault-password-file", str(given / "password")]
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([*encrypt, str(given / "av.yml")], check=True, capture_output=True, env=clean)
    write(bao, "app", key=values["kv2"])
    bao.root.secrets.kv.v1.create_or_update_secret("app", {"key": values["kv1"]}, mount_point="old")
    token = bao.token(bao.policy("canary", "kv/data/*", "old/*"))
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as short:
        place = Workspace(
            tmp_path,
            {
                "CANARY_ENV": values["env"],
                "WORLDTREE_PROMPT_DB_PASSWORD": values["prompt"],
                "VAULT_TOKEN": token,
                "VAULT_ADDR": bao.address,
                "ANSIBLE_VAULT_PASSWORD_FILE": str(given / "password"),
                "TMPDIR": short,
                "HOME": str(tmp_path / "home"),
            },
        )
        (tmp_path / "home").mkdir()
        references = {
            "env": "${env:CANARY_ENV}",
            "file": f"${{file:{given}/file}}",
            "prompt": "${prompt:DB password}",
            "av": f"${{ansible-vault:{given}/av.yml#key}}",
            "kv1": "${vault:old/app#key}",
            "kv2": "${vault:kv/app#key}",
        }
        yield Nest(place, {**values, "token": token}, references, Path(short))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def told(line: str, reference: str, **more: Any) -> dict[str, Any]:
    """A step that gets a secret on its standard input."""
    return {"command": {"argv": ["sh", "-c", line], "stdin": reference}, **more}


def test_no_secret_is_anywhere_after_failures_retries_and_shown_output(nest: Nest) -> None:
    """Every provider's value reaches the hosts; every way to show it shows the mask."""
    target = nest.place.target
    target.mkdir()
    shown = (
        'read -r v; echo plain $v; printf %s "$v" | base64 -w0; echo; printf \' x%s\' "$v" | base64'
    )
    steps = []
    for name, reference in nest.references.items():
        file = f"{target}/{name}-{{{{ inventory_hostname }}}}"
        steps.append(
            task(
                name,
                told(f'printf %s "$(cat)" > {file}', reference),
                told(shown, reference, noLog=False),
                told("read -r v; echo cannot use $v >&2; exit 9", reference, noLog=False),
            )
        )
    nest.place.write(
        spec(
            module("shown", *steps),
            module(
                "hidden",
                task(
                    "t", told("read -r v; echo no luck with $v >&2; exit 9", "${vault:kv/app#key}")
                ),
            ),
            module(
                "retried",
                task(
                    "t",
                    told("read -r v; echo again $v >&2; exit 7", "${env:CANARY_ENV}", noLog=False),
                    hosts="a",
                    policy={"retries": 2, "backoff": "100ms"},
                ),
            ),
            module(
                "environment",
                task("t", {**sh("sleep 0.2; echo $V"), "environment": {"N": "1"}, "noLog": False}),
            ),
            policy={"onFailure": "ignore"},
        )
    )
    with Watch(nest.needles) as watch:
        outcome = nest.place.wt("apply", "--yes", "-o", "json")
    assert outcome.code == 3, outcome.err
    for name, value in nest.values.items():
        if name in nest.references:
            for host in "abc":
                assert (target / f"{name}-{host}").read_text() == value
    assert nest.hits(outcome) == []
    assert watch.found == set()
    assert watch.rounds > 20
    for name in nest.references:
        assert outcome.nodes[f"shown/{name}/s3"]["status"] == "failed"
    assert outcome.nodes["retried/t/s1"]["hosts"]["a"]["attempts"] == 3
    # What went wrong can be read all the same.
    assert outcome.err.count(f"cannot use {MASK}") == len(nest.references) * len(HOSTS)
    assert f"again {MASK}" in outcome.err
    for command in (
        ("tasks", "logs", "-o", "json"),
        ("tasks", "show"),
        ("tasks", "show", "-o", "json"),
    ):
        assert nest.hits(nest.place.wt(*command)) == []


def test_no_secret_is_left_after_a_cancel(nest: Nest) -> None:
    """Whether wt is asked to end, or killed: then its runs go on to their end by themselves."""
    nest.place.target.mkdir()
    slow = [
        task(name, told(f"read -r v; echo $v; exec sleep {SLOW}", reference, noLog=False))
        for name, reference in nest.references.items()
    ]
    nest.place.write(spec(module("slow", *slow)))

    def working() -> bool:
        return len(processes("sleep", SLOW)) >= len(HOSTS)

    for number in (signal.SIGINT, signal.SIGKILL):
        with Watch(nest.needles) as watch:
            process: Running = nest.place.start("apply", "--yes")
            process.wait_until(working, "the work")
            outcome, _ = process.cancel(number, lambda: processes("sleep", SLOW))
            held = gone(lambda: [str(p) for p in nest.short_tmp.glob("wt-secrets-*")], 60)
        assert held == []
        assert nest.hits(outcome) == []
        assert watch.found == set()


def test_a_bundle_run_by_hand_finds_its_secrets_and_holds_none(nest: Nest) -> None:
    """Plain ansible-playbook, no wt: the carried lookup asks every provider itself."""
    target = nest.place.target
    target.mkdir()
    copies = [
        {
            "name": name,
            **told(f'printf %s "$(cat)" > {target}/{name}-{{{{ inventory_hostname }}}}', reference),
        }
        for name, reference in nest.references.items()
    ]
    nest.place.write(spec(module("all", task("t", *copies))))
    bundle = nest.place.path / "bundle"
    assert nest.place.wt("compile", "--dir", bundle).code == 0
    playbook = str(Path(sys.executable).parent / "ansible-playbook")
    done = subprocess.run(
        [playbook, "site.yml"],
        cwd=bundle,
        env=nest.place.environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in nest.references:
        assert (target / f"{name}-c").read_text() == nest.values[name]
    assert nest.hits(Outcome(0, done.stdout, done.stderr)) == []


def test_a_secret_that_is_not_there_is_told_before_anything_is_touched(nest: Nest) -> None:
    """Exit code 2, every reference at once, the server's own words for what it denies."""
    nest.place.env["VAULT_TOKEN"] = nest.values["token"] + "x"
    steps = [
        {"copy": {"content": text, "dest": "/x"}} for text in ("${vault:kv/app#key}", "${env:NO}")
    ]
    nest.place.write(spec(module("m", task("t", *steps, hosts="a"))))
    outcome = nest.place.wt("apply", "--yes")
    assert outcome.code == 2
    assert "does not accept the token" in outcome.err
    assert "the environment variable NO is not set" in outcome.err
    # At the very place in the document.
    assert re.search(r"^cluster\.yaml:\d+:\d+: error: `\$\{env:NO\}`", outcome.err, re.MULTILINE)
    assert re.search(r"^ +\d+ \| .*\$\{env:NO\}", outcome.err, re.MULTILINE)
    assert not (nest.place.home / "tasks").exists() or not any(
        (nest.place.home / "tasks").iterdir()
    )
    nest.place.env["VAULT_TOKEN"] = nest.values["token"]
    nest.place.write(spec(module("m", task("t", sh("echo ${prompt:Not given}")))))
    outcome = nest.place.wt("apply", "--yes")
    assert outcome.code == 4
    assert "WORLDTREE_PROMPT_NOT_GIVEN" in outcome.err


def test_variables_of_hosts_reach_steps_that_name_them(nest: Nest) -> None:
    """Where nothing else of the plan refers to a secret; what a variable holds is redacted too."""
    nest.place.target.mkdir()
    line = f'printf %s "$(cat)" > {nest.place.target}/{{{{ inventory_hostname }}}}; exit 3'
    step = {"command": {"argv": ["sh", "-c", line], "stdin": "{{ v }}"}}
    shared = {"v": nest.references["env"]}
    nest.place.write(spec(module("m", task("t", step, hosts="a")), vars=shared))
    outcome = nest.place.wt("apply", "--yes", "-o", "json")
    assert outcome.code == 1, outcome.err
    assert "non-zero return code" in outcome.err, outcome.err
    assert (nest.place.target / "a").read_text() == nest.values["env"]
    assert nest.hits(outcome) == []
