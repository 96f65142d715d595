"""Secrets appear only where the user's own steps put them: every provider, every kind of end.

Unique values go through whole applies with failures, retries, a cancel and shown output. During the
runs the arguments and environments of all processes are read, afterwards every file that could hold
something: state, database, journals, bundles, temporary directories on both sides, the output.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from acceptance.secret_leaks import (
    ProcessScanner,
    canary,
    encoded_variants,
    files_containing,
    write_vaulted_file,
)
from acceptance.test_apply_local import HOSTS, module, sh, spec, task
from acceptance.workspace import Outcome, Running, Workspace, processes, wait_until_gone
from unit.secrets.bao import Bao, program, started, write
from unit.secrets.conftest import NO_BAO
from worldtree.secrets.redact import MASK

#: Long enough to be observed; unique on this machine.
SLOW = "11.9"
#: Hosts of what runs many nodes.
PAIR = HOSTS[:2]


@dataclass
class Nest:
    """A workspace with a secret of each provider, and temporary directories of its own."""

    place: Workspace
    values: Mapping[str, str]
    references: Mapping[str, str]
    short_tmp: Path

    @property
    def needles(self) -> list[bytes]:
        """What is searched for: every secret, and the credentials of the stores."""
        return encoded_variants(self.values.values())

    def hits(self, outcome: Outcome) -> list[str]:
        """Where a value was found: files but the user's own, and the output."""

        def own(file: Path) -> bool:
            return self.place.target in file.parents or "given" in file.parts

        said = {"stdout": outcome.out.encode(), "stderr": outcome.err.encode()}
        found = [name for name, text in said.items() if any(n in text for n in self.needles)]
        bases = (self.place.path, self.short_tmp, Path("/dev/shm"))
        return [*found, *files_containing(self.needles, bases, own)]


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
    names = ("env", "file", "prompt", "av", "kv1", "kv2", "avpass", "made")
    values = {name: canary(name) for name in names}
    (given / "file").write_text(values["file"])
    # What a task finds on a host, and publishes.
    (given / "made").write_text(values["made"])
    write_vaulted_file(given, values["av"], values["avpass"])
    write(bao, "app", key=values["kv2"])
    bao.root.secrets.kv.v1.create_or_update_secret("app", {"key": values["kv1"]}, mount_point="old")
    policy = bao.policy("canary", "kv/data/*", "old/*")
    token, expired = bao.token(policy), bao.token(policy, ttl="1s")
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
        yield Nest(place, {**values, "token": token, "expired": expired}, references, Path(short))


def read_secret(line: str, reference: str, **more: Any) -> dict[str, Any]:
    """A step that gets a secret on its standard input."""
    return {"command": {"argv": ["sh", "-c", line], "stdin": reference}, **more}


@pytest.mark.both_cores
def test_no_secret_is_anywhere_after_failures_retries_and_shown_output(nest: Nest) -> None:
    """Every provider's value reaches the hosts; every way to show it shows the mask."""
    target = nest.place.target
    target.mkdir()
    shown = (
        'read -r v; echo plain $v; printf %s "$v" | base64 -w0; echo; printf \' x%s\' "$v" | base64'
    )
    references = {**nest.references, "made": "{{ outputs['published/t/make'].token }}"}
    steps = []
    for name, reference in references.items():
        file = f"{target}/{name}-{{{{ inventory_hostname }}}}"
        steps.append(
            task(
                name,
                read_secret(f'printf %s "$(cat)" > {file}', reference),
                read_secret(shown, reference, noLog=False),
                read_secret("read -r v; echo cannot use $v >&2; exit 9", reference, noLog=False),
            )
        )
    make = {
        "name": "make",
        "command": {"argv": ["cat", f"{nest.place.path}/given/made"]},
        "outputs": {"token": {"value": "{{ result.stdout }}", "secret": True}},
    }
    nest.place.write(
        spec(
            module("published", task("t", make, hosts="a")),
            module("shown", *steps),
            module(
                "hidden",
                task(
                    "t",
                    read_secret(
                        "read -r v; echo no luck with $v >&2; exit 9", "${vault:kv/app#key}"
                    ),
                ),
            ),
            module(
                "retried",
                task(
                    "t",
                    read_secret(
                        "read -r v; echo again $v >&2; exit 7", "${env:CANARY_ENV}", noLog=False
                    ),
                    hosts="a",
                    policy={"retries": 2, "backoff": "100ms"},
                ),
            ),
            module(
                "environment",
                task("t", {**sh("sleep 0.2; echo $V"), "environment": {"N": "1"}, "noLog": False}),
            ),
            policy={"onFailure": "ignore"},
            hosts=PAIR,
        )
    )
    # As much as Ansible can say: how it calls modules, ssh and shells.
    nest.place.env["WORLDTREE_VERBOSITY"] = "4"
    with ProcessScanner(nest.needles) as watch:
        outcome = nest.place.start("apply", "--yes", "-o", "json").finish()
    assert outcome.code == 3, outcome.err
    for name, value in nest.values.items():
        if name in references:
            for host in "ab":
                assert (target / f"{name}-{host}").read_text() == value
    assert nest.hits(outcome) == []
    assert watch.found == set()
    assert watch.rounds > 20
    for name in references:
        assert outcome.nodes[f"shown/{name}/s3"]["status"] == "failed"
    assert outcome.nodes["retried/t/s1"]["hosts"]["a"]["attempts"] == 3
    # The rest of the error stays readable.
    assert outcome.err.count(f"cannot use {MASK}") == len(references) * len(PAIR)
    assert f"again {MASK}" in outcome.err
    for command in (("tasks", "show"), ("tasks", "show", "-o", "json"), ("tasks", "rebuild")):
        assert nest.hits(nest.place.wt(*command)) == []
    logs = nest.place.wt("tasks", "logs", "-o", "json")
    assert nest.hits(logs) == []
    assert "EXEC /bin/sh -c" in logs.out


