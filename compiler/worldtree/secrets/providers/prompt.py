"""``${prompt:Text}``: the answer to a question before the task starts, or of a variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider


def answer_variable(question: str) -> str:
    """Return the variable that can answer ``question``: ``DB password?`` -> ``…_DB_PASSWORD``."""
    words = re.sub(r"[^A-Z0-9]+", "_", question.upper()).strip("_")
    return f"WORLDTREE_PROMPT_{words}"


def question_settings(settings: Mapping[str, Any], question: str) -> Mapping[str, Any]:
    """Return what ``spec.secrets.prompt`` says of ``question``; empty for nothing."""
    found: Mapping[str, Any] = settings.get("questions", {}).get(question, {})
    return found


class Prompt(Provider):
    """Answers given before the task started."""

    def resolve(self, rest: str) -> str:
        """Return the answer to the question ``rest``, or its default; encrypted if that is set."""
        settings = question_settings(self.context.settings, rest)
        typed = self.context.answers.get(rest)
        given = typed or self.context.environ.get(answer_variable(rest))
        answer: str | None = given or settings.get("default")
        if answer is None:
            raise SecretError(
                "secret-unanswered",
                f"the question `{rest}` has no answer",
                "Questions are only asked on a terminal, before the task starts.",
                f"run the command on a terminal, or set {answer_variable(rest)}",
            )
        if not settings.get("encrypt"):
            return answer
        self.context.conceal(answer)
        return _encrypted(rest, answer, settings)

    def is_shown(self, rest: str) -> bool:
        """Whether the answer shows while it is typed."""
        settings = question_settings(self.context.settings, rest)
        return not settings.get("private", True) and not settings.get("encrypt")


def _encrypted(question: str, answer: str, settings: Mapping[str, Any]) -> str:
    """Return the hash of an answer as `vars_prompt` makes it; raises ``SecretError``."""
    # Loaded only where it is used: it takes a fifth of a second.
    from ansible.errors import AnsibleError
    from ansible.utils.encrypt import do_encrypt

    try:
        hashed = do_encrypt(
            answer,
            settings["encrypt"],
            salt_size=settings.get("saltSize"),
            salt=settings.get("salt"),
        )
    except AnsibleError as error:
        raise SecretError(
            "secret-not-encrypted",
            f"the answer to `{question}` cannot be encrypted with `{settings['encrypt']}`",
            f"Ansible says: {error.message}",
            "install passlib beside ansible-core, or correct `encrypt`, `saltSize` and `salt`",
        ) from None
    return str(hashed)
