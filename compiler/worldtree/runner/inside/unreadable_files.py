"""Names the file of variables that Ansible cannot read, and quotes nothing of a decrypted one.

Ansible says of a file in `group_vars/` only what is wrong with the YAML, not which file it is.
Imported by ansible-playbook before it reads its inventory.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible._internal._datatag._tags import Origin
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import is_encrypted_file
from ansible.vars import manager, plugins

from worldtree.runner.inside.method_wrapping import wrap_method


def name_unreadable_files() -> None:
    """Have Ansible's errors about files of variables say where the file is wrong."""
    wrap_method(DataLoader, "load", _load)
    for module in (plugins, manager):
        wrap_method(module, "get_vars_from_path", _get_vars_from_path)


def _load(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return original(*args, **kwargs)
    except AnsibleParserError as problem:
        origin = _origin(problem)
        if origin is None or not _is_encrypted(origin.path):
            raise
        # The reason may quote the text.
        text = f"{_short(origin)}: decrypted, but is no valid YAML"
        raise AnsibleParserError(text, obj=origin) from None


def _get_vars_from_path(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return original(*args, **kwargs)
    except AnsibleError as problem:
        # The plugin raises another error with the text only.
        inner = problem.__context__
        origin = None if inner is None else _origin(inner)
        if origin is None or _origin(problem) is not None:
            raise
        raise AnsibleParserError(str(problem), obj=origin) from None


def _origin(problem: BaseException) -> Any:
    """Return the place in a file that an error names, if any."""
    found = getattr(problem, "obj", None)
    origin = found if isinstance(found, Origin) else Origin.get_tag(found)
    return origin if origin is not None and origin.path is not None else None


def _is_encrypted(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return bool(is_encrypted_file(file))
    except OSError:
        return False


def _short(origin: Any) -> str:
    """Return ``file:line:column``, of a file of the bundle by its path below it."""
    return str(origin).removeprefix(f"{Path.cwd()}/")
