"""Opens the service of a command: address, login, project."""

from __future__ import annotations

import os
from pathlib import Path

import click

from worldtree.cli.command import HintedUsageError, chosen_server
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings
from worldtree.remote.client import ApiClient, Connection
from worldtree.remote.login_store import LoginStore, login_directory
from worldtree.remote.server_url import (
    INSECURE_VARIABLE,
    ServerUrl,
    allows_insecure,
    read_server_url,
    refuse_insecure,
)
from worldtree.remote.service import RemoteService

#: A token in place of a saved one. Never an option: other users see the command line of a process.
TOKEN_VARIABLE = "WORLDTREE_TOKEN"


def open_service() -> RemoteService:
    """Return the service that the current command is to ask; it is closed at its end.

    Raises ``WorldTreeError``; `login-missing` without a token.
    """
    url = server_url()
    saved = login_store().get(url.text)
    token = os.environ.get(TOKEN_VARIABLE, "").strip() or (saved.token if saved else "")
    if not token:
        raise RefusedError(
            f"no login at {url} is saved",
            code="login-missing",
            hint=f"log in with `wt login {url}`, or set {TOKEN_VARIABLE}",
        )
    refuse_insecure(url, allowed=insecure_allowed() or (saved is not None and saved.insecure_http))
    connection = Connection(
        url,
        token,
        project=Settings.load(os.environ, Path.cwd()).project,
        ca_file=saved.ca_file if saved else None,
    )
    return RemoteService(open_client(connection))


def open_client(connection: Connection) -> ApiClient:
    """Return a client that is closed at the end of the command. Raises ``WorldTreeError``."""
    client = ApiClient(connection)
    click.get_current_context().call_on_close(client.close)
    return client


def server_url(given: str | None = None) -> ServerUrl:
    """Return the address ``given``, or that of `--server`. Raises an error without one."""
    text = given or chosen_server(click.get_current_context())
    if not text:
        raise HintedUsageError(
            "the address of the service is missing",
            hint="give it, or set WORLDTREE_SERVER; example: https://wt.example.org",
        )
    return read_server_url(text)


def login_store() -> LoginStore:
    """Return the saved logins of this user."""
    return LoginStore(login_directory(os.environ))


def insecure_allowed() -> bool:
    """Return whether the variable allows http:// to other machines."""
    return allows_insecure(os.environ.get(INSECURE_VARIABLE))
