"""Judges all values of a document, wherever they are: templates, secrets, names of variables."""

from __future__ import annotations

import re
from typing import Any

from worldtree.ansible.model.secret_lookups import SECRET_LOOKUP
from worldtree.app.documents.policy.addresses import is_plain, is_this_machine
from worldtree.app.documents.policy.findings import PolicyFindings
from worldtree.app.documents.policy.known_names import (
    BECOME_METHODS,
    CONNECTION_VARIABLES,
    CONNECTIONS,
    EXPRESSION_KEYS,
    HOST_VARIABLES,
    STATIC_VARIABLES,
    TEMPLATE_NAMES,
    short_name,
)
from worldtree.app.documents.policy.secrets import allows_reference
from worldtree.app.documents.policy.templates import TemplateJudge, has_marks
from worldtree.core.errors import DocPath, Mark
from worldtree.spec.secret_references import SecretRef, split_references
from worldtree.spec.yaml_tags import Unsafe, Vault

#: Variables of the roles that ship with WorldTree, some of which name files of the control side.
_ROLE_VARIABLE = re.compile(r"_+.*|(etcd|loadbalancer|nginx|os|pki|worldtree)_.*")
#: What the compiler writes into plays by itself.
_GENERATED_LOOKUPS = frozenset({"inventory_hostnames", "worldtree.core.outputs"})
_RUN_VARIABLES: frozenset[object] = frozenset({"WORLDTREE_ATTEMPT"})
_CACHE_VARIABLES: frozenset[object] = frozenset({"XDG_CACHE_HOME", "HOME"})
_HOST_VARS = ("spec", "hosts", None, "vars")
#: Keys below which names are not variables: they are data of components and labels.
_OTHER_NAMES = (("spec", "components"), ("metadata",))


class ValueJudge:
    """Walks through data; ``mark`` is the place of data that is not in the document itself.

    ``generated`` says that the compiler wrote the data, which uses lookups and names of its own.
    """

    def __init__(
        self, findings: PolicyFindings, mark: Mark | None = None, *, generated: bool = False
    ) -> None:
        self._findings, self._mark, self._generated = findings, mark, generated
        self._lookups = frozenset(map(short_name, findings.policy.lookups))
        self._templates = TemplateJudge(self._allows_lookup, findings.policy.filters)

    def _allows_lookup(self, name: str, arguments: list[object]) -> bool:
        name, policy = short_name(name), self._findings.policy
        if name in self._lookups:
            return True
        if not self._generated:
            return False
        if name == SECRET_LOOKUP:
            parts = [str(one).partition(":") for one in arguments]
            return all(
                allows_reference(policy.secrets, SecretRef(provider, rest))
                for provider, _, rest in parts
            )
        own_variables = _RUN_VARIABLES | (_CACHE_VARIABLES if policy.local_work else frozenset())
        return name in _GENERATED_LOOKUPS or (name == "env" and own_variables.issuperset(arguments))

    def judge(self, value: Any, path: DocPath | None, *, expression: bool = False) -> None:
        """Report what ``value`` and everything in it may not do; ``path`` is its place.

        ``expression`` says that texts are expressions, which need no braces.
        """
        if isinstance(value, Vault):
            if "ansible-vault" not in self._findings.policy.secrets:
                self._findings.secret("a value encrypted by ansible-vault", path, mark=self._mark)
        elif isinstance(value, Unsafe) and not expression:
            # Expressions are joined with others, which loses the mark.
            return
        elif isinstance(value, str):
            self.text(value, path, expression=expression)
        elif isinstance(value, dict):
            for key, item in value.items():
                place = None if path is None else (*path, key)
                if isinstance(key, str):
                    self._key(key, item, place)
                self.judge(item, place, expression=key in EXPRESSION_KEYS)
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                place = None if path is None else (*path, index)
                self.judge(item, place, expression=expression)

    def text(self, text: str, path: DocPath | None, *, expression: bool = False) -> None:
        """Report what a text may not do."""
        judge = self._templates.expression if expression else self._templates.template
        for what in dict.fromkeys(judge(text)):
            self._findings.template_code(what, path, mark=self._mark)
        for part in split_references(text) if "${" in text else ():
            if isinstance(part, SecretRef) and not allows_reference(
                self._findings.policy.secrets, part
            ):
                what = f"the secret `{part.provider}:…`"
                self._findings.secret(what, path, mark=self._mark)

    def _key(self, key: str, value: Any, path: DocPath | None) -> None:
        if has_marks(key):
            self._findings.not_judged("a key with a template", path, at_key=True, mark=self._mark)
        elif "${" in key:
            self._findings.not_judged("a key with a secret", path, at_key=True, mark=self._mark)
        elif self._generated:
            local = key == "ansible_connection" and value not in CONNECTIONS
            if local and not self._findings.policy.local_work:
                self._findings.local_work(f"`{key}: {value}`", path, mark=self._mark)
        elif not self._findings.policy.connection_variables:
            if not self._allows_name(key, path):
                self._findings.connection(key, path, mark=self._mark)
            elif key in STATIC_VARIABLES:
                self._static(key, value, path)

    def _allows_name(self, key: str, path: DocPath | None) -> bool:
        if key.startswith("ansible_"):
            return key in CONNECTION_VARIABLES or (
                key in HOST_VARIABLES and path is not None and _is_at(path, _HOST_VARS)
            )
        if path is not None and any(path[: len(one)] == one for one in _OTHER_NAMES):
            return True
        return _ROLE_VARIABLE.fullmatch(key) is None

    def _static(self, name: str, value: Any, path: DocPath | None) -> None:
        """Report a value of a connection variable that is a template, or means this machine."""
        text = str(value)
        if name == "ansible_become_method":
            if short_name(text) not in BECOME_METHODS:
                self._findings.connection(name, path, mark=self._mark)
        elif not is_plain(text):
            self._findings.not_judged(f"`{name}`", path, mark=self._mark)
        elif (
            name in ("ansible_host", "ansible_ssh_host")
            and is_this_machine(text)
            and not self._findings.policy.local_work
        ):
            self._findings.local_work(f"`{name}: {text}`", path, mark=self._mark)

    def name(self, value: Any, path: DocPath | None) -> None:
        """Report a variable that a task must not set, such as the target of ``register``."""
        if value is None or self._generated:
            return
        if not isinstance(value, str) or "{" in value:
            self._findings.not_judged("the name of a variable", path, mark=self._mark)
        elif (
            value.startswith("ansible_")
            or value in TEMPLATE_NAMES
            or _ROLE_VARIABLE.fullmatch(value)
        ):
            self._findings.connection(value, path, mark=self._mark)


def _is_at(path: DocPath, pattern: tuple[str | None, ...]) -> bool:
    """Whether ``path`` is below a place; None stands for any index."""
    return len(path) > len(pattern) and all(
        wanted is None or wanted == found for wanted, found in zip(pattern, path, strict=False)
    )
