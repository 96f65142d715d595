"""Values that only Ansible's YAML can say, such as dates and keys that are no text."""

from __future__ import annotations

import math
from typing import Any

import yaml

from worldtree.spec.yaml_tags import Unsafe, Vault


class _Dumper(yaml.SafeDumper):
    """Writes everything that the reader of playbooks makes of YAML."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    Unsafe, lambda dumper, value: dumper.represent_scalar("!unsafe", str(value), style='"')
)
_Dumper.add_representer(
    Vault, lambda dumper, value: dumper.represent_scalar("!vault", str(value), style="|")
)


def is_plain_data(value: Any) -> bool:
    """Whether a document can say ``value``: text, finite numbers, lists, and mappings of text."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain_data(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_plain_data, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def exact_text(value: Any) -> str:
    """Return YAML that Ansible reads as ``value``, types of keys and dates included."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        explicit_start=True,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
    )