def test_no_secret_is_left_after_a_cancel(nest: Nest) -> None:
    """Whether wt is asked to end, or killed: then its runs go on to their end by themselves."""
    nest.place.target.mkdir()
    slow = [
        task(name, read_secret(f"read -r v; echo $v; exec sleep {SLOW}", reference, noLog=False))
        for name, reference in nest.references.items()
    ]
    nest.place.write(spec(module("slow", *slow)))

    def working() -> bool:
        # On a busy machine the hosts' work may not overlap.
        return bool(processes("sleep", SLOW))

    for number in (signal.SIGINT, signal.SIGKILL):
        with ProcessScanner(nest.needles) as watch:
            process: Running = nest.place.start("apply", "--yes")
            process.wait_until(working, "the work")
            outcome, _ = process.cancel(number, lambda: processes("sleep", SLOW))
            held = wait_until_gone(
                lambda: [str(p) for p in nest.short_tmp.glob("wt-secrets-*")], 60
            )
        assert held == []
        assert nest.hits(outcome) == []
        assert watch.found == set()
    # A resume needs the secrets again: missing ones are reported, and nothing changes.
    before = nest.place.wt("tasks", "show", "-o", "json").out
    answer = nest.place.env.pop("WORLDTREE_PROMPT_DB_PASSWORD")
    outcome = nest.place.wt("resume", "--yes")
    assert (outcome.code, nest.hits(outcome)) == (4, []), outcome.err
    assert "there is no terminal: `DB password`" in outcome.err
    assert "set WORLDTREE_PROMPT_DB_PASSWORD" in outcome.err
    nest.place.env["WORLDTREE_PROMPT_DB_PASSWORD"] = answer
    nest.place.env["VAULT_TOKEN"] = nest.values["expired"]
    outcome = nest.place.wt("resume", "--yes")
    assert (outcome.code, nest.hits(outcome)) == (2, []), outcome.err
    assert outcome.err.count("[secret-token-refused]") == 2
    assert re.search(r"^cluster\.yaml:\d+:\d+: .*vault:kv/app#key", outcome.err, re.MULTILINE)
    assert nest.place.wt("tasks", "show", "-o", "json").out == before


@pytest.mark.both_cores
def test_a_bundle_run_by_hand_finds_its_secrets_and_holds_none(nest: Nest) -> None:
    """Plain ansible-playbook, no wt: the lookup in the bundle queries every provider."""
    target = nest.place.target
    target.mkdir()
    copies = [
        {
            "name": name,
            **read_secret(
                f'printf %s "$(cat)" > {target}/{name}-{{{{ inventory_hostname }}}}', reference
            ),
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


def test_missing_secrets_are_reported_before_anything_changes(nest: Nest) -> None:
    """Exit code 2, every reference at once, the server's own words for what it denies."""
    nest.place.env["VAULT_TOKEN"] = nest.values["token"] + "x"
    steps = [
        {"copy": {"content": text, "dest": "/x"}} for text in ("${vault:kv/app#key}", "${env:NO}")
    ]
    nest.place.write(spec(module("m", task("t", *steps, hosts="a"))))
    outcome = nest.place.wt("apply", "--yes")
    assert outcome.code == 2
    assert "rejects the token" in outcome.err
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
