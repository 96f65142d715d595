"""Hosts of a play that are a template of `groups`, as the pattern that means the same."""

from __future__ import annotations

import re
from typing import Any

_GROUP = r"""groups(?:\.([A-Za-z_]\w*)|\[\s*["']([A-Za-z_][\w.-]*)["']\s*\])"""
#: All hosts of a group, where the template is the whole text.
_WHOLE = re.compile(
    rf"""\s*\{{\{{-?\s*{_GROUP}\s*(?:\|\s*join\(\s*["'][,:]["']\s*\)\s*)?-?\}}\}}\s*"""
)
#: One host of a group, by its place.
_ONE = re.compile(rf"""\{{\{{-?\s*{_GROUP}\s*(?:\[\s*(-?\d+)\s*\]|\|\s*(first|last))\s*-?\}}\}}""")
_PLACES = {"first": "0", "last": "-1"}


def without_groups(hosts: Any) -> Any:
    """Return ``hosts`` with patterns for templates such as `{{ groups['web'][0] }}`."""
    if isinstance(hosts, list):
        return [without_groups(one) for one in hosts]
    if not isinstance(hosts, str):
        return hosts
    if (found := _WHOLE.fullmatch(hosts)) is not None:
        return found.group(1) or found.group(2)
    return _ONE.sub(_pattern, hosts)


def _pattern(match: re.Match[str]) -> str:
    attribute, item, place, word = match.groups()
    return f"{attribute or item}[{place or _PLACES[word]}]"
