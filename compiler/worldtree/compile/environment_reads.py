"""Reports environment variables that texts look up and that runs do not get."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from worldtree.ansible.content.environment_lookups import environment_lookups
from worldtree.core.environment_allowlist import is_always_passed
from worldtree.core.errors import DiagnosticBag, Mark

#: Slug of the warning; the summary has the name.
NOT_PASSED = "environment-not-passed"
#: Beginnings of names that `spec.ansible.environment` refuses.
_OWN = ("ANSIBLE_", "WORLDTREE_")


def can_be_passed(name: str) -> bool:
    """Whether `spec.ansible.environment` may have ``name``."""
    return not name.startswith(_OWN)


def report_environment_reads(
    texts: Iterable[tuple[Path, str]], passed: Collection[str], bag: DiagnosticBag
) -> None:
    """Warn of each name in ``texts`` (file and content), once per file.

    ``passed`` are the names in ``spec.ansible.environment``.
    """
    told: set[tuple[Path, str]] = set()
    for file, text in texts:
        for found in environment_lookups(text):
            name = found.name
            if name in passed or is_always_passed(name) or (file, name) in told:
                continue
            told.add((file, name))
            secret = f"read it as `${{env:{name}}}` in the document"
            named = f"write `spec: {{ansible: {{environment: [{name}]}}}}`; for a secret, {secret}"
            bag.warning(
                "environment-not-passed",
                f"runs do not get the environment variable `{name}`",
                detail="The lookup gives an empty text, also where it is set for `wt`.",
                hint=named if can_be_passed(name) else secret,
                mark=Mark(str(file), found.line, found.column),
            )
