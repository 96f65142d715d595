"""Compares policies: what both allow, and in which settings one allows more than the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from worldtree.app.documents.document_policy import DocumentPolicy

#: In the place of a prefix: everything.
EVERYTHING = "*"


def covers(prefix: str, other: str) -> bool:
    """Whether a prefix of secrets or URLs has everything that another one has.

    One that ends with `/` or `#` has everything below it, another one that path alone, and of a
    secret its fields.
    """
    if EVERYTHING in (prefix, other):
        return prefix == EVERYTHING
    if prefix == other or other.partition("#")[0] == prefix:
        return True
    return prefix.endswith(("/", "#")) and other.startswith(prefix)


def common_policy(one: DocumentPolicy, other: DocumentPolicy) -> DocumentPolicy:
    """Return the policy that allows what both allow."""
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(DocumentPolicy)):
        mine, theirs = getattr(one, name), getattr(other, name)
        if name == "secrets":
            found[name] = _common_secrets(mine, theirs)
        elif name == "repositories":
            found[name] = frozenset(_common_prefixes(mine, theirs))
        elif None in (mine, theirs):
            found[name] = theirs if mine is None else mine
        else:
            found[name] = mine & theirs
    return DocumentPolicy(**found)


def exceeding_settings(policy: DocumentPolicy, limit: DocumentPolicy) -> list[str]:
    """Return the names of the settings by which ``policy`` allows more than ``limit``.

    A policy that says nothing of workers takes those of the limit.
    """
    both = common_policy(policy, limit)
    return [
        field.name
        for field in fields(DocumentPolicy)
        if getattr(both, field.name) != getattr(policy, field.name)
        and (field.name, policy.worker_tags) != ("worker_tags", None)
    ]


def _common_secrets(
    mine: Mapping[str, tuple[str, ...]], theirs: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    found = {
        provider: tuple(_common_prefixes(mine[provider], theirs[provider]))
        for provider in mine
        if provider in theirs
    }
    return {provider: prefixes for provider, prefixes in found.items() if prefixes}


def _common_prefixes(mine: Collection[str], theirs: Collection[str]) -> list[str]:
    """Return the prefixes of both that the other side has too, in the order of ``mine``."""
    first = [one for one in mine if any(covers(other, one) for other in theirs)]
    rest = [one for one in theirs if any(covers(other, one) for other in mine)]
    return [*first, *(one for one in rest if not any(covers(other, one) for other in first))]
