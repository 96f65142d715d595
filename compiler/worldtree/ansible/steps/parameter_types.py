"""Types of step parameters: plain values, or a template that becomes one when the play runs."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

from worldtree.spec.yaml_tags import Unsafe, Vault

_TEMPLATE = re.compile(r"\{\{|\{%")
_MODE = re.compile(r"[0-7]{3,4}|preserve|[ugoa,=+rwxXst-]*[=+-][ugoa,=+rwxXst-]*")


def has_template(value: object) -> bool:
    """Whether ``value`` is text that Ansible renders as a template."""
    return (
        isinstance(value, str)
        and not isinstance(value, Unsafe | Vault)
        and _TEMPLATE.search(value) is not None
    )


def _keep_tag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Validate as text; a tagged string stays tagged, which pydantic alone would drop."""
    checked = handler(value)
    return value if isinstance(value, Unsafe | Vault) else checked


def _must_be_template(value: str) -> str:
    if not has_template(value):
        msg = "it must be a value of that type or a template such as `{{ name }}`"
        raise ValueError(msg)
    return value


def _reject_number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        msg = f"a mode as a number is ambiguous (octal or decimal): quote it, such as '{value:04o}'"
        raise ValueError(msg)
    return value


def _check_mode(value: str) -> str:
    if has_template(value) or _MODE.fullmatch(value):
        return value
    msg = "not a file mode: use four octal digits in quotes ('0644') or symbols ('u=rw,g=r')"
    raise ValueError(msg)


#: Text; ``!unsafe`` and ``!vault`` are kept.
Text = Annotated[str, WrapValidator(_keep_tag)]
#: Text that is not empty.
Name = Annotated[str, Field(min_length=1), WrapValidator(_keep_tag)]
_Template = Annotated[str, AfterValidator(_must_be_template)]
#: True or false, or a template.
Flag = bool | _Template
#: A whole number, or a template.
Number = int | _Template
#: One text or several.
Texts = Text | list[Text]
#: A file mode: octal digits in quotes, symbols, or a template.
Mode = Annotated[str, BeforeValidator(_reject_number), AfterValidator(_check_mode)]
