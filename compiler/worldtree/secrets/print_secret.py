"""Prints a secret of the broker, for programs that ssh and Ansible call for a password."""

from __future__ import annotations

import os

from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient


def print_secret(reference: str) -> int:
    """Print the secret and return the exit code: 1 without one."""
    client = SecretsClient(os.environ[SOCKET_VARIABLE])
    try:
        answer = client.get(reference)
    except BrokerGoneError:
        return 1
    finally:
        client.close()
    if "value" not in answer:
        return 1
    print(answer["value"])
    return 0
