"""The options of ``wt serve`` for an identity provider; each has a variable."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from worldtree.auth.provider_tokens import ProviderSettings

F = TypeVar("F", bound=Callable[..., Any])

#: The secret itself has a variable alone: options show in the list of processes.
_SECRET_VARIABLE = "WORLDTREE_OIDC_CLIENT_SECRET"
_OPTIONS = (
    click.option(
        "--oidc-issuer",
        envvar="WORLDTREE_OIDC_ISSUER",
        default="",
        metavar="URL",
        help="Identity provider (OpenID Connect) at which users log in.  "
        "[variable: WORLDTREE_OIDC_ISSUER]",
    ),
    click.option(
        "--oidc-client-id",
        envvar="WORLDTREE_OIDC_CLIENT_ID",
        default="",
        metavar="ID",
        help="What the service is called there.  [variable: WORLDTREE_OIDC_CLIENT_ID]",
    ),
    click.option(
        "--oidc-client-secret-file",
        envvar="WORLDTREE_OIDC_CLIENT_SECRET_FILE",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="File with the secret of the client, unless WORLDTREE_OIDC_CLIENT_SECRET has it.  "
        "[variable: WORLDTREE_OIDC_CLIENT_SECRET_FILE]",
    ),
    click.option(
        "--oidc-audience",
        envvar="WORLDTREE_OIDC_AUDIENCE",
        default="",
        metavar="NAME",
        help="Audience of tokens with which programs call the API.  [default: the client's id; "
        "variable: WORLDTREE_OIDC_AUDIENCE]",
    ),
    click.option(
        "--oidc-groups-claim",
        envvar="WORLDTREE_OIDC_GROUPS_CLAIM",
        default="groups",
        metavar="PATH",
        help="Claim with the groups of a user, such as resource_access.worldtree.roles.  "
        "[default: groups; variable: WORLDTREE_OIDC_GROUPS_CLAIM]",
    ),
    click.option(
        "--oidc-scopes",
        envvar="WORLDTREE_OIDC_SCOPES",
        default="openid profile email",
        metavar="SCOPES",
        help="Scopes that a login asks for.  [default: openid profile email; "
        "variable: WORLDTREE_OIDC_SCOPES]",
    ),
)


def provider_options(function: F) -> F:
    """Add the options; ``provider_settings`` gets their values."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def provider_settings(
    oidc_issuer: str,
    oidc_client_id: str,
    oidc_client_secret_file: Path | None,
    oidc_audience: str,
    oidc_groups_claim: str,
    oidc_scopes: str,
) -> ProviderSettings | None:
    """Return the settings; None without an issuer. Raises ``UsageError``."""
    from worldtree.auth.provider_tokens import ProviderSettings

    if not oidc_issuer:
        return None
    secret = os.environ.get(_SECRET_VARIABLE, "")
    if oidc_client_secret_file is not None:
        try:
            secret = oidc_client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(
                "the file with the secret of the client is unreadable"
            ) from error
    scopes = tuple(dict.fromkeys(["openid", *oidc_scopes.split()]))
    return ProviderSettings(
        oidc_issuer, oidc_client_id, secret, oidc_audience, oidc_groups_claim, scopes
    )
