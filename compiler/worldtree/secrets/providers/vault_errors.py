"""Translates errors of Vault and of the connection into problems for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from worldtree.secrets.errors import SecretError

if TYPE_CHECKING:
    import hvac

_MAX_ERROR_LENGTH = 200


@contextmanager
def translated_errors(
    address: str, doing: str, client: hvac.Client | None = None
) -> Iterator[None]:
    """Translate what hvac and requests raise in the block into ``SecretError``.

    ``doing`` names the operation. ``client`` is used to find out whether Vault rejects the token
    or denies the path.
    """
    import hvac.exceptions as vault
    import requests.exceptions as net

    try:
        yield
    except SecretError:
        raise
    except net.SSLError as error:
        raise SecretError(
            "secret-store-tls",
            f"the certificate of Vault at {address} is not trusted",
            _first_error(error),
            "set `spec.secrets.vault.caFile` or VAULT_CACERT to the certificate of the authority",
        ) from None
    except net.Timeout:
        raise SecretError(
            "secret-store-unreachable",
            f"Vault at {address} did not answer in time",
            "",
            "check that it runs and that this machine can reach it",
        ) from None
    except (net.RequestException, vault.BadGateway) as error:
        raise SecretError(
            "secret-store-unreachable",
            f"Vault at {address} is unreachable",
            _first_error(error),
            "correct the address (`spec.secrets.vault.address` or VAULT_ADDR), or start Vault",
        ) from None
    except vault.VaultDown as error:
        raise SecretError(
            "secret-store-sealed",
            f"Vault at {address} is sealed or on standby",
            _first_error(error),
            "unseal it with `vault operator unseal`",
        ) from None
    except vault.VaultNotInitialized:
        raise SecretError(
            "secret-store-sealed",
            f"Vault at {address} is not initialised",
            "",
            "initialise it with `vault operator init`",
        ) from None
    except (vault.Forbidden, vault.Unauthorized) as error:
        if client is not None and not token_accepted(client):
            raise SecretError(
                "secret-token-refused",
                f"Vault at {address} rejects the token",
                "It is expired, revoked or mistyped.",
                "log in again and provide the new token, or let WorldTree log in (`auth: approle`)",
            ) from None
        raise SecretError(
            "secret-denied",
            f"Vault denies {doing}",
            _first_error(error),
            "allow `read` on the path in the policy of the token or role",
        ) from None
    except vault.VaultError as error:
        raise SecretError(
            "secret-unreadable",
            f"Vault at {address} failed {doing}",
            _first_error(error),
            "check the log of Vault",
        ) from None


def token_accepted(client: hvac.Client) -> bool:
    """Whether Vault accepts the client's token: any token may look itself up."""
    import hvac.exceptions as vault

    try:
        client.auth.token.lookup_self()
    except (vault.Forbidden, vault.Unauthorized):
        return False
    return True


def _first_error(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    text = str(errors[0]) if isinstance(errors, list) and errors else str(error)
    line = " ".join(text.split())
    return line if len(line) <= _MAX_ERROR_LENGTH else line[: _MAX_ERROR_LENGTH - 1] + "…"
