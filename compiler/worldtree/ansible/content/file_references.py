"""Finds names of control-side files in the text of roles, tasks and variables.

It reads text, and no value: `{{ playbook_dir }}/certs/a.pem`, `inventory_dir ~ '/files/x'`,
`lookup('file', 'certs/a.pem')`, `src: ../../other/files/x`, `include_tasks: ../x.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

#: Where a name begins: beside the playbook, beside the inventory, in the role, or where Ansible
#: looks for a relative name.
Base = Literal["playbook", "inventory", "role", "relative"]
Made = Literal["", "password", "file"]
#: Characters in front of a directory in which its call may begin.
_LONGEST_CALL = 200

_PATH = r"""(?P<path>[^\s"'{}|,;:<>()#]+)(?P<open>\s*\{[{%]|["']\s*[~+])?"""
#: Behind a directory and a slash: one value, then the text that goes on.
_AFTER_VALUE = re.compile(
    r"""(?:\s*\{\{[^{}]+\}\}|["']\s*[~+]\s*[\w.]+(?:\[[^\]]*\])?\s*[~+]\s*["'])"""
    r"""(?P<rest>[^\s"'{}|,;:<>()#]+)(?P<open>\s*\{[{%]|["']\s*[~+])?"""
)
_FROM_DIRECTORY = re.compile(
    r"""\b(?P<base>playbook_dir|inventory_dir|role_path)\s*(?:\}\}|[~+]\s*\\?["'])(?=/)""" + _PATH
)
_LOOKUP = (
    r"""\b(?:lookup|query|q)\(\s*["'](?:ansible\.builtin\.)?(?:file|template|unvault|fileglob)"""
    r"""["']\s*,\s*["']"""
)
#: In front of a key: the beginning of its line or mapping.
_BEFORE_KEY = r"(?:^|[{,])\s*(?:-\s+)?(?:ansible\.builtin\.)?"
#: The lookup that makes a file; it looks beside the playbook alone, also in roles.
#: Quotes may be escaped, as inside of double quotes of YAML.
_PASSWORD = r"""\b(?:lookup|query|q)\(\s*\\?["'](?:ansible\.builtin\.)?password\\?["']\s*,\s*"""
_PASSWORDS = re.compile(rf"""{_PASSWORD}\(?\\?["'](?![/~]){_PATH}""")
_KEYS = (
    rf"""{_BEFORE_KEY}(?P<key>include_tasks|import_tasks|include_vars|script|src|file)\s*:\s*"""
    # The name may be an argument; another argument is no name.
    r"""(?:\{\s*)?["']?(?:(?:file|cmd|dir)\s*[:=]\s*["']?)?(?!\w+\s*:\s)"""
)
_IN_VALUES = re.compile(f"(?:{_LOOKUP})(?![/~]){_PATH}")
_IN_TASKS = re.compile(rf"(?:{_LOOKUP}|{_KEYS}|\bsrc=[\"']?)(?![/~]){_PATH}", re.MULTILINE)
#: Text in front of a name on its line that says that the file has tasks.
_INCLUDES = re.compile(rf"{_BEFORE_KEY}(?:include_tasks|import_tasks)\s*:[^,]*$")
#: Text in front of a name on its line that says that the file is read.
_READS = re.compile(
    r"""(?:lookup|query|q)\(\s*["'](?:ansible\.builtin\.)?(?:file|template|unvault)["']"""
)
#: The same for names that begin at a directory of the control side; a bare one may be a host's.
_READS_SOURCE = re.compile(rf"{_BEFORE_KEY}(?:src|script)\s*:[^,]*$|\bsrc=[^=]*$")
#: Text in front of a directory that says that a file is written there.
_MAKES_PASSWORD = re.compile(rf"""{_PASSWORD}\(?(?:["']\s*\{{\{{)?\s*$""")
_WRITES = re.compile(r"""(?:\bdest\s*:\s*["']?|\bdest=["']?)\{\{-?\s*\(?\s*$""")
#: Text on the line that says that the file need not exist.
_OPTIONAL = re.compile(r"errors\s*=|default\(|first_found|fileglob|remote_src")
_TASK_FILES = frozenset(("include_tasks", "import_tasks"))
_BASES: dict[str, Base] = {
    "playbook_dir": "playbook",
    "inventory_dir": "inventory",
    "role_path": "role",
}


@dataclass(frozen=True, slots=True)
class FileReference:
    """One name in a text; lines and columns count from 1."""

    base: Base
    #: Relative, without a slash in front.
    path: str
    #: Whether the name goes on with a template, so that ``path`` is only its beginning.
    is_beginning: bool
    #: What stands behind that template, where the name begins with it; ``*`` for a further one.
    rest: str
    #: Whether the text reads the file, wherever the text is used.
    is_read: bool
    #: Whether the file has tasks.
    is_tasks: bool
    #: What the text writes there where there is no file yet, or always; empty for nothing.
    makes: Made
    line: int
    column: int


def references_in(text: str, *, tasks: bool) -> Iterator[FileReference]:
    """Yield the names in ``text``; ``tasks`` says that `src:` and includes name files.

    In variables, `file:` may be anything.
    """
    for match in _FROM_DIRECTORY.finditer(text):
        yield from _reference(text, match, _BASES[match["base"]], _made(text, match))
    for match in _PASSWORDS.finditer(text):
        yield from _reference(text, match, "playbook", "password")
    for match in (_IN_TASKS if tasks else _IN_VALUES).finditer(text):
        yield from _reference(text, match, "relative")


def _made(text: str, match: re.Match[str]) -> Made:
    before = text[max(0, match.start() - _LONGEST_CALL) : match.start()]
    if _MAKES_PASSWORD.search(before):
        return "password"
    return "file" if _WRITES.search(before) else ""


def _reference(
    text: str, match: re.Match[str], base: Base, makes: Made = ""
) -> Iterator[FileReference]:
    begin = text.rfind("\n", 0, match.start("path")) + 1
    end = text.find("\n", begin)
    line = text[begin : end if end >= 0 else len(text)]
    before = text[begin : match.start("path")]
    groups = match.groupdict()
    if before.lstrip().startswith("#"):
        return
    has_tasks = groups.get("key") in _TASK_FILES or _INCLUDES.search(before) is not None
    reads = _READS.search(before) or (base != "relative" and _READS_SOURCE.search(before))
    yield FileReference(
        base=base,
        path=match["path"].lstrip("/").replace("\\", ""),
        is_beginning=bool(match["open"]),
        rest=_rest(text, match) if match["open"] and not match["path"].strip("/") else "",
        is_read=(has_tasks or bool(reads)) and not _OPTIONAL.search(line),
        is_tasks=has_tasks,
        makes=makes,
        line=text.count("\n", 0, match.start("path")) + 1,
        column=match.start("path") - begin + 1,
    )


def _rest(text: str, match: re.Match[str]) -> str:
    """Return the text behind the first value of a name that begins with it; empty for slashes."""
    found = _AFTER_VALUE.match(text, match.end("path"))
    if found is None or not re.search(r"\w", found["rest"]):
        return ""
    return found["rest"] + ("*" if found["open"] else "")
