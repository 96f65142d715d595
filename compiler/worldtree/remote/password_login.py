"""Logs in with a name and a password: a session, just long enough to make a token."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from worldtree.core.errors import WorldTreeError
from worldtree.remote.client import ApiClient
from worldtree.remote.results import unreadable_answer

#: Shows the service that no page of another site sends the request.
_OF_SESSION = {"X-WorldTree-Session": "1"}


def log_in_with_password(
    client: ApiClient, name: str, password: str, purpose: str
) -> dict[str, Any]:
    """Return a new token of a user as the API shows it; ``purpose`` is its name in lists.

    The client keeps the cookie of the session meanwhile. Raises ``WorldTreeError``: `login-refused`
    for a wrong name or password.
    """
    client.post_once("/session", {"name": name, "password": password})
    try:
        found = client.post_once("/me/tokens", {"name": purpose}, **_OF_SESSION)
    finally:
        # The session would end by itself.
        with suppress(WorldTreeError):
            client.delete("/session", **_OF_SESSION)
    if not isinstance(found, dict) or not isinstance(found.get("token"), str):
        raise unreadable_answer("`/me/tokens`")
    return found
