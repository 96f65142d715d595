"""The environment variables that child processes inherit: a list of names, never a copy.

Kept apart from ``playbook_environment``, since the launcher loads this and needs no plans.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

#: What programs need to find their files, their user and their language.
_ALLOWED = (
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    # The role pki stores keys and certificates there, next to the rest of the state.
    "XDG_STATE_HOME",
    "WORLDTREE_HOME",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "ANSIBLE_VAULT_IDENTITY_LIST",
)


def allowed_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environ`` that child processes get, with our Python first in PATH.

    No secret is among them.
    """
    passed = {name: environ[name] for name in _ALLOWED if name in environ}
    passed.update({name: value for name, value in environ.items() if name.startswith("LC_")})
    bin_dir = str(Path(sys.executable).parent)
    passed["PATH"] = os.pathsep.join([bin_dir, environ.get("PATH", os.defpath)])
    # Ansible rejects a locale that is not UTF-8.
    if not any(passed.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")):
        passed["LANG"] = "C.UTF-8"
    return passed
