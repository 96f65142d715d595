"""Reads YAML files as Ansible does, without Ansible: `!unsafe` and `!vault` become marked texts."""

from __future__ import annotations

from typing import Any

import yaml

from worldtree.spec.yaml_tags import Unsafe, Vault

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TaggedLoader(_Loader):  # type: ignore[misc]  # the base is chosen above
    """A safe loader that knows the tags of Ansible."""


def _unsafe(_: Any, node: Any) -> Unsafe:
    return Unsafe(node.value)


def _vault(_: Any, node: Any) -> Vault:
    return Vault(node.value)


TaggedLoader.add_constructor("!unsafe", _unsafe)
for _tag in ("!vault", "!vault-encrypted"):
    TaggedLoader.add_constructor(_tag, _vault)


def read_tagged(text: str, *, trusted: bool = False) -> Any:
    """Return the data of one YAML document; raises ``ValueError`` for text that is none.

    Aliases are refused unless it is ``trusted``: it is walked through as a tree, which a few of
    them could make very large.
    """
    try:
        if not trusted and any(
            isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader)
        ):
            raise ValueError("it has aliases")
        return yaml.load(text, Loader=TaggedLoader)
    except (yaml.YAMLError, RecursionError, AttributeError) as problem:
        raise ValueError("it is not valid YAML") from problem
