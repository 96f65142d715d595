"""The decorator that names the permissions of an operation and checks them before its body."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from worldtree.app.admin.access_names import AccessInputError
from worldtree.auth.principal import Principal

#: In the place of a permission: any one in the project.
ANY_PERMISSION = "any"
#: In the place of a permission: none, as for what is the principal's own.
AUTHENTICATED = "authenticated"


class Guarded(Protocol):
    """What has guarded methods: who asks, and in which project (its id)."""

    @property
    def principal(self) -> Principal:
        """Who asks."""

    @property
    def project(self) -> str:
        """The id of the project."""


_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_Guarded = TypeVar("_Guarded", bound=Guarded)


def requires(
    *permissions: str,
) -> Callable[
    [Callable[Concatenate[_Guarded, _Arguments], _Result]],
    Callable[Concatenate[_Guarded, _Arguments], _Result],
]:
    """Make a method raise ``MissingPermissionError`` without all of ``permissions``."""

    def guard(
        method: Callable[Concatenate[_Guarded, _Arguments], _Result],
    ) -> Callable[Concatenate[_Guarded, _Arguments], _Result]:
        @wraps(method)
        def checked(
            self: _Guarded, /, *arguments: _Arguments.args, **named: _Arguments.kwargs
        ) -> _Result:
            for permission in permissions:
                if permission == AUTHENTICATED:
                    continue
                if permission == ANY_PERMISSION:
                    refuse_stranger(self.principal, self.project, self.project)
                else:
                    self.principal.require(permission, self.project)
            return method(self, *arguments, **named)

        setattr(checked, _ATTRIBUTE, permissions)
        return checked

    return guard


_ATTRIBUTE = "required_permissions"


def required_permissions(method: Any) -> tuple[str, ...]:
    """Return the permissions that ``requires`` checks for a method; empty without it."""
    found: tuple[str, ...] = getattr(method, _ATTRIBUTE, ())
    return found


def refuse_stranger(principal: Principal, project: str, name: str) -> None:
    """Raise the error for an unknown project where the principal has no permission in it.

    ``project`` is its id, ``name`` what the caller calls it.
    """
    if not principal.allowed(project):
        raise unknown_project(name)


def unknown_project(name: str) -> AccessInputError:
    """Return the error for a project that does not exist, or not for the caller."""
    return AccessInputError(
        f"unknown project `{name}`",
        code="project-unknown",
        hint="check its name, or ask one of its owners for a role in it",
    )
