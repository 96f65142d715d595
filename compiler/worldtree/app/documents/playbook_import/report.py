"""What an import could not say, and what it says in another way: with the place and what to do."""

from __future__ import annotations

from worldtree.core.errors import Diagnostic, Mark, Severity

#: Slug of what a document cannot say; the import is not complete then.
_LOST = "not-imported"


class ImportReport:
    """Collects the findings of one import."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def lost(self, what: str, mark: Mark, *, todo: str, why: str = "", subject: str = "") -> None:
        """Add something that the document does not do.

        ``subject`` is the name that a check of the document may report too.
        """
        self.found.append(not_imported(what, mark, todo=todo, why=why, subject=subject))

    def missing_role(self, name: str, mark: Mark, *, why: str, todo: str) -> None:
        """Add a role that is nowhere: the playbook fails as the document does."""
        summary = f"there is no role `{name}`"
        self.found.append(
            Diagnostic(
                "unknown-role", summary, why, todo, Severity.WARNING, mark=mark, subject=name
            )
        )

    def changed(
        self, what: str, mark: Mark, *, why: str = "", todo: str = "", subject: str = ""
    ) -> None:
        """Add something that the document does in another way; ``subject`` as of ``lost``."""
        level = Severity.WARNING
        self.found.append(
            Diagnostic("imported-differently", what, why, todo, level, mark=mark, subject=subject)
        )


def not_imported(
    what: str, mark: Mark, *, todo: str, why: str = "", subject: str = ""
) -> Diagnostic:
    """Return the finding that the document does not do something."""
    level = Severity.WARNING
    return Diagnostic(_LOST, what, why, todo, level, mark=mark, subject=subject)


def is_lost(finding: Diagnostic) -> bool:
    """Whether ``finding`` says that something is missing in the document."""
    return finding.slug == _LOST
