"""Questions on the terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator

import pytest

from worldtree.app.ports import Question
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
        assert ask(Question("Passphrase:")) == "hush"
    assert asked == ["Passphrase: "]


def test_nobody_is_asked_without_a_terminal(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert terminal_prompt.terminal_prompt() is None
    assert asked == []


@pytest.mark.parametrize(
    ("question", "typed", "answer", "shown"),
    [
        (Question("Pin", default="1.0"), ["", ""], "", ["Pin [Enter: the default]: "]),
        (
            Question("Pin", is_confirmed=True),
            ["a", "b", "c", "c"],
            "c",
            ["Pin: ", "confirm Pin: "] * 2,
        ),
    ],
)
def test_a_hidden_answer_is_compared_and_its_default_is_not_shown(
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    question: Question,
    typed: list[str],
    answer: str,
    shown: list[str],
) -> None:
    """As `confirm` of `vars_prompt`: until both answers are the same."""

    def read(words: str, stream: object) -> str:
        assert stream is sys.stderr
        asked.append(words)
        return typed.pop(0)

    monkeypatch.setattr(getpass, "getpass", read)
    ask = terminal_prompt.terminal_prompt()
    assert ask is not None
    assert ask(question) == answer
    assert asked == shown


def test_an_answer_that_shows_is_read_with_echo(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its default shows too, as in Ansible; the end of the input is no answer."""
    typed = iter(["2.0\n", ""])
    monkeypatch.setattr(sys.stdin, "readline", lambda: next(typed))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ask = terminal_prompt.terminal_prompt()
    assert ask is not None
    assert ask(Question("Release:", is_shown=True, default="1.0")) == "2.0"
    assert capsys.readouterr().err == "Release [1.0]: "
    with pytest.raises(EOFError):
        ask(Question("Zone", is_shown=True))
    assert asked == []
