"""Sections of docs/benchmarks.md, each of which another program or a person writes."""

from __future__ import annotations

import re

#: Sections that `make bench` keeps: crash trials (`make crash`), and what is written by hand.
KEPT = (
    "Nothing to do",
    "Warm connections over ssh",
    "Distribution of artifacts",
    "The life of etcd",
    "Kubernetes",
    "Crashes",
    "The gate",
    "Imports of public playbooks",
    "Public roles",
)


def section(text: str, title: str) -> str:
    """Return the section ``title`` after an empty line; empty if the page has none."""
    found = _pattern(title).search(text)
    return found[0] if found else ""


def with_section(text: str, title: str, body: str) -> str:
    """Return the page with ``body`` as its section ``title``, at the end if it is new."""
    fresh = f"\n## {title}\n\n{body.strip()}\n"
    if section(text, title):
        return _pattern(title).sub(lambda _: fresh, text)
    return text + fresh


def _pattern(title: str) -> re.Pattern[str]:
    return re.compile(rf"\n## {re.escape(title)}\n.*?(?=\n## |\Z)", re.DOTALL)
