"""Emitted bundles, run with plain ansible-playbook: they work, twice change nothing, and undo."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from proven_runs import ProvenRun, digest_of, digest_of_bundle
from unit.ansible.bundle.conftest import write
from unit.ansible.bundles import HERE, bundle, chain, node, plan
from worldtree.ansible.bundle import emit, verify_bundle
from worldtree.plan.plan import Plan, PlanHost

BIN = Path(sys.executable).parent


def _run(directory: Path, program: str, *arguments: str, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(directory.parent / "home"),
            "ANSIBLE_NOCOLOR": "1",
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _recap(output: str, host: str = "here") -> dict[str, int]:
    line = re.search(rf"^{host} +: (.+)$", output, re.MULTILINE)
    assert line, output
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line[1])}


def _emit(of: Plan, document: Path) -> Path:
    made, bag = bundle(of, document)
    assert bag.items == []
    emit(made, document.parent / "bundle")
    (document.parent / "home").mkdir()
    return document.parent / "bundle"


def _archive(path: Path, content: Path) -> None:
    """Write an archive with the file ``inside`` that is the same at any time."""
    member = tarfile.TarInfo("inside")
    member.size, member.mode = content.stat().st_size, 0o644
    with (
        path.open("wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
        content.open("rb") as data,
    ):
        archive.addfile(member, data)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_kind_that_needs_no_rights_works_twice_and_can_be_undone(
    same_length_path: Path,
) -> None:
    """The first run does it, the second changes nothing, rollback brings back what was.

    The same bundle is not run again in the gate.
    """
    place = same_length_path
    host = place / "host"
    state = {"worldtree_state_dir": str(place / "state")}
    write(host, old="old\n", gone__f="f\n")
    document = write(
        place / "doc",
        files__run_sh=f"#!/bin/sh\necho ok > {host}/script\n",
        templates__shop_j2="password={{ shop_password }}\n",
        beside_txt="beside\n",
        tasks__more_yml=f"- name: More\n  ansible.builtin.copy:\n    src: beside.txt\n    dest: "
        f"{host}/more\n    mode: '0644'\n",
        roles__shop__tasks__main_yml="- name: More\n  ansible.builtin.include_tasks: "
        "tasks/more.yml\n",
    )
    _archive(document / "files" / "a.tgz", document / "beside.txt")
    url = f"file://{document}/beside.txt"
    digest = "sha256:" + hashlib.sha256(b"beside\n").hexdigest()
    made = {"copy": "old", "render": "conf", "fetch": "got"}
    bundle_dir = _emit(
        chain(
            node("facts", "facts", {"gather_subset": ["min"]}),
            node("command", "command", {"cmd": f"touch {host}/c", "creates": f"{host}/c"}),
            node(
                "unless",
                "command",
                {"argv": ["touch", f"{host}/u"], "unless": f"test -e {host}/u"},
            ),
            node("script", "script", {"cmd": "run.sh", "creates": f"{host}/script"}),
            node(
                "render",
                "render",
                {"src": "shop.j2", "dest": f"{host}/conf", "mode": "0600"},
                vars={**state, "shop_password": "${env:SHOP_PASSWORD}"},
            ),
            node("copy", "copy", {"src": "beside.txt", "dest": f"{host}/old"}, vars=state),
            node(
                "unsafe",
                "copy",
                {"content": {"__ansible_unsafe": "{{ data }}\n"}, "dest": f"{host}/data"},
                vars=state,
                when="true",
            ),
            node("file", "file", {"path": f"{host}/gone", "state": "absent"}, vars=state),
            node("directory", "directory", f"{host}/d", vars=state),
            node("fetch", "fetch", {"url": url, "dest": f"{host}/got"}, vars=state),
            node(
                "via",
                "fetch",
                {
                    "url": url,
                    "dest": f"{host}/via",
                    "via": "control",
                    "checksum": digest,
                },
                vars=state,
            ),
            node("unarchive", "unarchive", {"src": "a.tgz", "dest": f"{host}/d"}),
            node("assert", "assert", "shop_ready | bool", vars={"shop_ready": True}),
            node("wait", "wait", {"path": f"{host}/old", "timeout": 5}),
            node("pause", "pause", 1),
            node("role", role="shop"),
        ),
        document,
    )
    test = digest_of(Path(__file__).parent, [Path(__file__)])
    # Where the controller keeps what it fetched; the URL has the path of this test.
    cached = hashlib.sha256(f"{url} {digest}".encode()).hexdigest()[:16]
    inputs = digest_of_bundle(bundle_dir, place, cached)
    proven = ProvenRun("bundle-kinds", f"{test}-{inputs}")
    if proven.is_proven():
        return
    code, output = _run(bundle_dir, "ansible-playbook", "site.yml", SHOP_PASSWORD="s3{{cret")
    assert code == 0, output
    assert "s3{{cret" not in output
    texts = {path.name: path.read_text() for path in host.iterdir() if path.is_file()}
    assert texts == {
        "c": "",
        "u": "",
        "script": "ok\n",
        "data": "{{ data }}\n",
        "more": "beside\n",
        made["render"]: "password=s3{{cret\n",
        made["copy"]: "beside\n",
        made["fetch"]: "beside\n",
        "via": "beside\n",
    }
    assert (host / "d" / "inside").exists()

    code, output = _run(bundle_dir, "ansible-playbook", "site.yml", SHOP_PASSWORD="s3{{cret")
    assert code == 0, output
    assert _recap(output)["changed"] == 0, output

    code, output = _run(bundle_dir, "ansible-playbook", "rollback.yml", SHOP_PASSWORD="x")
    assert code == 0, output
    assert {path.name for path in host.iterdir()} == {
        "c",
        "u",
        "script",
        "old",
        "gone",
        "d",
        "more",
    }
    assert (host / "old").read_text() == "old\n"
    assert (host / "gone" / "f").read_text() == "f\n"
    assert verify_bundle(bundle_dir) == []
    proven.record()


@pytest.mark.parametrize("playbook", ["site.yml", "plays/demo.app.main.shop.yml"])
def test_a_plain_run_uses_the_reviewed_roles_whatever_is_exported(
    tmp_path: Path, playbook: str
) -> None:
    """Of steps, dependencies and includes; roles and collections elsewhere may have their names."""
    say = "- name: Reviewed\n  ansible.builtin.debug:\n    msg: hi\n"
    include = "- name: Include\n  ansible.builtin.include_role:\n    name: inner\n"
    document = write(
        tmp_path / "doc",
        roles__shop__tasks__main_yml=say + include,
        roles__shop__meta__main_yml="dependencies: [base]\n",
        roles__base__tasks__main_yml=say,
        roles__inner__tasks__main_yml=say,
    )
    fail = "- name: Fail\n  ansible.builtin.fail:\n    msg: not reviewed\n"
    lookup = "raise Exception('not reviewed')\n"
    write(
        tmp_path / "other",
        shop__tasks__main_yml=fail,
        base__tasks__main_yml=fail,
        inner__tasks__main_yml=fail,
        ansible_collections__worldtree__core__plugins__lookup__secret_py=lookup,
    )
    of = chain(node("shop", role="shop", vars={"shop_password": "${env:SHOP_PASSWORD}"}))
    exported = {
        "ANSIBLE_ROLES_PATH": str(tmp_path / "other"),
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "other"),
    }
    bundle_dir = _emit(of, document)
    code, output = _run(bundle_dir, "ansible-playbook", playbook, SHOP_PASSWORD="x", **exported)
    assert code == 0, output
    assert all(f"{name} : Reviewed" in output for name in ("shop", "base", "inner")), output
    assert verify_bundle(bundle_dir) == []


def _barrier(tmp_path: Path, kind: str, **first: object) -> Path:
    hosts = [PlanHost(name=n, address=n, connection="local") for n in ("h1", "h2", "h3")]
    params = {"cmd": "test {{ inventory_hostname }} != h2", "changed_when": False}
    one = node("one", "command", params, hosts=("h1", "h2"), **first)
    path = f"{tmp_path}/done-{{{{ inventory_hostname }}}}"
    two = node("two", "copy", {"content": "", "dest": path}, hosts=("h1", "h2", "h3"))
    undone = {"worldtree_state_dir": str(tmp_path / "state")}
    two = two.model_copy(update={"vars": undone})
    (tmp_path / "doc").mkdir()
    return _emit(plan([one, two], [("one", "two", kind)], hosts), tmp_path / "doc")


@pytest.mark.parametrize(("kind", "goes_on"), [("barrier", set()), ("host", {"h1", "h3"})])
def test_a_plain_run_keeps_barriers_and_nothing_more(
    tmp_path: Path, kind: str, goes_on: set[str]
) -> None:
    """A lost host ends the run where all were waited for; elsewhere the others go on."""
    code, output = _run(_barrier(tmp_path, kind), "ansible-playbook", "site.yml")
    assert code == 2, output
    assert {path.name.removeprefix("done-") for path in tmp_path.glob("done-*")} == goes_on
    if not goes_on:
        assert "the next plays need these hosts, which failed: h2" in output


def test_a_condition_and_a_precheck_leave_hosts_out(tmp_path: Path) -> None:
    (tmp_path / "doc").mkdir()
    of = chain(
        node("no", "command", {"cmd": "false"}, when="false"),
        node("done", "command", {"cmd": "false", "unless": "true"}, no_log=True),
    )
    code, output = _run(_emit(of, tmp_path / "doc"), "ansible-playbook", "site.yml")
    assert code == 0, output
    assert _recap(output)["skipped"] == 1


def test_a_secret_that_is_missing_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "doc").mkdir()
    of = chain(node("say", "command", {"cmd": "echo ${env:NOT_THERE}"}, no_log=False))
    code, output = _run(_emit(of, tmp_path / "doc"), "ansible-playbook", "site.yml")
    assert code == 2
    assert "environment variable NOT_THERE is not set" in output


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_bundle_is_clean_under_the_strictest_lint(tmp_path: Path) -> None:
    """Also where the user's own wishes would break a rule: these are waived one by one.

    The same bundle is not linted again in the gate.
    """
    document = write(
        tmp_path / "doc",
        roles__messy__tasks__main_yml="- debug: msg=hi\n",
        files__messy_yml="- shell: ls | cat\n",
    )
    nodes = [
        node("messy", role="messy", vars={"messy_text": "word " * 60, "text": "short"}),
        node(
            "many", "command", {"cmd": "curl -f http://x", "unless": "test -e /x", "undo": "sed x"}
        ),
        node(
            "via", "fetch", {"url": "http://x/y", "dest": "/y", "via": "control"}, when="x | bool"
        ),
        node("pkg", "package", {"name": "x", "state": "latest", "update_cache": True}),
        node("http", "wait", {"http": {"url": "http://x", "contains": "{{ y }}"}}),
        node("touch", "file", {"path": "/x", "state": "touch"}, become_user="shop"),
        node("net", "sysctl", {"name": "vm.swappiness", "value": 1}),
    ]
    # Two layers are enough: ansible-lint starts Ansible several times for each.
    of = plan(nodes, [("messy", "net", "barrier")], [HERE])
    bundle_dir = _emit(of, document)
    inputs = digest_of(bundle_dir, bundle_dir.rglob("*"), "ansible-core", "ansible-lint")
    linted = ProvenRun("bundle-lint", inputs)
    if linted.is_proven():
        return
    code, output = _run(bundle_dir, "ansible-lint", "--profile", "production", "--nocolor")
    assert code == 0, output
    assert re.search(r"Passed: 0 failure\(s\), 0 warning\(s\)", output), output
    linted.record()
