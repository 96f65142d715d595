"""``wt token``: tokens with which users and programs call the service."""

from __future__ import annotations

import click

from worldtree.cli.build_application import application
from worldtree.cli.command import Group
from worldtree.cli.completions import complete_permission, complete_token, complete_user
from worldtree.cli.options import duration_seconds
from worldtree.cli.output import output_option, write_data
from worldtree.core.errors import ExitCode

#: The value of ``--expires`` for a token that does not.
_NEVER = "never"


def _lifetime(context: click.Context, parameter: click.Parameter, value: str) -> float | None:
    """Parse an option such as ``90d`` to seconds, ``never`` to None."""
    return None if value == _NEVER else duration_seconds(context, parameter, value)


@click.group(cls=Group)
def token() -> None:
    """Manage the tokens with which users and programs call the service.

    These commands work on the database of this machine's settings, and need no login: they are for
    its owner. Each change is in `wt audit`.
    """


@token.command(
    exit_codes={
        ExitCode.INPUT: "unknown user or permission",
        ExitCode.REFUSED: "the user is disabled",
    }
)
@click.option(
    "--user",
    required=True,
    metavar="USER",
    shell_complete=complete_user,
    help="The user who owns the token.",
)
@click.option("--name", default="", metavar="TEXT", help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="PERMISSION",
    shell_complete=complete_permission,
    help="Limit the token to this permission, such as `task:get`; may be repeated. The owner's "
    "rights are checked as well.  [default: all rights of the owner]",
)
@click.option(
    "--expires",
    callback=_lifetime,
    default="90d",
    show_default=True,
    metavar="TIME",
    help="When the token ends, from now, such as 90d or 12h; or never.",
)
@click.option(
    "--service", is_flag=True, help="The token of a program: it begins with wts_ instead of wtp_."
)
@output_option
def create(
    user: str,
    name: str,
    scopes: tuple[str, ...],
    expires: float | None,
    service: bool,
    output: str,
) -> None:
    """Create a token, and print it on stdout.

    This is the only time that it can be seen: the database has only its digest. Let it go straight
    into a file that only you can read, or into a secret store.
    """
    from worldtree.app.views.access import new_token_view
    from worldtree.auth.tokens import TokenKind
    from worldtree.cli.access_tables import show_new_token

    made = application().access.create_token(
        user,
        name=name,
        scopes=scopes or None,
        lifetime=expires,
        kind=TokenKind.SERVICE if service else TokenKind.PERSON,
    )
    show_new_token(new_token_view(made), output)


@token.command("list", exit_codes={ExitCode.INPUT: "unknown user"})
@click.option(
    "--user", metavar="USER", shell_complete=complete_user, help="Only tokens of this user."
)
@output_option
def list_(user: str | None, output: str) -> None:
    """List tokens, oldest first; not the tokens themselves.

    USED is exact to a minute.
    """
    from worldtree.app.views.access import token_list_view
    from worldtree.cli.access_tables import write_tokens

    found = token_list_view(application().access.list_tokens(user))
    if output != "table":
        write_data(found, output)
    elif found["items"]:
        write_tokens(found["items"])
    else:
        click.echo("no tokens yet: `wt token create` creates the first", err=True)


@token.command(exit_codes={ExitCode.INPUT: "unknown token"})
@click.argument("token_id", metavar="ID", shell_complete=complete_token)
def revoke(token_id: str) -> None:
    """Refuse a token from now on, for good.

    ID is the one of `wt token list`, never the token itself.
    """
    changed = application().access.revoke_token(token_id)
    click.echo(f"token {token_id} {'is revoked' if changed else 'was revoked before'}", err=True)
