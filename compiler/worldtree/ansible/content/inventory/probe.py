"""Reads an inventory with Ansible's own code; a program that runs in a process of its own.

Nothing imports it: Ansible takes a third of a second to import, and inventory scripts and plugins
are the team's code. It prints one JSON object; see ``external`` for its shape.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

#: Beginning of a file that ansible-vault encrypted.
_VAULT_HEADER = b"$ANSIBLE_VAULT;"
#: Text of an encrypted file with one of these may read other variables when it is used.
_TEMPLATE_PARTS = ("{{", "{%", "hostvars", "groups")
_NOTHING_READ = "No host or group is read from it."


def _plain(value: Any, key: Any = None, *, hidden: str = "") -> Any:
    """Return ``value`` as JSON data; a placeholder stands for what ansible-vault encrypted.

    That is a value, or one of a file that is encrypted as a whole; ``hidden`` is the digest of such
    a file if something around the value is of it. ``key`` is that of the value in its mapping: the
    origin of True, False and None is known by it only.
    """
    if type(value).__name__ == "EncryptedString":
        from ansible.parsing.vault import VaultHelper

        # Ansible renders no template in it, so that it reads nothing.
        text = VaultHelper.get_ciphertext(value, with_tags=False) or ""
        return {"__ansible_vault": hashlib.sha256(text.encode()).hexdigest()}
    origin = key if value is None or isinstance(value, bool) else value
    hidden = hidden or _encrypted_file(origin)
    if isinstance(value, dict):
        return {str(name): _plain(item, name, hidden=hidden) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item, key, hidden=hidden) for item in value]
    if hidden:
        # See TEMPLATE_MARK in `variables`.
        is_template = isinstance(value, str) and any(part in value for part in _TEMPLATE_PARTS)
        return {"__ansible_vault": f"template:{hidden}" if is_template else hidden}
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)


def _encrypted_file(value: Any) -> str:
    """Return the digest of the encrypted file that ``value`` is of; empty for no such file."""
    from ansible._internal._datatag._tags import Origin

    origin = Origin.get_tag(value)
    path = None if origin is None else origin.path
    return "" if path is None or not _is_encrypted(path) else _digest(path)


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@cache
def _is_encrypted(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(_VAULT_HEADER)) == _VAULT_HEADER
    except OSError:
        return False  # The origin is a script or a plugin.


def _vault_secrets(loader: Any, files: list[tuple[str, str]], answer: str | None) -> list[Any]:
    """Return the vault passwords of the configuration and of ``files`` (label, path)."""
    from ansible import constants
    from ansible.parsing.vault import VaultSecret, get_file_vault_secret

    from worldtree.core.environment_paths import is_question, vault_identities

    identities = vault_identities(",".join(constants.DEFAULT_VAULT_IDENTITY_LIST))
    if constants.DEFAULT_VAULT_PASSWORD_FILE:
        identities.append(("default", constants.DEFAULT_VAULT_PASSWORD_FILE))
    found: list[Any] = []
    for label, path in [*identities, *files]:
        if is_question(path):
            continue  # Nobody can be asked here.
        name = label or constants.DEFAULT_VAULT_IDENTITY
        secret = get_file_vault_secret(filename=path, vault_id=name, loader=loader)
        secret.load()
        found.append((name, secret))
        # One password may decrypt the file of the next.
        loader.set_vault_secrets(found)
    if answer:
        found.append((constants.DEFAULT_VAULT_IDENTITY, VaultSecret(answer.encode())))
    return found


class _Trouble:
    """What could not be read of variables; ``locked`` says that it is for want of a password."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.locked = False
        #: How often something could not be read.
        self.count = 0

    def add(self, where: str, problem: Exception) -> None:
        """Note ``problem`` of ``where``, a file, a group or a host."""
        from ansible.errors import AnsibleParserError
        from ansible.parsing.vault import AnsibleVaultError

        self.count += 1
        origin = _error_origin(problem)
        file = where if origin is None else origin.path
        if isinstance(problem, AnsibleVaultError):
            self.locked = True
        if isinstance(problem, AnsibleParserError) and _is_encrypted(file):
            # The reason may quote the text.
            text = f"{origin or file}: decrypted, but is no valid YAML"
        else:
            text = f"{origin or file}: {str(problem).removesuffix('.')}"
        if text not in self.texts:
            self.texts.append(text)


def _error_origin(problem: BaseException) -> Any:
    """Return where the file is wrong that caused an error of Ansible's, if it says so."""
    from ansible._internal._datatag._tags import Origin

    cause: BaseException | None = problem
    while cause is not None:
        # A plugin of variables raises another error, with the text only.
        found = getattr(cause, "obj", None)
        origin = found if isinstance(found, Origin) else Origin.get_tag(found)
        if origin is not None and origin.path is not None:
            return origin
        cause = cause.__cause__ or cause.__context__
    return None


