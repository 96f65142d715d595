"""`--server`: what works at a service, and what is refused before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from unit.cli.conftest import Wt
from unit.cli.test_main import _commands as all_commands
from worldtree.cli.main import cli
from worldtree.cli.remote.commands import LOCAL_COMMANDS, REMOTE_COMMANDS
from worldtree.core.errors import ExitCode

URL = "https://wt.example.org"


@pytest.fixture(autouse=True)
def own_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No login of the user who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("WORLDTREE_TOKEN", "WORLDTREE_SERVER", "WORLDTREE_INSECURE_HTTP"):
        monkeypatch.delenv(name, raising=False)


def test_the_table_names_commands_and_parameters_that_exist() -> None:
    known = {" ".join(path): command for path, command in all_commands(cli, ())}
    for name in LOCAL_COMMANDS:
        assert any(one.partition(" ")[0] == name for one in known), name
    for name, remote in REMOTE_COMMANDS.items():
        command = known.get(name) or cli.get_command(click.Context(cli), name)
        assert command is not None, name
        names = {one.name for one in command.params}
        assert set(remote.parameters) <= names, name


@pytest.mark.parametrize(
    "arguments",
    [
        *(["serve"], ["db", "upgrade"], ["unlock", "shop"], ["files", "shop"]),
        *(["tasks", "prune"], ["doctor"]),
    ],
    ids=" ".join,
)
def test_a_command_of_the_machine_says_so(wt: Wt, arguments: list[str]) -> None:
    found = wt("--server", URL, *arguments)
    assert found.code == ExitCode.INPUT
    assert "does not work with --server" in found.err
    assert "`apply`" in found.err
    assert "without --server" in found.err


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["apply", "--dir", "build"], "--dir"),
        (["apply", "-e", "a=b"], "--extra-vars"),
        (["apply", "-i", "a,"], "--inventory"),
        (["apply", "--dry-run"], "--dry-run"),
        (["apply", "--step"], "--step"),
        (["verify", "--forks", "3"], "--forks"),
        (["resume", "--replan"], "--replan"),
        (["destroy", "-J"], "--ask-vault-pass"),
        (["plan", "-e", "a=b"], "--extra-vars"),
        (["proposal", "request", "shop", "--policy", "p.toml"], "--policy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_option_of_the_machine_says_so(wt: Wt, arguments: list[str], option: str) -> None:
    found = wt("--server", URL, *arguments)
    assert found.code == ExitCode.INPUT
    assert f"{option} does not work with --server" in found.err
    assert "help:" in found.err


def test_commands_about_files_work_with_the_variable(
    wt: Wt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLDTREE_SERVER", URL)
    assert wt("explain", "spec.hosts").code == ExitCode.OK
    assert wt("tasks", "list").code == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        (URL, ExitCode.REFUSED, "login-missing"),
        ("wt.example.org", ExitCode.INPUT, "server-url-invalid"),
        ("http://wt.example.org", ExitCode.REFUSED, "login-missing"),
    ],
)
def test_without_a_login_nothing_is_asked(wt: Wt, url: str, code: int, words: str) -> None:
    found = wt("--server", url, "tasks", "list")
    assert (found.code, words in found.err) == (code, True), found.err


def test_a_token_is_not_sent_without_encryption(wt: Wt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDTREE_TOKEN", "wtp_secret")
    found = wt("--server", "http://wt.example.org", "tasks", "list")
    assert (found.code, "server-insecure" in found.err) == (ExitCode.REFUSED, True)
    assert "wtp_secret" not in found.err
    assert wt("login", "http://wt.example.org").code == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["login"], "the address of the service is missing"),
        (["login", URL, "--token-stdin", "--method", "device"], "a token needs no other method"),
        (["login", URL, "--password-stdin"], "--password-stdin needs --user"),
        (["login", URL, "--ca-file", "none.pem"], "none.pem"),
        (["whoami"], "the address of the service is missing"),
    ],
)
def test_a_login_that_cannot_be_is_refused(wt: Wt, arguments: list[str], words: str) -> None:
    found = wt(*arguments)
    assert (found.code, words in found.err) == (ExitCode.INPUT, True), found.err


def test_a_logout_without_a_login_names_those_that_are_there(wt: Wt) -> None:
    found = wt("logout", URL)
    assert (found.code, "login-missing" in found.err) == (ExitCode.REFUSED, True)


def test_the_page_lists_every_command_of_a_service() -> None:
    """`name …` in its table are all commands of a group, but for those that it names itself."""
    page = (Path(__file__).parents[3] / "docs" / "remote.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    listed = {name: words for names, words in rows for name in re.findall("`(.+?)`", names)}
    for name in REMOTE_COMMANDS:
        assert {name, f"{name.partition(' ')[0]} …"} & listed.keys(), name
    known = [" ".join(path) for path, _ in all_commands(cli, ())]
    for group in (name.removesuffix("…") for name in listed if name.endswith(" …")):
        for name in known:
            if name.startswith(group) and name not in REMOTE_COMMANDS:
                assert f"`{name}` does not work" in listed[f"{group}…"], name
