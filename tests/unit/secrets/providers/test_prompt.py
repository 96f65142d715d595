"""Questions whose answers are defaults, or are encrypted as `vars_prompt` of Ansible does it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.utils import encrypt

from worldtree.secrets.errors import SecretError
from worldtree.secrets.resolver import SecretResolver, SecretSources


def resolver(question: dict[str, Any], **answers: str) -> SecretResolver:
    """A resolver that has ``question`` as `Pin` of the document."""
    settings = {"prompt": {"questions": {"Pin": question}}}
    return SecretResolver(SecretSources({}, settings, answers=answers))


@pytest.mark.parametrize(
    ("question", "answers", "value"),
    [
        ({"default": "a"}, {}, "a"),
        ({"default": "a"}, {"Pin": ""}, "a"),
        ({"default": "a"}, {"Pin": "b"}, "b"),
        ({"default": ""}, {"Pin": ""}, ""),
    ],
)
def test_a_default_stands_for_an_empty_answer(
    question: dict[str, Any], answers: dict[str, str], value: str
) -> None:
    assert resolver(question, **answers).get("prompt:Pin") == value


def test_only_an_answer_that_shows_is_not_redacted() -> None:
    for question, redacted in (({}, ["b"]), ({"private": False}, [])):
        found = resolver(question, Pin="b")
        assert found.get("prompt:Pin") == "b"
        assert found.values()[0] == redacted


def test_an_answer_is_encrypted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By Ansible; neither the answer nor its hash shows anywhere."""
    calls = []

    def do_encrypt(*given: Any, **more: Any) -> str:
        calls.append((given, more))
        return "$6$hash"

    monkeypatch.setattr(encrypt, "do_encrypt", do_encrypt)
    question = {"encrypt": "sha512_crypt", "saltSize": 7, "private": False}
    found = resolver(question, Pin="b")
    assert [found.get("prompt:Pin") for _ in range(2)] == ["$6$hash"] * 2
    assert calls == [(("b", "sha512_crypt"), {"salt_size": 7, "salt": None})]
    assert found.values()[0] == ["b", "$6$hash"]


def test_what_ansible_cannot_encrypt_is_reported_without_the_answer() -> None:
    with pytest.raises(SecretError) as caught:
        resolver({"encrypt": "rot13_of_no_kind"}, Pin="canary").get("prompt:Pin")
    problem = caught.value.problem
    assert problem.slug == "secret-not-encrypted"
    assert "`rot13_of_no_kind`" in problem.summary
    assert "canary" not in str(problem)
