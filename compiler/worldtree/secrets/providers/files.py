"""``${file:/path}``: the text of a file on the control side."""

from __future__ import annotations

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider, ProviderContext


class Files(Provider):
    """Reads files."""

    def resolve(self, rest: str) -> str:
        """Return the text of the file without one trailing newline."""
        text = read_text(self.context, rest)
        return text[:-1] if text.endswith("\n") else text


def read_text(context: ProviderContext, written: str) -> str:
    """Return the text of a file; raises ``SecretError``."""
    path = context.path(written)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SecretError(
            "secret-unreadable",
            f"the file {path} is not UTF-8 text",
            "",
            "use a text file, or encode the bytes as base64",
        ) from None
    except FileNotFoundError:
        raise SecretError(
            "secret-not-found",
            f"the file {path} does not exist",
            "",
            "create it, or correct the path",
        ) from None
    except OSError as error:
        raise SecretError(
            "secret-denied",
            f"cannot read the file {path}: {error.strerror}",
            "",
            "make it readable for the user who runs `wt`",
        ) from None
