"""The passwords of a host's login, asked of the broker of secrets when they are needed.

ssh gets its own from a program that asks the broker; the one for sudo goes through ssh's standard
input. Neither is ever in an argument, an environment or a file.
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
    """Return the environment in which ssh gets the password; None where nobody knows it.

    ``environment`` is what the broker tells runs.
    """
    broker = environment.get(SOCKET_VARIABLE)
    if broker is None or reference is None:
        return None
    program = str(Path(broker).parent / "askpass")
    how = {"SSH_ASKPASS": program, "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":"}
    return {**environment, **how, REFERENCE_VARIABLE: str(reference)}


def fetch_password(reference: SecretRef | str | None, environment: Mapping[str, str]) -> str | None:
    """Return the value itself; None where nobody knows it."""
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