class UnreadSourceError(Exception):
    """A source could not be read; ``index`` is its place in the list."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def read(
    sources: list[str], files: list[tuple[str, str]] | None = None, answer: str | None = None
) -> dict[str, Any]:
    """Return hosts and groups of ``sources``, paths or names of hosts, read as one inventory.

    ``files`` are further files of vault passwords (label, path), ``answer`` is a password. Raises
    ``UnreadSourceError``, and what Ansible raises.
    """
    from ansible import constants
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.vars.plugins import get_vars_from_inventory_sources

    from worldtree.core.ansible_redirects import speed_up_redirects

    init_plugin_loader([])
    speed_up_redirects()
    trouble = _Trouble()

    class Loader(DataLoader):  # type: ignore[misc]  # Ansible has no types.
        """Passes over encrypted files without a password, once the hosts are known."""

        passes_over = False

        def load_from_file(self, file_name: str, *more: Any, **options: Any) -> Any:
            try:
                return super().load_from_file(file_name, *more, **options)
            except Exception as problem:  # Vault passwords, scripts and parsers raise many.
                if not self.passes_over or not _is_encrypted(file_name):
                    raise
                trouble.add(file_name, problem)
                return {}

    loader = Loader()
    secrets = _vault_secrets(loader, files or [], answer)
    if secrets:
        loader.set_vault_secrets(secrets)
    unread: list[str] = []

    class Manager(InventoryManager):  # type: ignore[misc]  # Ansible has no types.
        """Remembers the files that no inventory plugin could read."""

        def parse_source(self, source: str, cache: bool = False) -> bool:
            is_given = source in sources
            try:
                parsed = bool(super().parse_source(source, cache))
            except Exception as problem:  # Plugins and scripts may raise anything.
                if not is_given:
                    raise
                raise UnreadSourceError(sources.index(source), str(problem)) from problem
            if not parsed and is_given and len(sources) > 1:
                # With one source, Ansible says itself that nothing was read.
                raise UnreadSourceError(sources.index(source), _NOTHING_READ)
            if not parsed and os.path.isfile(source):  # noqa: PTH113  # A text for Ansible.
                unread.append(source)
            return parsed

    inventory = Manager(loader=loader, sources=sources)
    # Names and connections of the other files are needed; groups are not built from a part.
    loader.passes_over = True

    def files_of(entity: Any) -> tuple[Any, bool]:
        """Return the variables of group_vars/ and host_vars/ for a group or host.

        Also whether some of them could not be read.
        """
        before = trouble.count
        found: Any = {}
        try:
            found = get_vars_from_inventory_sources(loader, sources, [entity], "all")
        except Exception as problem:  # Plugins of variables may raise anything.
            trouble.add(entity.name, problem)
        return found, trouble.count > before

    files_of_groups = {name: files_of(group) for name, group in inventory.groups.items()}
    files_of_hosts = {name: files_of(host) for name, host in inventory.hosts.items()}

    groups = {
        name: {
            "vars": _plain(group.vars),
            "files": _plain(files_of_groups[name][0]),
            "partly": files_of_groups[name][1],
            "hosts": [host.name for host in group.hosts],
            "children": [child.name for child in group.child_groups],
            "depth": group.depth,
            "priority": int(group.priority),
        }
        for name, group in inventory.groups.items()
    }
    hosts = {
        name: {
            "vars": _plain({**host.vars, **files_of_hosts[name][0]}),
            "partly": files_of_hosts[name][1],
            "groups": [group.name for group in host.get_groups()],
        }
        for name, host in inventory.hosts.items()
    }
    # Variables of `host_vars/` for this machine, which may be used without being listed.
    listed = any(name in constants.LOCALHOST for name in inventory.hosts)
    local = None if listed else inventory.get_host("localhost")
    files_of_local, local_partly = ({}, False) if local is None else files_of(local)
    return {
        "hosts": hosts,
        "local": _plain(files_of_local),
        "local_partly": local_partly,
        "groups": groups,
        "trouble": trouble.texts,
        "locked": trouble.locked,
        "unread": unread,
        "opens": bool(secrets),
    }


def locked(files: list[str], password_files: list[str], answer: str | None) -> dict[str, Any]:
    """Return which of ``files``, encrypted as a whole, the passwords do not decrypt.

    None of them counts as locked where Ansible would ask for a password.
    """
    from ansible import constants
    from ansible.errors import AnsibleError
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.vault import VaultLib

    from worldtree.core.environment_paths import is_question, vault_identities

    identities = vault_identities(",".join(constants.DEFAULT_VAULT_IDENTITY_LIST))
    if not answer and any(is_question(source) for _, source in identities):
        return {"locked": [], "opens": False}
    secrets = _vault_secrets(DataLoader(), [("", path) for path in password_files], answer)
    vault, found = VaultLib(secrets), []
    for file in files:
        try:
            vault.decrypt(Path(file).read_bytes())
        except AnsibleError:
            found.append(file)
    return {"locked": found, "opens": bool(secrets)}


def main() -> int:
    """Print the inventory of the ``sources`` that the argument, a JSON object, has.

    ``vault_files`` in it are files of vault passwords; the standard input is a password, if any.
    With ``locked`` instead of ``sources``, print which of these files stay encrypted.
    """
    # The process ends soon: looking for garbage takes an eighth of its time and finds little.
    gc.disable()
    asked = json.loads(sys.argv[1])
    try:
        files = [("", path) for path in asked["vault_files"]]
        if "locked" in asked:
            found = locked(asked["locked"], asked["vault_files"], sys.stdin.read())
        else:
            found = read(asked["sources"], files, sys.stdin.read())
    except Exception as problem:  # Plugins and scripts may raise anything.
        sys.stderr.write(f"{problem}\n")
        if isinstance(problem, UnreadSourceError):
            sys.stdout.write("\n" + json.dumps({"failed": problem.index}))
        return 1
    sys.stdout.write("\n" + json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
