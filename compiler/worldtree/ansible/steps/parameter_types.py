"""Types of step parameters: plain values, or a template that becomes one when the play runs."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator
from pydantic_core import PydanticCustomError

from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.yaml_tags import Unsafe, Vault

#: Type of errors about a value that has to be in quotes; their context has its ``text``.
NOT_QUOTED: Final = "not_quoted"

_MODE = re.compile(r"[0-7]{3,4}|preserve|[ugoa,=+rwxXst-]*[=+-][ugoa,=+rwxXst-]*")


def has_template(value: object) -> bool:
    """Whether ``value`` is text that Ansible renders as a template."""
    return isinstance(value, str) and not isinstance(value, Unsafe | Vault) and is_template(value)


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
        # YAML reads `0644` as octal, 420, and `755` as decimal: the hint shows it as written.
        octal = f"{value:04o}"
        raise PydanticCustomError(
            NOT_QUOTED, "a mode as a number is ambiguous (octal or decimal)", {"text": octal}
        )
    return value


def _reject_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError(
            NOT_QUOTED,
            "a word of a command is text or a number, not a boolean",
            {"text": str(value).lower()},
        )
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
#: A word of a command; a number becomes text when the command is written.
Word = Annotated[Text | int | float, BeforeValidator(_reject_flag)]
#: True or false, or a template.
Flag = bool | _Template
#: A whole number, or a template.
Number = int | _Template
#: One text or several.
Texts = Text | list[Text]
#: A file mode: octal digits in quotes, symbols, or a template.
Mode = Annotated[str, BeforeValidator(_reject_number), AfterValidator(_check_mode)]
