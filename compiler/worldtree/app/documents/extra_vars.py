"""Reads extra variables (`-e`) as `ansible-playbook` reads them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from worldtree.ansible.content.yaml_files import UnreadableYamlError, parse_yaml, read_yaml
from worldtree.core.errors import Diagnostic, InputError
from worldtree.spec.models.names import VARIABLE
from worldtree.spec.reserved import reserved_reason
from worldtree.spec.secret_references import has_secret
from worldtree.spec.yaml_tags import Vault, encode_tags

#: A word: text, quoted parts and templates, which may hold spaces.
_WORD = re.compile(
    r"""(?:\{\{.*?\}\}|\{%.*?%\}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'])+""", re.S
)
_ESCAPE = re.compile(r"\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\\'\"abfnrtv])")
_NAME = re.compile(VARIABLE[1:-1])


def read_extra_vars(given: Sequence[str], directory: Path) -> dict[str, Any]:
    """Return the variables of all ``given`` options; a later one wins. Tagged text is encoded.

    Each is ``key=value …`` (values are text), JSON or YAML that starts with ``{``, or ``@FILE``,
    relative to ``directory``. Raises ``InputError`` with all problems.
    """
    found: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for text in given:
        try:
            values = _without_dates(_read(text.strip(), directory))
        except InputError as error:
            problems += error.diagnostics
            continue
        except RecursionError:
            problems += _wrong(
                "a value of `-e` contains itself, or is nested too deeply", "", "correct the value"
            ).diagnostics
            continue
        problems += _problems(values)
        found.update(values)
    if problems:
        raise InputError(problems)
    encoded: dict[str, Any] = encode_tags(found)
    return encoded


def _without_dates(value: Any) -> Any:
    """Return ``value`` with dates of YAML as the text that Ansible prints of them."""
    if isinstance(value, date):
        return str(value)
    if isinstance(value, dict):
        return {key: _without_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_dates(item) for item in value]
    return value


def _read(text: str, directory: Path) -> dict[str, Any]:
    try:
        if text.startswith("@"):
            found = read_yaml(directory / text[1:])
        elif text.startswith(("{", "[")):
            found = parse_yaml(text, Path("-e"))
        else:
            return dict(_pairs(text))
    except UnreadableYamlError as error:
        raise InputError([_unreadable(error.diagnostic, of_file=text.startswith("@"))]) from error
    if isinstance(found, Vault):
        raise _wrong(
            f"`-e {text}` is encrypted as a whole by ansible-vault",
            "Extra variables are known when compiling, and they are in the plan.",
            "encrypt single values (`ansible-vault encrypt_string`), or put the file into"
            " `group_vars/` beside the document",
        )
    if not isinstance(found, dict):
        raise _wrong(
            f"`-e {_shown(text)}` is not a mapping",
            "Extra variables are names with values.",
            "write `-e name=value`, `-e '{\"name\": …}'` or `-e @FILE`",
        )
    return {str(name): value for name, value in found.items()}


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = _WORD.findall(text)
    if re.sub(r"\s", "", text) != re.sub(r"\s", "", "".join(words)):
        raise _wrong(f"`-e {_shown(text)}` has a quote that is not closed", "", "close the quote")
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise _wrong(
                f"`-e {_shown(word)}` has no `=`",
                "An extra variable is a name with a value.",
                f"for a file, write `-e @{word}`"
                if "/" in word or word.endswith((".yml", ".yaml", ".json"))
                else f"write `-e {word}=value`",
            )
        yield name.strip(), _unquoted(_ESCAPE.sub(_decoded, value))


def _decoded(escape: re.Match[str]) -> str:
    return str(ast.literal_eval(f"'{escape[0]}'"))


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[-2] != "\\"
    return value[1:-1] if quoted else value


def _problems(values: dict[str, Any]) -> Iterator[Diagnostic]:
    for name, value in values.items():
        reason = reserved_reason(name)
        if not _NAME.fullmatch(name):
            yield Diagnostic(
                "bad-variable-name",
                f"`-e`: `{name}` is not a valid variable name",
                "A variable name has letters, digits and `_`, and starts with a letter or `_`.",
            )
        elif reason:
            yield Diagnostic(
                "reserved-variable", f"`-e`: the variable name `{name}` is reserved", reason
            )
        elif not _is_text(name, value):
            yield Diagnostic(
                "bad-extra-vars",
                f"`-e`: the value of `{name}` is not valid text",
                "It has half of a Unicode surrogate pair, or bytes that are not UTF-8.",
                "correct the value; a character is written `\\u4e16` or as it is",
            )
        elif has_secret(json.loads(json.dumps(encode_tags(value), default=str))):
            yield Diagnostic(
                "secret-in-extra-vars",
                f"`-e`: `{name}` has a reference to a secret",
                "Extra variables are in the plan, in the bundle and in the history of your shell.",
                "give the reference to `vars` in the document, without `-e`",
            )


def _is_text(*values: Any) -> bool:
    """Whether all text in ``values`` can be written as UTF-8."""
    try:
        json.dumps(encode_tags(list(values)), default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(summary: str, detail: str, hint: str) -> InputError:
    return InputError([Diagnostic("bad-extra-vars", summary, detail, hint)])


def _unreadable(found: Diagnostic, *, of_file: bool) -> Diagnostic:
    """Return a problem of reading YAML as one of `-e`."""
    hint = "correct the JSON or YAML, and quote all of it for the shell: `-e '{\"name\": …}'`"
    if of_file:
        hint = (
            "name a file of variables in YAML or JSON; its path counts from the working directory"
        )
    return replace(
        found,
        slug="bad-extra-vars",
        summary=found.summary if not of_file else f"`-e @FILE`: {found.summary}",
        detail="",
        hint=hint,
    )


def _shown(text: str) -> str:
    """Return the name in ``text``, without a value, which may be one to keep from logs."""
    return f"{text.partition('=')[0]}=…" if "=" in text else text[:60]
