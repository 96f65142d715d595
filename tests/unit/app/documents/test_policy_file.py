"""The file of a policy: what it may say, and where it is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worldtree.app.documents.document_policy import DocumentPolicy
from worldtree.app.documents.policy_file import read_policy
from worldtree.app.documents.service_policy import ServicePolicy
from worldtree.core.errors import InputError


def _read(tmp_path: Path, text: str) -> DocumentPolicy:
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return read_policy(file).default


def test_every_setting_can_be_written(tmp_path: Path) -> None:
    """The file has the names of the fields."""
    text = """
[policy]
local_work = true
local_files = true
own_content = true
inventories = true
ansible_config = true
connection_variables = true
secret_settings = true
environment = ["CI"]
lookups = ["dict"]
filters = ["a.b.c"]
actions = ["a.b.d"]
step_kinds = ["dns"]

[policy.secrets]
vault = ["kv/shop/"]
"""
    assert _read(tmp_path, text) == DocumentPolicy(
        local_work=True,
        local_files=True,
        own_content=True,
        inventories=True,
        ansible_config=True,
        connection_variables=True,
        secret_settings=True,
        environment=frozenset({"CI"}),
        lookups=frozenset({"dict"}),
        filters=frozenset({"a.b.c"}),
        actions=frozenset({"a.b.d"}),
        step_kinds=frozenset({"dns"}),
        secrets={"vault": ("kv/shop/",)},
    )


def test_what_projects_may_have_is_read(tmp_path: Path) -> None:
    """Without `[maximum]` projects only narrow; access to repositories is the operator's."""
    file = tmp_path / "policy.toml"
    file.write_text(
        """
[policy]
archives = true

[maximum]
archives = true
repositories = ["https://git.example/"]
worker_tags = ["a"]

[repositories."https://git.example/"]
networks = ["10.0.0.0/8"]
token_variable = "GIT_TOKEN"
""",
        encoding="utf-8",
    )
    found = read_policy(file)
    assert found.default == DocumentPolicy(archives=True)
    assert found.limit == DocumentPolicy(
        archives=True,
        repositories=frozenset({"https://git.example/"}),
        worker_tags=frozenset({"a"}),
    )
    access = found.access("https://git.example/team/roles.git")
    assert (access.networks, access.token_variable) == (("10.0.0.0/8",), "GIT_TOKEN")
    assert found.access("https://git.example.other/roles.git").token_variable == ""
    assert ServicePolicy.from_data(json.loads(json.dumps(found.to_data()))) == found
    file.write_text("[policy]\narchives = true\n", encoding="utf-8")
    assert read_policy(file).limit == DocumentPolicy(archives=True)


def test_access_without_a_key_may_be_for_all_hosts(tmp_path: Path) -> None:
    """Networks are no secret; a key is for the repositories of one host."""
    file = tmp_path / "policy.toml"
    file.write_text(
        """
[repositories."*"]
networks = ["10.0.0.0/8"]

[repositories."ssh://git@git.example:2222/team/"]
identity_file = "/keys/git"
""",
        encoding="utf-8",
    )
    found = read_policy(file)
    assert found.access("https://a.example/x").networks == ("10.0.0.0/8",)
    assert found.access("ssh://git@git.example:2222/team/x").identity_file == "/keys/git"


def test_nothing_is_allowed_by_default(tmp_path: Path) -> None:
    """What a file does not say is not allowed."""
    assert _read(tmp_path, "") == _read(tmp_path, "[policy]\n") == DocumentPolicy()
    assert _read(tmp_path, "[policy.secrets]\nvault = []\n") == DocumentPolicy()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("[policy\n", ["1:8"]),
        ("[policy]\nlocal_work = 1\n", ["2:1"]),
        ('[policy]\n  local_work = "yes"\n', ["2:3"]),
        ("[policy]\nlocal_work = true\nlocal_wrok = true\n", ["3:1"]),
        ('[policy]\nlookups = "dict"\n', ["2:1"]),
        ("[policy]\nlookups = [1]\n", ["2:1"]),
        ("[policy]\nsecrets = []\n", ["2:1"]),
        ('[policy.secrets]\nvault = "kv"\n', ["2:1"]),
        ('[policy.secrets]\nvault = [""]\n', ["2:1"]),
        ("policy = 1\n", ["1:1"]),
        ("[polcy]\nlocal_work = true\n", ["1:1"]),
        ("[policy]\nworker_tags = []\n", ["2:1"]),
        ("[maximum]\nlocal_work = 1\n", ["2:1"]),
        ("[maximum]\nworker_tags = []\n", ["2:1"]),
        ("[maximum.secrets]\nvault = 1\n", ["2:1"]),
        ("repositories = 1\n", ["1:1"]),
        ('[repositories]\n"https://git.example/" = 1\n', ["2:1"]),
        ('[repositories."https://git.example/"]\nnetwork = []\n', ["2:1"]),
        ('[repositories."https://git.example/"]\nnetworks = ["10"]\n', ["2:1"]),
        ('[repositories."https://git.example/"]\ntoken_variable = 1\n', ["2:1"]),
        ('[repositories."*"]\ntoken_variable = "T"\n', ["2:1"]),
        ('[repositories."https://"]\ntoken_variable = "T"\n', ["2:1"]),
        ('[repositories."ssh://git@/"]\nnetworks = []\nidentity_file = "k"\n', ["3:1"]),
        ('[repositories."git.example/"]\ntoken_variable="T"\nidentity_file="k"\n', ["2:1", "3:1"]),
        ("local_work = true\n[policy]\nx = 1\ny = 1\n", ["1:1", "3:1", "4:1"]),
    ],
)
def test_what_is_wrong_has_its_place(tmp_path: Path, text: str, places: list[str]) -> None:
    """All problems of a file are reported at once."""
    with pytest.raises(InputError) as caught:
        _read(tmp_path, text)
    found = caught.value.diagnostics
    assert [str(one.mark) for one in found] == [f"{tmp_path}/policy.toml:{at}" for at in places]
    assert {one.slug for one in found} == {"bad-policy"}


def test_a_setting_that_is_nearly_known_is_suggested(tmp_path: Path) -> None:
    """A wrong letter is named."""
    with pytest.raises(InputError) as caught:
        _read(tmp_path, "[policy]\nlocal_wrok = true\n")
    assert "local_work" in caught.value.diagnostics[0].hint


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file and other bytes are no traceback."""
    with pytest.raises(InputError, match="No such file"):
        read_policy(tmp_path / "policy.toml")
    (tmp_path / "policy.toml").write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_policy(tmp_path / "policy.toml")
