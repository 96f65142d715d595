"""What of our environment ansible-playbook gets to see."""

from __future__ import annotations

import locale
from pathlib import Path

import pytest

from unit.engine.plans import node_id, plan
from worldtree.core.environment_allowlist import allowed_environment
from worldtree.runner.connect.ssh_command import SshOptions
from worldtree.runner.control.playbook_environment import (
    attempt_environment,
    caller_environment,
    proxy_environment,
    secret_variables,
    task_environment,
)

OURS = {
    "HOME": "/home/me",
    "PATH": "/usr/bin",
    "LC_TIME": "de_DE.UTF-8",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "ANSIBLE_NOCOLOR": "1",
    "https_proxy": "http://me:canary@proxy",
    "SHOP_TOKEN": "canary",
}


#: Installed locales and their character sets.
LOCALES = {"de_DE.UTF-8": "utf8", "en_GB.UTF-8": "utf8", "C.UTF-8": "utf8", "C": "ascii"}


@pytest.fixture(autouse=True)
def _installed_locales(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "worldtree.core.environment_allowlist._codeset", lambda name: LOCALES.get(name, "")
    )


def locales(**environ: str) -> dict[str, str]:
    passed = allowed_environment(environ)
    return {name: value for name, value in passed.items() if name.startswith(("LC_", "LANG"))}


def test_is_a_list_of_what_is_let_through() -> None:
    passed = allowed_environment(OURS)
    assert set(passed) == {"HOME", "PATH", "LC_TIME", "LC_CTYPE", "LANG"}
    assert passed["PATH"].endswith(":/usr/bin")
    assert "canary" not in str(passed)


def test_language_is_utf8_where_nothing_says_so() -> None:
    assert locales() == {"LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8"}
    assert locales(LC_ALL="en_GB.UTF-8") == {"LC_ALL": "en_GB.UTF-8"}
    assert locales(LANG="de_DE.UTF-8", LC_TIME="C") == {"LANG": "de_DE.UTF-8", "LC_TIME": "C"}


@pytest.mark.parametrize(
    ("environ", "passed"),
    [
        ({"LANG": "xx_YY.UTF-8"}, {"LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8"}),
        ({"LC_ALL": "xx_YY.UTF-8", "LANG": "de_DE.UTF-8"}, {"LANG": "de_DE.UTF-8"}),
        ({"LC_TIME": "tlh", "LANG": "de_DE.UTF-8"}, {"LANG": "de_DE.UTF-8"}),
        ({"LC_ALL": "C"}, {"LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8"}),
        (
            {"LANGUAGE": "de:en", "LANG": "de_DE.UTF-8"},
            {"LANGUAGE": "de:en", "LANG": "de_DE.UTF-8"},
        ),
    ],
)
def test_locales_that_ansible_rejects_are_left_out(
    environ: dict[str, str], passed: dict[str, str]
) -> None:
    """It ends at once for one that is not installed, or whose character set is not UTF-8."""
    assert locales(**environ) == passed


def test_a_locale_is_looked_up_without_changing_that_of_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    before = locale.setlocale(locale.LC_ALL)
    assert locales(LC_ALL="xx_YY.UTF-8", LANG="C.UTF-8") == {"LANG": "C.UTF-8"}
    assert locale.setlocale(locale.LC_ALL) == before


def test_names_of_secrets_are_those_of_the_plan_and_proxies() -> None:
    wanted = plan({"a": ["h1"]})
    node = wanted.graph.nodes[node_id("a")]
    node = node.model_copy(update={"params": {"argv": ["x", "${env:SHOP_TOKEN}", "$${env:HOME}"]}})
    graph = wanted.graph.model_copy(update={"nodes": {node.id: node}})
    found = secret_variables(wanted.model_copy(update={"graph": graph}), OURS)
    assert found == ("SHOP_TOKEN", "https_proxy")
    assert set(proxy_environment(OURS)) == {"https_proxy"}


def test_passed_variables_with_the_name_of_a_secret_are_secrets() -> None:
    names = ("CI_COMMIT_SHA", "AWS_SECRET_ACCESS_KEY", "SHOP_TOKEN", "MISSING")
    wanted = plan({"a": ["h1"]}).model_copy(update={"environment": names})
    secrets = ("AWS_SECRET_ACCESS_KEY", "SHOP_TOKEN", "https_proxy")
    assert secret_variables(wanted, OURS) == secrets
    assert set(caller_environment(wanted, OURS)) == {"AWS_SECRET_ACCESS_KEY", "SHOP_TOKEN"}


def test_runs_have_their_own_connections_facts_and_host_keys() -> None:
    ssh = SshOptions(Path("/tmp/wt-x"), Path("/state/known hosts"))
    found = task_environment(
        {"A": "1"}, bundle=Path("/b"), ssh=ssh, facts_dir=Path("/f"), local_dir=Path("/dev/shm/x")
    )
    assert found["A"] == "1"
    assert found["ANSIBLE_CONFIG"] == "/b/ansible.cfg"
    assert found["ANSIBLE_HOST_KEY_CHECKING"] == "True"
    assert found["ANSIBLE_SSH_CONTROL_PATH_DIR"] == "/tmp/wt-x"
    assert found["ANSIBLE_SSH_EXTRA_ARGS"] == '-o UserKnownHostsFile="/state/known hosts"'
    assert found["ANSIBLE_LOCAL_TEMP"] == "/dev/shm/x"


def test_attempt_is_marked() -> None:
    assert attempt_environment("t.1", gathers_facts=False) == {
        "WORLDTREE_ATTEMPT": "t.1",
        "WORLDTREE_FACTS_KEEP": "",
    }
