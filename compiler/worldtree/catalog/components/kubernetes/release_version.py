"""Version numbers of releases, ``1.34.9``, and of their minors, ``1.34``: parsed and ordered."""

from __future__ import annotations

import re
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer

#: A whole release; a leading ``v`` belongs to tags, not to the number.
RELEASE_PATTERN = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$"
_RELEASE = re.compile(RELEASE_PATTERN)
_MINOR = re.compile(r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$")


class Minor(NamedTuple):
    """A minor version; compares by numbers, so that 1.9 is before 1.10."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    def after(self, steps: int) -> Minor:
        """Return the minor that is ``steps`` later, or earlier where it is negative."""
        return Minor(self.major, self.minor + steps)


class Release(NamedTuple):
    """A release; compares by numbers."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def of_minor(self) -> Minor:
        """The minor that it belongs to."""
        return Minor(self.major, self.minor)


def parse_release(text: str) -> Release:
    """Return the release that ``text`` names; raises ``ValueError``."""
    match = _RELEASE.match(text)
    if match is None:
        raise ValueError(f"`{text}` is not a version such as 1.34.9")
    return Release(*(int(part) for part in match.groups()))


def parse_minor(text: str) -> Minor:
    """Return the minor that ``text`` names; raises ``ValueError``."""
    match = _MINOR.match(text)
    if match is None:
        raise ValueError(f"`{text}` is not a minor version such as 1.34")
    return Minor(*(int(part) for part in match.groups()))


def _release(value: Any) -> Any:
    return parse_release(value) if isinstance(value, str) else value


def _minor(value: Any) -> Any:
    return parse_minor(value) if isinstance(value, str) else value


#: A field of a model that is written as text, such as ``1.34.9``.
ReleaseField = Annotated[Release, BeforeValidator(_release), PlainSerializer(str)]
#: A field of a model that is written as text, such as ``"1.34"``.
MinorField = Annotated[Minor, BeforeValidator(_minor), PlainSerializer(str)]
