"""Program that gives Ansible the vault password that was typed: prints it, from the broker."""

from __future__ import annotations

import os
import sys

from worldtree.core.environment_paths import VAULT_QUESTION
from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient


def main() -> int:
    """Print the password; exit code 1 without one, of which Ansible names this program."""
    client = SecretsClient(os.environ[SOCKET_VARIABLE])
    try:
        answer = client.get(f"prompt:{VAULT_QUESTION}")
    except BrokerGoneError:
        return 1
    finally:
        client.close()
    if "value" not in answer:
        return 1
    print(answer["value"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
