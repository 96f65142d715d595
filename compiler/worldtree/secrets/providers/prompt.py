"""``${prompt:Text}``: what a person answers once at the start, or a variable in their place."""

from __future__ import annotations

import re

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider


def answer_variable(question: str) -> str:
    """Return the variable that answers ``question``: ``DB password?`` -> ``…_DB_PASSWORD``."""
    words = re.sub(r"[^A-Z0-9]+", "_", question.upper()).strip("_")
    return f"WORLDTREE_PROMPT_{words}"


class Prompt(Provider):
    """Answers that were given before the work began."""

    def resolve(self, rest: str) -> str:
        """Return the answer to the question ``rest``."""
        answer = self.context.answers.get(rest) or self.context.environ.get(
            answer_variable(rest), ""
        )
        if not answer:
            raise SecretError(
                "secret-unanswered",
                f"nobody answered the question `{rest}`",
                "There is no terminal to ask on once the work has begun.",
                f"run the command on a terminal, or set {answer_variable(rest)} for it",
            )
        return answer
