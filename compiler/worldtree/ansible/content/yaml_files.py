"""YAML of roles and inventories read tolerantly: vaulted, tagged or broken text never raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.spec.yaml_tags import Unsafe, Vault

#: How a file begins that ansible-vault encrypted whole.
VAULT_HEADER = "$ANSIBLE_VAULT;"

#: Larger files are data that a role carries, not something a person wrote as YAML.
_MAX_BYTES = 5_000_000

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # which of two bases is known at run time only
    """YAML as Ansible writes it: ``!vault`` and ``!unsafe`` known, any other tag read past."""


def _any_tag(loader: Any, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


def _vault(loader: Any, node: yaml.Node) -> Vault:
    return Vault(loader.construct_scalar(node))


def _unsafe(loader: Any, node: yaml.Node) -> Any:
    value = _any_tag(loader, "", node)
    return Unsafe(value) if isinstance(value, str) else value


_Loader.add_constructor("!unsafe", _unsafe)
_Loader.add_constructor("!vault", _vault)
_Loader.add_constructor("!vault-encrypted", _vault)
_Loader.add_multi_constructor("!", _any_tag)


class UnreadableYamlError(Exception):
    """A file that is not YAML; carries the diagnostic that says where and why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


def parse_yaml(text: str, file: Path, severity: Severity = Severity.ERROR) -> Any:
    """Return the first document of ``text``; raises ``UnreadableYamlError`` naming ``file``.

    A text that ansible-vault encrypted whole comes back as ``Vault``.
    """
    if text.startswith(VAULT_HEADER):
        return Vault(text)
    try:
        # A subclass of the safe loader: no tag makes an object.
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        why = getattr(problem, "problem", None) or str(problem).partition("\n")[0]
    except (ValueError, TypeError, RecursionError) as problem:
        line, column, why = 1, 1, str(problem)
    raise UnreadableYamlError(
        Diagnostic(
            "unreadable-role-file",
            f"`{file.name}` is not valid YAML: {why}",
            detail=f"Ansible could not read {file} either.",
            hint="mend the file",
            severity=severity,
            mark=Mark(str(file), line, column),
        )
    )


def read_yaml(file: Path, severity: Severity = Severity.ERROR) -> Any:
    """Read ``file`` as ``parse_yaml`` does; raises ``UnreadableYamlError`` when it cannot."""
    try:
        data = file.read_bytes()
        if len(data) > _MAX_BYTES:
            why = "it is over 5 MB"
        else:
            return parse_yaml(data.decode("utf-8-sig"), file, severity)
    except UnicodeDecodeError as problem:
        why = f"it is not UTF-8 at byte {problem.start}"
    except OSError as problem:
        why = problem.strerror or str(problem)
    raise UnreadableYamlError(
        Diagnostic(
            "unreadable-role-file",
            f"`{file.name}` cannot be read: {why}",
            hint="mend the file",
            severity=severity,
            mark=Mark(str(file), 1, 1),
        )
    )
