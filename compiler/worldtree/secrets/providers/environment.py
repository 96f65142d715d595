"""``${env:NAME}``: an environment variable of the control side."""

from __future__ import annotations

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider


class Environment(Provider):
    """Variables of the environment in which ``wt`` was called."""

    def resolve(self, rest: str) -> str:
        """Return the variable ``rest``, which must not be empty."""
        value = self.context.environ.get(rest, "")
        if not value:
            state = "empty" if rest in self.context.environ else "not set"
            raise SecretError(
                "secret-not-found",
                f"the environment variable {rest} is {state}",
                "",
                "set it and run the command again",
            )
        return value
