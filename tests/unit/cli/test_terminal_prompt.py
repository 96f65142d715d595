"""Questions on the terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator

import pytest

from worldtree.cli import terminal_prompt


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a person at a terminal was asked; the answer is always the same."""
    questions: list[str] = []

    def answer(prompt: str, stream: object) -> str:
        assert stream is sys.stderr
        questions.append(prompt)
        return "hush"

    monkeypatch.setattr(getpass, "getpass", answer)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    terminal_prompt._ask_once.cache_clear()
    yield questions
    terminal_prompt._ask_once.cache_clear()


def test_a_question_is_asked_once(asked: list[str]) -> None:
    """Even when several parts of a command have it."""
    for _ in range(2):
        ask = terminal_prompt.terminal_prompt()
        assert ask is not None
        assert ask("Passphrase:") == "hush"
    assert asked == ["Passphrase: "]


def test_nobody_is_asked_without_a_terminal(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert terminal_prompt.terminal_prompt() is None
    assert asked == []
