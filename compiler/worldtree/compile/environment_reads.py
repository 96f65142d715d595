"""Reports lookups of what runs do not have: environment variables, the document's directory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from worldtree.ansible.content.literal_lookups import environment_lookups, repository_commands
from worldtree.core.environment_allowlist import is_always_passed
from worldtree.core.errors import DiagnosticBag, Mark

#: Slug of the warning; its subject is the name.
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
            name = found.word
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
                subject=name,
            )


def report_local_pipes(texts: Iterable[tuple[Path, str]], bag: DiagnosticBag) -> None:
    """Warn of commands of the lookup `pipe` in ``texts`` that need the document's directory."""
    for file, text in texts:
        for found in repository_commands(text):
            bag.warning(
                "pipe-in-bundle",
                f"`{found.word}` of the lookup `pipe` does not run beside the document",
                detail="Runs work in `plays/` of a copy of the bundle. No repository is around it.",
                hint="give the value with `-e NAME=VALUE`, or in a variable of"
                " `spec.ansible.environment`",
                mark=Mark(str(file), found.line, found.column),
            )
