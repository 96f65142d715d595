"""The passwords of a host's login, fetched from the secrets broker when they are needed.

ssh gets its password from a program that asks the broker; the one for sudo goes through ssh's
standard input. Neither is ever in an argument, an environment or a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.secrets.askpass import REFERENCE_VARIABLE
from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient

if TYPE_CHECKING:
    from worldtree.spec.secret_references import SecretRef


def askpass_environment(
    reference: SecretRef | str | None, environment: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the environment in which ssh gets the password; None where there is no broker.

    ``environment`` are the variables by which programs find the broker.
    """
    broker = environment.get(SOCKET_VARIABLE)
    if broker is None or reference is None:
        return None
    program = str(Path(broker).parent / "askpass")
    how = {"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":"}
    return {**environment, **how, REFERENCE_VARIABLE: str(reference)}


def fetch_password(reference: SecretRef | str | None, environment: Mapping[str, str]) -> str | None:
    """Return the password itself; None where the broker does not have it."""
    broker = environment.get(SOCKET_VARIABLE)
    if broker is None or reference is None:
        return None
    client = SecretsClient(broker)
    try:
        return client.get(str(reference)).get("value")
    except BrokerGoneError:
        return None
    finally:
        client.close()
