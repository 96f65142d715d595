"""``--ask-vault-pass``: a vault password that is typed, kept in memory until the command ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click

F = TypeVar("F", bound=Callable[..., Any])


def ask_vault_option(function: F) -> F:
    """Add ``-J``, which asks before the command begins."""

    @wraps(function)
    def asking(*args: Any, ask_vault: bool, **more: Any) -> Any:
        if ask_vault:
            _ask()
        return function(*args, **more)

    option = click.option(
        "-J",
        "--ask-vault-pass",
        "ask_vault",
        is_flag=True,
        help="Ask for the vault password on the terminal.",
    )
    return cast("F", option(asking))


def _ask() -> None:
    """Ask for the password, unless the variable with the answer is set.

    The variable is set in this process alone; no program that it starts gets it. Raises
    ``RefusedError`` without a terminal.
    """
    from worldtree.app.ports import Question
    from worldtree.cli.terminal_prompt import terminal_prompt
    from worldtree.core.environment_paths import VAULT_ANSWER, VAULT_QUESTION
    from worldtree.core.errors import RefusedError

    if os.environ.get(VAULT_ANSWER):
        return
    ask = terminal_prompt()
    if ask is None:
        raise RefusedError(
            "the vault password must be typed in, but there is no terminal",
            code="secret-answer-missing",
            hint=f"run the command in a terminal, set {VAULT_ANSWER}, or set "
            "ANSIBLE_VAULT_PASSWORD_FILE to a file with the password",
        )
    os.environ[VAULT_ANSWER] = ask(Question(VAULT_QUESTION))
    click.get_current_context().call_on_close(lambda: os.environ.pop(VAULT_ANSWER, None))
