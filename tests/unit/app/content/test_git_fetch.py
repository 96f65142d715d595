"""Which git may fetch a repository, where it connects to, and who gets the token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from worldtree.app.content import git_fetch
from worldtree.app.content.git_fetch import fetch_revision, git_environ
from worldtree.app.content.git_version import address_setting, check_version
from worldtree.app.content.repository_urls import read_repository_url
from worldtree.app.documents.service_policy import RepositoryAccess
from worldtree.core.errors import RefusedError
from worldtree.core.limited_process import LimitedResult


@pytest.mark.parametrize(
    "said",
    ["git version 2.37.0\n", "git version 2.39.5 (Apple Git-154)\n", "git version 3.0.rc1\n"],
)
def test_a_git_that_takes_an_address_is_accepted(said: str) -> None:
    """Since 2.37 it has the setting for it."""
    check_version(said)


@pytest.mark.parametrize(
    ("said", "words"),
    [("git version 2.36.6\n", "is 2.36,"), ("git version 1.99\n", "is 1.99,"), ("", "unknown")],
)
def test_an_older_git_is_refused(said: str, words: str) -> None:
    """It would ignore the checked address, and look the name up once more."""
    with pytest.raises(RefusedError, match=r"2\.37 or later is needed") as caught:
        check_version(said)
    assert words in caught.value.message
    assert caught.value.code == "repository-unreachable"


def test_nothing_is_fetched_by_an_older_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version is asked for first."""
    commands: list[str] = []

    def run(command: Sequence[str], **_: Any) -> LimitedResult:
        commands.append(command[-1])
        return LimitedResult("exit", b"git version 2.30.2\n")

    monkeypatch.setattr(git_fetch, "run_limited", run)
    monkeypatch.setattr(git_fetch._CHECKED, "is_set", lambda: False)
    access = RepositoryAccess("", networks=("127.0.0.0/8",))
    url = read_repository_url("http://127.0.0.1/team/roles")
    with pytest.raises(RefusedError, match=r"git on the machine of the service is 2\.30"):
        fetch_revision(url, "main", "", access=access, environ={}, scratch=tmp_path)
    assert commands == ["version"]


@pytest.mark.parametrize(
    ("url", "setting"),
    [
        ("https://git.example/x", "http.curloptResolve=git.example:443:192.0.2.1"),
        ("http://git.example:81/x", "http.curloptResolve=git.example:81:192.0.2.1"),
        ("https://192.0.2.1/x", ""),
        ("https://[2001:db8::1]/x", ""),
    ],
)
def test_names_lead_to_the_checked_address(url: str, setting: str) -> None:
    """An address in a URL is the one that was checked."""
    assert address_setting(read_repository_url(url), "192.0.2.1") == setting


@pytest.mark.parametrize(
    ("url", "address", "gets"),
    [
        ("https://git.example/x", "192.0.2.1", True),
        ("http://git.example/x", "10.0.0.1", False),
        ("http://10.0.0.1/x", "10.0.0.1", False),
        ("http://localhost/x", "127.0.0.1", True),
        ("ssh://git.example/x", "192.0.2.1", False),
    ],
)
def test_a_token_is_not_sent_in_the_clear(
    tmp_path: Path, url: str, address: str, gets: bool
) -> None:
    """Plain HTTP is for repositories that everyone in the network may read."""
    access = RepositoryAccess("", token_variable="T", identity_file="/k", known_hosts_file="/h")
    parts = read_repository_url(url)
    found = git_environ(tmp_path, parts, address, access, {"T": "secret"})
    assert ("GIT_CONFIG_VALUE_0" in found) is gets
