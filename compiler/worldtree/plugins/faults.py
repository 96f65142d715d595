"""What can be wrong with a plugin, and how it is reported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from worldtree.core.errors import Diagnostic, Severity

#: Slug of the warning that names a plugin which was left out; it has no place in a document.
BROKEN_PLUGIN = "broken-plugin"


class PluginFault(StrEnum):
    """Why a plugin is left out; the value completes the sentence "the plugin …"."""

    IMPORT = "cannot be imported"
    TYPE = "is of the wrong type"
    API_VERSION = "needs another plugin API version"
    DUPLICATE = "has a name that is taken"
    CONTENT = "lacks files"
    INVALID = "is not valid"


_LONGEST_MESSAGE = 200


class PluginError(Exception):
    """A plugin that cannot be used: ``fault`` says why, the message says more."""

    def __init__(self, fault: PluginFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin that was left out."""

    #: What it would have been, such as ``component``.
    kind: str
    #: Name and value of its entry point, such as ``redis`` and ``acme_redis:COMPONENT``.
    name: str
    target: str
    #: Name and version of the package that brings it.
    package: str
    fault: PluginFault
    #: One sentence with the particulars.
    detail: str

    def diagnostic(self) -> Diagnostic:
        """Return the warning ``broken-plugin`` that names it with its package."""
        return Diagnostic(
            BROKEN_PLUGIN,
            f"the {self.kind} `{self.name}` of the package {self.package} {self.fault}",
            detail=f"{self.detail} It is left out; nothing else is affected.",
            hint=f"upgrade or remove the package {self.package}",
            severity=Severity.WARNING,
        )


def described_error(error: BaseException) -> str:
    """Return the type of an error and the first line of its message, printable, without a stop."""
    first = next(iter(str(error).splitlines()), "")
    shown = "".join(char for char in first if char.isprintable())[:_LONGEST_MESSAGE].rstrip(".")
    return type(error).__name__ + (f": {shown}" if shown else "")
