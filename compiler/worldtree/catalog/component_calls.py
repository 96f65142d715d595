"""Calls the code of components, which other packages may have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from worldtree.catalog.component_registry import component_package
from worldtree.core.errors import Diagnostic
from worldtree.plugins import described_error

T = TypeVar("T")

#: Slug of a component whose code raises, or returns what cannot be used.
COMPONENT_SLUG = "component-failed"


class ComponentError(Exception):
    """The code of a component of another package failed; ``diagnostic`` says what."""

    def __init__(self, component: str, package: str, what: str, why: str) -> None:
        super().__init__(component)
        self.diagnostic = Diagnostic(
            COMPONENT_SLUG,
            f"the component `{component}` of the package {package} {what}",
            why,
            f"upgrade the package {package} or report it to its authors; or remove"
            f" `{component}` from `spec.components`",
        )


def call_component(component: str, what: str, function: Callable[..., T], *arguments: Any) -> T:
    """Return what ``function`` of a component returns; ``what`` completes "the component …".

    Raises ``ComponentError`` for whatever it raises. What a built-in component raises stays as it
    is: that is a bug of this program.
    """
    package = component_package(component)
    if package is None:
        return function(*arguments)
    try:
        return function(*arguments)
    except ComponentError:
        raise
    # Code of other packages runs here: it may raise anything, even end the program.
    except (Exception, SystemExit) as error:
        raise ComponentError(component, package, what, _why(error)) from error


def _why(error: BaseException) -> str:
    """Return what was raised and where, without values of a document."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"It makes a {error.title} that is not valid: {place}: {first['msg']}."
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place, trace = f"{code.co_filename}:{trace.tb_lineno}", trace.tb_next
    return f"It ends with {described_error(error)} at {place}."
