"""``${file:/path}``: the text of a file on the control side."""

from __future__ import annotations

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider, ProviderContext


class Files(Provider):
    """Texts of files."""

    def resolve(self, rest: str) -> str:
        """Return the text of the file without one newline at its end."""
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
            "give a file that holds text, or encode its bytes as base64",
        ) from None
    except FileNotFoundError:
        raise SecretError(
            "secret-not-found", f"there is no file {path}", "", "put it there, or mend the path"
        ) from None
    except OSError as error:
        raise SecretError(
            "secret-denied",
            f"the file {path} cannot be read: {error.strerror}",
            "",
            "give the user who runs `wt` the right to read it",
        ) from None
