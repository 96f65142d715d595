"""``wt --server URL token``: tokens of users of a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from worldtree.cli.access_tables import show_new_token, write_tokens
from worldtree.cli.output import write_data
from worldtree.cli.remote.connect import open_service
from worldtree.remote.client import quoted
from worldtree.remote.problems import ServerError
from worldtree.remote.server_url import ServerInputError
from worldtree.remote.service import RemoteService, with_keys

_KEYS = ("id", "user", "name", "scopes", "status", "created", "expires", "used", "revoked")


def create(
    *,
    user: str,
    name: str,
    scopes: tuple[str, ...],
    expires: float | None,
    service: bool,
    output: str,
) -> None:
    """Create a token, and print it on stdout."""
    asked = {
        "name": name,
        "scopes": list(scopes) or None,
        "expires_in": expires,
        "service": service,
    }
    client = open_service()
    path = _tokens_of(client, user)
    found = client.client.post_once(path, asked)
    show_new_token(with_keys(found, path, *_KEYS, "token"), output)


def list_(*, user: str | None, output: str) -> None:
    """List tokens, oldest first; not the tokens themselves."""
    service = open_service()
    found = _of(service, _tokens_of(service, user)) if user is not None else _every(service)
    items = sorted(found, key=lambda one: (one["created"], one["id"]))
    if output != "table":
        write_data({"items": items}, output)
    elif items:
        write_tokens(items)
    else:
        click.echo("no tokens yet: `wt token create` creates the first", err=True)


def revoke(*, token_id: str) -> None:
    """Refuse a token from now on, for good."""
    service = open_service()
    path, found = _find(service, token_id)
    service.client.delete(f"{path}/{quoted(token_id)}")
    words = "is revoked" if found["revoked"] is None else "was revoked before"
    click.echo(f"token {token_id} {words}", err=True)


def _find(service: RemoteService, token_id: str) -> tuple[str, Mapping[str, Any]]:
    """Return the list that has a token, and the token; one's own tokens are looked at first."""
    mine = "/me/tokens"
    for one in _of(service, mine):
        if one["id"] == token_id:
            return mine, one
    try:
        places = [_path(name) for name in _users(service)]
    except ServerError as problem:
        if problem.code != "permission-missing":
            raise
        places = []
    for path in places:
        for one in _of(service, path):
            if one["id"] == token_id:
                return path, one
    raise ServerInputError(
        "there is no token of this id",
        code="token-unknown",
        hint="`wt token list` shows the ids of the tokens that you may see",
    )


def _every(service: RemoteService) -> Iterator[Mapping[str, Any]]:
    for name in list(_users(service)):
        yield from _of(service, _path(name))


def _users(service: RemoteService) -> Iterator[str]:
    for one in service.whole_list("/users"):
        yield str(with_keys(one, "/users", "name")["name"])


def _tokens_of(service: RemoteService, user: str) -> str:
    """Return the list of a user's tokens; one's own needs no permission."""
    return "/me/tokens" if service.permissions()["name"] == user else _path(user)


def _path(user: str) -> str:
    return f"/users/{quoted(user)}/tokens"


def _of(service: RemoteService, path: str) -> Iterator[Mapping[str, Any]]:
    for one in service.whole_list(path):
        yield with_keys(one, path, *_KEYS)
