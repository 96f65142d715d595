"""The contract of all providers, tested through the registry as the broker uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from unit.secrets.bao import ROOT_TOKEN, Bao, program
from unit.secrets.conftest import NO_BAO
from unit.secrets.providers.test_ansible_vault import vaulted
from worldtree.plugins import loader
from worldtree.secrets import registry
from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider
from worldtree.secrets.resolver import SecretResolver, SecretSources, settings_key
from worldtree.spec.secret_references import PROVIDERS

#: Template signs, quotes and letters outside ASCII: a value comes as it is.
VALUE = "cänary {{ 1 }} \"'\\ $x ${env:A}"


@dataclass
class Case:
    """A provider with one secret in it."""

    sources: SecretSources
    good: str
    missing: str


class Echo(Provider):
    """A provider of another package."""

    def resolve(self, rest: str) -> str:
        if rest == "nothing":
            raise SecretError("secret-not-found", "there is nothing")
        if rest == "boom":
            raise RuntimeError(f"{VALUE} must not be shown")
        return VALUE


def _environment(_: Path) -> Case:
    return Case(SecretSources({"A": VALUE}), "env:A", "env:B")


def _file(directory: Path) -> Case:
    (directory / "f").write_text(f"{VALUE}\n")
    return Case(SecretSources(directories=(str(directory),)), "file:f", f"file:{directory}/g")


def _prompt(_: Path) -> Case:
    sources = SecretSources({"WORLDTREE_PROMPT_B_C": "x"}, answers={"A?": VALUE})
    return Case(sources, "prompt:A?", "prompt:D")


def _ansible_vault(directory: Path) -> Case:
    (directory / "plain").write_text(VALUE)
    (directory / "password").write_text("pa55word")
    settings = {"ansibleVault": {"passwordFile": "password"}}
    vaulted(directory)
    return Case(
        SecretSources({}, settings, (str(directory),)),
        "ansible-vault:plain",
        "ansible-vault:secrets.yml#n",
    )


def _other(_: Path) -> Case:
    return Case(SecretSources(), "echo:x", "echo:nothing")


CASES: Mapping[str, Callable[[Path], Case]] = {
    "env": _environment,
    "file": _file,
    "prompt": _prompt,
    "ansible-vault": _ansible_vault,
    "vault": _other,
    "echo": _other,
}


def test_built_in_providers_are_known_to_documents_and_each_has_a_case() -> None:
    """The registry, the parser of references and this contract name the same providers."""
    assert set(registry._BUILT_IN) == set(PROVIDERS)
    assert set(CASES) == {*PROVIDERS, "echo"}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Each provider in turn."""
    point = EntryPoint("echo", f"{__name__}:Echo", registry.PROVIDER_GROUP.name)

    def points(*, group: str, name: str) -> EntryPoints:
        return EntryPoints([point]).select(group=group, name=name)

    monkeypatch.setattr(EntryPoint, "load", lambda _: Echo)
    monkeypatch.setattr(loader, "entry_points", points)
    if request.param == "vault":
        if program() is None:
            pytest.skip(NO_BAO)
        bao: Bao = request.getfixturevalue("bao")
        bao.root.secrets.kv.v1.create_or_update_secret("odd", {"k": VALUE}, mount_point="old")
        sources = SecretSources({"VAULT_TOKEN": ROOT_TOKEN, "VAULT_ADDR": bao.address})
        return Case(sources, "vault:old/odd#k", "vault:old/odd#n")
    return CASES[request.param](tmp_path)


def test_a_value_comes_as_it_is_and_is_known_for_redaction(case: Case) -> None:
    resolver = SecretResolver(case.sources)
    assert resolver.get(case.good) == VALUE
    values, count = resolver.values()
    assert VALUE in values
    assert count == len(values)
    assert resolver.values(count) == ([], count)


def test_a_missing_secret_is_reported_with_help_and_no_value(case: Case) -> None:
    resolver = SecretResolver(case.sources)
    resolver.get(case.good)
    with pytest.raises(SecretError) as caught:
        resolver.get(case.missing)
    problem = caught.value.problem
    assert problem.slug in {"secret-not-found", "secret-unanswered"}
    assert problem.summary
    assert VALUE not in str(problem)


def test_all_missing_secrets_are_reported_together_in_order(case: Case) -> None:
    lacks = SecretResolver(case.sources).find_problems(
        [case.missing, case.good, "nobody:x", case.missing]
    )
    assert list(lacks) == [case.missing, "nobody:x"]
    assert lacks["nobody:x"].slug == "unknown-secret-provider"


def test_upkeep_and_end_are_harmless(case: Case) -> None:
    resolver = SecretResolver(case.sources)
    assert resolver.upkeep() is None
    resolver.get(case.good)
    resolver.upkeep()
    resolver.close()


@pytest.mark.parametrize("case", ["echo"], indirect=True)
def test_the_text_of_a_broken_provider_is_not_shown(case: Case) -> None:
    with pytest.raises(SecretError) as caught:
        SecretResolver(case.sources).get("echo:boom")
    assert caught.value.problem.slug == "secret-provider-broken"
    assert "RuntimeError" in str(caught.value)
    assert "must not" not in str(caught.value)


@pytest.mark.parametrize("reference", ["", "env", "env:", ":x"])
def test_an_invalid_reference_is_reported(reference: str) -> None:
    with pytest.raises(SecretError):
        SecretResolver(SecretSources()).get(reference)


def test_settings_have_the_names_of_the_document() -> None:
    assert settings_key("ansible-vault") == "ansibleVault"
    assert settings_key("vault") == "vault"
