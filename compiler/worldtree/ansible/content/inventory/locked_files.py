"""Finds files that no vault password decrypts, with Ansible's own code in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.core.environment_paths import VAULT_ANSWER

_PROBE_PROGRAM = Path(__file__).with_name("probe.py")
#: Seconds after which a password program counts as hanging.
_TIMEOUT = 60.0
_WAYS = (
    "`-J` of `wt apply` asks for the password; ANSIBLE_VAULT_PASSWORD_FILE,"
    " ANSIBLE_VAULT_IDENTITY_LIST (vault ids) or `spec.secrets.ansibleVault.passwordFile` name a"
    " file with it"
)


@dataclass(frozen=True)
class LockedFiles:
    """Encrypted files that cannot be read, and why."""

    files: tuple[Path, ...] = ()
    #: Whether any password is given; with one, it is the wrong one.
    has_password: bool = False

    @property
    def why(self) -> str:
        """Why the files stay locked."""
        if self.has_password:
            return "The vault password that is given is not the one of the file."
        return "It is encrypted with ansible-vault, and no vault password is given."

    @property
    def help(self) -> str:
        """How to give the right password."""
        return f"give the right vault password: {_WAYS}" if self.has_password else _WAYS


def find_locked(
    files: Sequence[Path],
    *,
    config: Path,
    environ: Mapping[str, str],
    password_files: Iterable[str] = (),
) -> LockedFiles:
    """Return those of ``files``, encrypted as a whole, that the given passwords do not decrypt.

    Passwords are those of Ansible's configuration ``config`` and of ``environ``, and those in
    ``password_files``. A typed one goes through a pipe. Where the passwords themselves cannot be
    read, or Ansible would ask for one, nothing is said: Ansible does it.
    """
    if not files:
        return LockedFiles()
    asked = {"locked": [str(file) for file in files], "vault_files": list(password_files)}
    passed = {name: value for name, value in environ.items() if name != VAULT_ANSWER}
    try:
        done = subprocess.run(
            [sys.executable, str(_PROBE_PROGRAM), json.dumps(asked)],
            capture_output=True,
            text=True,
            errors="replace",
            env={**passed, "ANSIBLE_CONFIG": str(config), "ANSIBLE_NOCOLOR": "1"},
            input=environ.get(VAULT_ANSWER, ""),
            timeout=_TIMEOUT,
            check=False,
        )
        found = json.loads(done.stdout.rpartition("\n")[2])
    except (subprocess.TimeoutExpired, ValueError):
        return LockedFiles()
    if done.returncode != 0:
        return LockedFiles()
    return LockedFiles(tuple(Path(file) for file in found["locked"]), found["opens"])
