"""Diagnostics, the exceptions that carry them, and the exit codes: shared by all packages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldtree.core.next_steps import NextStep

#: Keys and list indexes from a document's root, e.g. ``("spec", "hosts", 0, "name")``.
DocPath = tuple[str | int, ...]


class ExitCode(IntEnum):
    """Exit codes of every command; scripts rely on them."""

    #: All done.
    OK = 0
    #: Failed (or failed and rolled back).
    FAILED = 1
    #: The input is wrong; nothing was changed.
    INPUT = 2
    #: Failures were isolated or allowed and everything else is done; also: drift was found.
    PARTIAL = 3
    #: Refused: locked, stale, edited, not confirmed.
    REFUSED = 4
    #: Cancelled by a person or a signal.
    CANCELLED = 130


class Severity(StrEnum):
    """Severity of a diagnostic: an error stops the compiler, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of text in a source file; lines and columns count from 1, the end is exclusive.

    Line 0 means the file as a whole: no line of it can be shown.
    """

    file: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None

    @classmethod
    def of_file(cls, file: str) -> Mark:
        """Return the mark of a whole file, for a problem whose line is unknown."""
        return cls(file, 0, 0)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem: what (summary), why (detail), how to fix it (hint), where (path or mark)."""

    #: Stable kebab-case identifier, documented in docs/diagnostics.md.
    slug: str
    #: What is wrong, one line, lower case, no full stop.
    summary: str
    #: Why it is wrong or what would happen; empty when the summary is enough.
    detail: str = ""
    #: How to fix it, shown as ``help:``: an imperative or ``did you mean `hosts`?``; may be empty.
    hint: str = ""
    severity: Severity = Severity.ERROR
    #: Place in the document; the code that has the document resolves it to a mark.
    path: DocPath | None = None
    #: Whether the key at ``path`` is wrong (True) or its value (False).
    at_key: bool = False
    #: Index of the document in its file.
    document: int = 0
    #: Place in the text.
    mark: Mark | None = None
    #: What is wrong within the value at ``path``, where not all of it is: offset and text.
    part: tuple[int, str] | None = None
    #: The name that it is about, where code acts on it.
    subject: str = ""

    def located(self, mark: Mark | None) -> Diagnostic:
        """Return a copy with the place ``mark``."""
        return replace(self, mark=mark)

    @property
    def is_error(self) -> bool:
        """Whether this stops the compiler."""
        return self.severity is Severity.ERROR


class WorldTreeError(Exception):
    """A problem shown to the user without a traceback; the command ends with ``exit_code``.

    ``code`` is what programs tell errors apart by: a key of ``core/error_codes.py``. It has no
    default, so that a raise cannot forget it. ``next_steps`` are requests that help, which the
    command line shows as commands; ``hint`` is any other help.
    """

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(
        self, message: str, *, code: str, hint: str = "", next_steps: Iterable[NextStep] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.next_steps: Sequence[NextStep] = tuple(next_steps)


class InputError(WorldTreeError):
    """The input is wrong and nothing was changed; carries all diagnostics."""

    exit_code = ExitCode.INPUT

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: Sequence[Diagnostic] = tuple(diagnostics)
        first = next((d for d in self.diagnostics if d.is_error), None)
        message = first.summary if first else "the input is wrong"
        super().__init__(message, code="input-invalid")


class RefusedError(WorldTreeError):
    """The request is valid but cannot run now: locked, stale, edited, not confirmed."""

    exit_code = ExitCode.REFUSED


@dataclass(slots=True)
class DiagnosticBag:
    """Collects the diagnostics of a pass, so that all problems are shown together."""

    items: list[Diagnostic] = field(default_factory=list)

    def error(
        self,
        slug: str,
        summary: str,
        *,
        detail: str = "",
        hint: str = "",
        path: DocPath | None = None,
        at_key: bool = False,
        document: int = 0,
        mark: Mark | None = None,
        part: tuple[int, str] | None = None,
        subject: str = "",
    ) -> None:
        """Add an error."""
        level = Severity.ERROR
        found = Diagnostic(slug, summary, detail, hint, level, path, at_key, document, mark, part)
        self.items.append(replace(found, subject=subject) if subject else found)

    def warning(
        self,
        slug: str,
        summary: str,
        *,
        detail: str = "",
        hint: str = "",
        path: DocPath | None = None,
        at_key: bool = False,
        document: int = 0,
        mark: Mark | None = None,
        subject: str = "",
    ) -> None:
        """Add a warning."""
        level = Severity.WARNING
        found = Diagnostic(slug, summary, detail, hint, level, path, at_key, document, mark)
        self.items.append(replace(found, subject=subject) if subject else found)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add existing diagnostics."""
        self.items.extend(diagnostics)

    @property
    def has_errors(self) -> bool:
        """Whether any collected diagnostic is an error."""
        return any(d.is_error for d in self.items)

    def raise_if_errors(self) -> None:
        """Raise ``InputError`` with all diagnostics, warnings included, if there is an error."""
        if self.has_errors:
            raise InputError(self.items)
