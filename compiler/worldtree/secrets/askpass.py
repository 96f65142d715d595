"""SSH_ASKPASS program of the connection check: prints the password for the host.

``WORLDTREE_ASKPASS`` names the password by its reference; the broker resolves it.
"""

from __future__ import annotations

import os
import sys

from worldtree.secrets.print_secret import print_secret

#: The variable that names the reference.
REFERENCE_VARIABLE = "WORLDTREE_ASKPASS"


def main() -> int:
    """Print the password; other prompts of ssh get no answer and the exit code 1."""
    # ssh also asks whether to trust a host key.
    if not any("assword" in word for word in sys.argv[1:]):
        return 1
    return print_secret(os.environ[REFERENCE_VARIABLE])


if __name__ == "__main__":
    sys.exit(main())
