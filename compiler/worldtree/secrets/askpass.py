"""What ssh calls for a password in the connection check: prints the one its host is reached with.

Which one is named by ``WORLDTREE_ASKPASS``, a reference; the broker gives its value.
"""

from __future__ import annotations

import os
import sys

from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient

#: The variable that names the reference.
REFERENCE_VARIABLE = "WORLDTREE_ASKPASS"


def main() -> int:
    """Print the password; anything else that ssh may ask gets no answer."""
    # Not the question whether to trust a host's key.
    if not any("assword" in word for word in sys.argv[1:]):
        return 1
    client = SecretsClient(os.environ[SOCKET_VARIABLE])
    try:
        answer = client.get(os.environ[REFERENCE_VARIABLE])
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
