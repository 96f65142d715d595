"""The environment variables that child processes inherit: a list of names, never a copy.

Kept apart from ``playbook_environment``, since the launcher loads this and needs no plans.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Mapping
from functools import cache
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

#: Proxy variables, in either case; their URLs may hold a password, so they count as secrets.
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")

#: A locale that every system has.
_FALLBACK = "C.UTF-8"


def allowed_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of ``environ`` that child processes get, with our Python first in PATH.

    No secret is among them.
    """
    passed = {name: environ[name] for name in _ALLOWED if name in environ}
    passed.update({name: value for name, value in environ.items() if name.startswith("LC_")})
    bin_dir = str(Path(sys.executable).parent)
    passed["PATH"] = os.pathsep.join([bin_dir, environ.get("PATH", os.defpath)])
    return _with_usable_locale(passed)


def is_always_passed(name: str) -> bool:
    """Whether runs of Ansible get the variable ``name`` if it is set, whatever a document says."""
    proxy = name.lower() in PROXIES
    return proxy or name in _ALLOWED or name == "PATH" or name.startswith("LC_")


def _with_usable_locale(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` without locales that Ansible rejects: not installed, or not UTF-8."""
    found = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("LC_", "LANG")) or name == "LANGUAGE" or _codeset(value)
    }
    decides = next((found[n] for n in ("LC_ALL", "LC_CTYPE", "LANG") if found.get(n)), "")
    if _codeset(decides) != "utf8":
        found = {name: v for name, v in found.items() if name not in ("LC_ALL", "LC_CTYPE")}
        found["LANG"] = found["LC_CTYPE"] = _FALLBACK
    return found


@cache
def _codeset(name: str) -> str:
    """Return the character set of a locale, such as ``utf8``; empty when it is not installed."""
    if not name:
        return ""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
        return locale.nl_langinfo(locale.CODESET).lower().replace("-", "")
    except locale.Error:
        return ""
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
