"""What an import could not say, and what it says in another way: with the place and what to do."""

from __future__ import annotations

from worldtree.core.errors import Diagnostic, Mark, Severity

#: Slug of what a document cannot say; the import is not complete then.
_LOST = "not-imported"


class ImportReport:
    """Collects the findings of one import."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def lost(self, what: str, mark: Mark, *, todo: str, why: str = "") -> None:
        """Add something that the document does not do."""
        self.found.append(not_imported(what, mark, todo=todo, why=why))

    def missing_role(self, name: str, mark: Mark, *, why: str, todo: str) -> None:
        """Add a role that is nowhere: the playbook fails as the document does."""
        summary = f"there is no role `{name}`"
        self.found.append(
            Diagnostic("unknown-role", summary, why, todo, Severity.WARNING, mark=mark)
        )

    def changed(self, what: str, mark: Mark, *, why: str = "", todo: str = "") -> None:
        """Add something that the document does in another way."""
        self.found.append(
            Diagnostic("imported-differently", what, why, todo, Severity.WARNING, mark=mark)
        )


def not_imported(what: str, mark: Mark, *, todo: str, why: str = "") -> Diagnostic:
    """Return the finding that the document does not do something."""
    return Diagnostic("not-imported", what, why, todo, Severity.WARNING, mark=mark)


def is_lost(finding: Diagnostic) -> bool:
    """Whether ``finding`` says that something is missing in the document."""
    return finding.slug == _LOST
