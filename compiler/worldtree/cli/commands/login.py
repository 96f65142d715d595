"""``wt login``, ``wt logout``, ``wt whoami``: who this user is at a service."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldtree.cli.command import Command, HintedUsageError
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

if TYPE_CHECKING:
    from worldtree.remote.client import ApiClient

_url = click.argument("url", required=False)
_EXIT_CODES = {
    ExitCode.FAILED: "the service cannot be reached, or its certificate is not trusted",
    ExitCode.REFUSED: "the login was refused, or there is none",
}
_METHODS = ("device", "password", "token")


@click.command(cls=Command, exit_codes=_EXIT_CODES)
@_url
@click.option(
    "--method",
    type=click.Choice(_METHODS),
    help="How to log in.  [default: `device`, with a browser, where the service offers it]",
)
@click.option("--user", metavar="NAME", help="With `password`: the name.  [default: ask]")
@click.option("--token-stdin", is_flag=True, help="Read a token from the first line of stdin.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password of --user from the first line of stdin.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, resolve_path=True),
    help="Trust the authorities in this PEM file instead of those of the system.",
)
@click.option(
    "--insecure-http",
    is_flag=True,
    help="Allow http:// to another machine: others in the network can read the token.",
)
def login(
    url: str | None,
    method: str | None,
    user: str | None,
    token_stdin: bool,
    password_stdin: bool,
    ca_file: Path | None,
    insecure_http: bool,
) -> None:
    """Save a login at a service.

    Commands with `--server URL` use it from then on. With the method `device` a browser, on this
    machine or another one, confirms the login at the identity provider of the service; with
    `password` a user of the service gives name and password. Both make a token of their own; with
    `token` it is one of `wt token create`. The token is checked, and saved in
    `$XDG_CONFIG_HOME/worldtree/servers.json`, which only this user can read. The default of URL is
    that of `--server`.
    """
    from worldtree.cli.remote.connect import insecure_allowed, login_store, open_client, server_url
    from worldtree.remote.client import Connection
    from worldtree.remote.login_store import SavedLogin
    from worldtree.remote.server_url import refuse_insecure

    if token_stdin and (password_stdin or method in ("device", "password")):
        raise HintedUsageError("a token needs no other method", hint="leave out --token-stdin")
    if password_stdin and user is None:
        raise HintedUsageError("--password-stdin needs --user", hint="add `--user NAME`")
    server = server_url(url)
    allowed = insecure_http or insecure_allowed()
    refuse_insecure(server, allowed=allowed)
    trusted = None if ca_file is None else str(ca_file)
    client = open_client(Connection(server, ca_file=trusted))
    if token_stdin:
        found: dict[str, Any] = {"token": sys.stdin.readline().strip()}
    else:
        chosen = _method(client, "password" if user is not None else method)
        if chosen.name == "device":
            found = _by_device(client, chosen.oidc, trusted=trusted, insecure=allowed)
        elif chosen.name == "password":
            found = _by_password(client, user, is_on_stdin=password_stdin)
        else:
            found = {"token": _typed("Token", "--token-stdin")}
    _refuse_unreadable(found["token"])
    saved = SavedLogin(
        found["token"],
        expires=found.get("expires"),
        ca_file=trusted,
        insecure_http=insecure_http,
    )
    name = _checked_user(open_client(Connection(server, saved.token, ca_file=trusted)))
    login_store().save(server.text, replace(saved, user=name))
    click.echo(f"logged in at {server}{f' as {name}' if name else ''}", err=True)


@click.command(cls=Command, exit_codes={ExitCode.REFUSED: "there is no login"})
@_url
def logout(url: str | None) -> None:
    """Forget the login at a service.

    Its token stays valid until it expires or is revoked (`wt token revoke`). The default of URL is
    that of `--server`.
    """
    from worldtree.cli.remote.connect import login_store, server_url
    from worldtree.core.errors import RefusedError

    server = server_url(url)
    store = login_store()
    if not store.remove(server.text):
        known = ", ".join(store.all())
        raise RefusedError(
            f"no login at {server} is saved",
            code="login-missing",
            hint=f"saved are logins at {known}" if known else "",
        )
    click.echo(f"the login at {server} is forgotten", err=True)


@click.command(cls=Command, exit_codes=_EXIT_CODES)
@output_option
def whoami(output: str) -> None:
    """Show who you are at a service, and what you may do.

    The service is that of `--server`, the project that of WORLDTREE_PROJECT.
    """
    from worldtree.cli.remote.connect import open_service

    service = open_service()
    found = service.permissions()
    if output != "table":
        write_data({"server": service.client.url.text, **found}, output)
        return
    click.echo(f"{found['name']} at {service.client.url}")
    click.echo(f"project      {service.client.project or 'default'}")
    click.echo(f"permissions  {', '.join(found['permissions'])}")


@dataclass(frozen=True, slots=True)
class _Method:
    """How to log in, and the provider of the service for it."""

    name: str
    oidc: Mapping[str, Any]


def _method(client: ApiClient, wanted: str | None) -> _Method:
    """Return the method that is wanted, or else the best one that the service offers."""
    from worldtree.core.errors import RefusedError
    from worldtree.remote.device_login import login_methods

    offered = login_methods(client)
    if wanted is not None and wanted not in offered.methods:
        raise RefusedError(
            f"the service offers no login by `{wanted}`",
            code="login-failed",
            hint=f"it offers {', '.join(f'`{one}`' for one in offered.methods)}",
        )
    best = "device" if "device" in offered.methods else "token"
    return _Method(wanted or best, offered.oidc)


def _by_password(client: ApiClient, user: str | None, *, is_on_stdin: bool) -> dict[str, Any]:
    from worldtree.remote.password_login import log_in_with_password

    name = user if user is not None else _typed("User", "--user NAME", hide=False)
    if is_on_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = _typed("Password", "--password-stdin")
    return log_in_with_password(client, name, password, f"wt login on {socket.gethostname()}")


def _by_device(
    client: ApiClient, oidc: Any, *, trusted: str | None, insecure: bool
) -> dict[str, Any]:
    from worldtree.remote.device_login import DeviceLogin
    from worldtree.remote.results import unreadable_answer

    provider = DeviceLogin(oidc, ca_file=trusted, insecure=insecure)
    click.get_current_context().call_on_close(provider.close)
    code = provider.begin()
    click.echo(f"open {code.address} and enter the code {code.user_code}", err=True)
    if code.whole_address:
        click.echo(f"or open {code.whole_address}", err=True)
    found = client.post_once("/login/token", {"token": provider.id_token(code)})
    if not isinstance(found, dict) or not isinstance(found.get("token"), str):
        raise unreadable_answer("`/login/token`")
    return found


def _typed(what: str, option: str, *, hide: bool = True) -> str:
    """Ask on the terminal; raises ``RefusedError`` without one."""
    from worldtree.core.errors import RefusedError

    if not sys.stdin.isatty():
        raise RefusedError(
            f"the {what.lower()} must be typed in, but there is no terminal",
            code="login-failed",
            hint=f"give it with `{option}`",
        )
    typed: str = click.prompt(what, hide_input=hide, err=True)
    return typed.strip() if what == "Token" else typed


def _refuse_unreadable(token: str) -> None:
    """Raise for what cannot be sent in a header."""
    from worldtree.core.errors import RefusedError

    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise RefusedError(
            "what was given is not a token",
            code="login-failed",
            hint="give one of `wt token create`, whole and alone in its line",
        )


def _checked_user(client: ApiClient) -> str:
    """Return the name of the token's user; empty where it may do nothing in the project.

    Raises ``WorldTreeError`` for a token that the service refuses.
    """
    from worldtree.remote.problems import ServerError
    from worldtree.remote.service import RemoteService

    try:
        return str(RemoteService(client).permissions()["name"])
    except ServerError as problem:
        if problem.code in ("project-unknown", "permission-missing"):
            return ""
        raise
