"""Program that gives Ansible the vault password that was typed.

Where there is none, Ansible names this program and its exit code 1.
"""

from __future__ import annotations

import sys

from worldtree.core.environment_paths import VAULT_QUESTION
from worldtree.secrets.print_secret import print_secret

if __name__ == "__main__":
    sys.exit(print_secret(f"prompt:{VAULT_QUESTION}"))
