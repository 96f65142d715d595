"""Reads YAML of roles and inventories: encrypted, tagged or broken text gives a diagnostic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from worldtree.core.errors import Diagnostic, Mark, Severity
from worldtree.spec.yaml_tags import Unsafe, Vault

#: First bytes of a file that ansible-vault encrypted as a whole.
VAULT_HEADER = "$ANSIBLE_VAULT;"

#: Larger files are data of a role and not YAML that a person wrote.
_MAX_BYTES = 5_000_000

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # which of two bases is known at run time only
    """Ansible's YAML: ``!vault`` and ``!unsafe`` are known, any other tag is ignored."""


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
    """A file that is not YAML; has the diagnostic that says where and why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


def parse_yaml(text: str, file: Path, severity: Severity = Severity.ERROR) -> Any:
    """Return the first document of ``text``; raises ``UnreadableYamlError`` naming ``file``.

    Text that ansible-vault encrypted as a whole is returned as ``Vault``.
    """
    if text.startswith(VAULT_HEADER):
        return Vault(text)
    return compose_yaml(text, file, severity)[1]


def compose_yaml(
    text: str, file: Path, severity: Severity = Severity.ERROR
) -> tuple[yaml.Node | None, Any]:
    """Return the nodes of ``text``, which have the places, and its data.

    Raises ``UnreadableYamlError`` naming ``file``.
    """
    try:
        # A subclass of the safe loader: no tag creates an object.
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return root, None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        why = getattr(problem, "problem", None) or str(problem).partition("\n")[0]
    except (ValueError, TypeError, RecursionError) as problem:
        line, column, why = 0, 0, str(problem)
    raise UnreadableYamlError(
        Diagnostic(
            "unreadable-role-file",
            f"`{file.name}` is not valid YAML: {why}",
            detail=f"Ansible cannot read {file} either.",
            hint="correct the file",
            severity=severity,
            mark=Mark(str(file), line, column),
        )
    )


def read_yaml(file: Path, severity: Severity = Severity.ERROR) -> Any:
    """Read ``file`` as ``parse_yaml`` does; raises ``UnreadableYamlError`` when it cannot."""
    return parse_yaml(read_text(file, severity), file, severity)


def read_text(file: Path, severity: Severity = Severity.ERROR) -> str:
    """Return the text of ``file``; raises ``UnreadableYamlError`` when it is not UTF-8 text."""
    try:
        data = file.read_bytes()
        if len(data) > _MAX_BYTES:
            why = "it is over 5 MB"
        else:
            return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        why = f"it is not UTF-8 at byte {problem.start}"
    except OSError as problem:
        why = problem.strerror or str(problem)
    raise UnreadableYamlError(
        Diagnostic(
            "unreadable-role-file",
            f"`{file.name}` cannot be read: {why}",
            hint="correct the file",
            severity=severity,
            mark=Mark.of_file(str(file)),
        )
    )
