"""Ends with 0 while the service in this container answers ``/livez``, by HTTPS or plain HTTP."""

from __future__ import annotations

import http.client
import os
import ssl
import sys

_PORT = int(os.environ.get("WORLDTREE_HEALTH_PORT", "8420"))
_TIMEOUT = 2.0


def _answers(connection: http.client.HTTPConnection) -> bool:
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Return the exit code."""
    # The certificate has the name that others use for the service, and it learns nothing secret.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    ways = (
        http.client.HTTPConnection("127.0.0.1", _PORT, timeout=_TIMEOUT),
        http.client.HTTPSConnection("127.0.0.1", _PORT, timeout=_TIMEOUT, context=context),
    )
    return 0 if any(_answers(one) for one in ways) else 1


if __name__ == "__main__":
    sys.exit(main())
