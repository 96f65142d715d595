"""What an error of Vault means to the person who has to mend it."""

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
    """Turn whatever hvac and the connection raise while ``doing`` something into a problem.

    ``client`` is asked whether it is the token or its rights that are refused.
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
            "give the authority's certificate as `spec.secrets.vault.caFile` or VAULT_CACERT",
        ) from None
    except net.Timeout:
        raise SecretError(
            "secret-store-unreachable",
            f"Vault at {address} did not answer in time",
            "",
            "see whether it runs and a firewall lets this machine through",
        ) from None
    except (net.RequestException, vault.BadGateway) as error:
        raise SecretError(
            "secret-store-unreachable",
            f"Vault at {address} cannot be reached",
            _first_error(error),
            "mend the address (`spec.secrets.vault.address` or VAULT_ADDR), or start it",
        ) from None
    except vault.VaultDown as error:
        raise SecretError(
            "secret-store-sealed",
            f"Vault at {address} is sealed or on standby",
            _first_error(error),
            "unseal it: vault operator unseal",
        ) from None
    except vault.VaultNotInitialized:
        raise SecretError(
            "secret-store-sealed",
            f"Vault at {address} is not initialised",
            "",
            "initialise it: vault operator init",
        ) from None
    except (vault.Forbidden, vault.Unauthorized) as error:
        if client is not None and not token_accepted(client):
            raise SecretError(
                "secret-token-refused",
                f"Vault at {address} does not accept the token",
                "It expired, was revoked, or is mistyped.",
                "log in again and give the new token, or let WorldTree log in (`auth: approle`)",
            ) from None
        raise SecretError(
            "secret-denied",
            f"Vault denies {doing}",
            _first_error(error),
            "give the token's or role's policy the right to `read` it",
        ) from None
    except vault.VaultError as error:
        raise SecretError(
            "secret-unreadable",
            f"Vault at {address} failed at {doing}",
            _first_error(error),
            "see Vault's own log for why",
        ) from None


def token_accepted(client: hvac.Client) -> bool:
    """Whether the client's token may at least be looked at by itself."""
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
