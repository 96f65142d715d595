"""``${prompt:Text}``: the answer to a question before the task starts, or of a variable."""

from __future__ import annotations

import re

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider


def answer_variable(question: str) -> str:
    """Return the variable that can answer ``question``: ``DB password?`` -> ``…_DB_PASSWORD``."""
    words = re.sub(r"[^A-Z0-9]+", "_", question.upper()).strip("_")
    return f"WORLDTREE_PROMPT_{words}"


class Prompt(Provider):
    """Answers given before the task started."""

    def resolve(self, rest: str) -> str:
        """Return the answer to the question ``rest``."""
        answer = self.context.answers.get(rest) or self.context.environ.get(
            answer_variable(rest), ""
        )
        if not answer:
            raise SecretError(
                "secret-unanswered",
                f"the question `{rest}` has no answer",
                "Questions are only asked on a terminal, before the task starts.",
                f"run the command on a terminal, or set {answer_variable(rest)}",
            )
        return answer
