# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What Ansible is about to execute on a host, recognised by its exact text.

Ansible sends a module as a Python program: a wrapper, then the call of its one function with the
module's zip and parameters. The command starts the host's Python, which reads the program. Whatever
differs from what is known here in a single character is not recognised.
"""

from __future__ import annotations

import ast
import hashlib
import re
import shlex
from dataclasses import dataclass, field

from ansible.executor import module_common

#: SHA-256 of the wrappers that C(module_fork.py) does the same as, without comments: those of
#: ansible-core 2.19.14 and 2.21.5. Another release has another text when it works differently.
WRAPPERS = frozenset(
    {
        "5cbc94392f6ee3f3f8c8164c376abd2cbbbbf16d05e791503241ff9c31be5843",
        "24d687fd95606665647b90144514db0a656c929f12296df4eea91cc691421da6",
    }
)
_PLACEHOLDER = "# shebang placeholder"
_CALL = '\n\n\nif __name__ == "__main__":\n    _ansiballz_main(\n'
_END = "\n)\n"
#: The keywords of the call, in order.
_KEYWORDS = (
    *("ansible_module", "module_fqn", "profile", "date_time", "rlimit_nofile", "params"),
    *("extensions", "zip_data"),
)
_DATE = re.compile(r"datetime\.datetime\([0-9, ]+, tzinfo=datetime\.timezone\.utc\)")
_BASE64 = re.compile(r"'[A-Za-z0-9+/]+={0,2}'")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_INTERPRETER = re.compile(r"/[A-Za-z0-9_./+-]+\Z")
_SHELL = re.compile(r"(/[A-Za-z0-9_./+-]+ -c )(.*)\Z", re.DOTALL)
#: What the shell of a module does last, in core 2.19.
_SLEEP = " && sleep 0"
#: Variables that Python, its libraries or the dynamic linker read when they start.
_STARTUP_NAMES = re.compile(
    r"(PYTHON|LD_|LC_|MALLOC_|GLIBC_|OPENSSL_|SSL_|(LANG|LANGUAGE|LOCPATH|NLSPATH|GCONV_PATH|TZDIR"
    r"|HOME|IFS|ENV|BASH_ENV|PWD|OLDPWD|SHLVL|_)\Z)"
)


class Unrecognised(Exception):
    """The text is not known; the argument is the reason, as it is counted."""


@dataclass(frozen=True)
class ModuleCall:
    """A module with its parameters."""

    module: str
    profile: str
    rlimit_nofile: int
    #: JSON, as it was written.
    parameters: bytes = field(repr=False)
    #: base64.
    zip_data: str = field(repr=False)


@dataclass(frozen=True)
class Command:
    """A command that starts Python."""

    interpreter: str
    #: Assignments before it, for the module alone.
    environment: dict = field(repr=False)
    #: The start of the command, before what the shell executes.
    shell: str
    sleeps: bool

    def with_environment(self, environment):
        """Return the whole command with other assignments."""
        words = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
        text = " ".join([*words, self.interpreter]) + (_SLEEP if self.sleeps else "")
        return self.shell + shlex.quote(text)


def parse_module(data):
    """Return the C(ModuleCall) that a program makes. Raises C(Unrecognised)."""
    wrapper = getattr(module_common, "_ANSIBALLZ_CODE", "")  # Private: another release may lack it.
    if hashlib.sha256(wrapper.encode()).hexdigest() not in WRAPPERS:
        raise Unrecognised("unknown-core")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Unrecognised("unknown-payload") from None
    shebang, _, _ = text.partition("\n")
    start = wrapper.replace(_PLACEHOLDER, shebang) + _CALL
    if not (shebang.startswith("#!") and text.startswith(start) and text.endswith(_END)):
        raise Unrecognised("unknown-payload")
    lines = text[len(start) : -len(_END)].split("\n")
    if len(lines) != len(_KEYWORDS):
        raise Unrecognised("unknown-payload")
    found = {}
    for name, line in zip(_KEYWORDS, lines, strict=True):
        if not (line.startswith(f"{name}=") and line.endswith(",")):
            raise Unrecognised("unknown-payload")
        found[name] = line[len(name) + 1 : -1]
    if found["extensions"] != "{}":
        raise Unrecognised("debugged")
    if not (_DATE.fullmatch(found["date_time"]) and _BASE64.fullmatch(found["zip_data"])):
        raise Unrecognised("unknown-payload")
    try:
        module, profile, limit, parameters = (
            ast.literal_eval(found[name])
            for name in ("module_fqn", "profile", "rlimit_nofile", "params")
        )
    except (ValueError, SyntaxError):
        raise Unrecognised("unknown-payload") from None
    if not isinstance(limit, int) or not all(
        isinstance(value, str) for value in (module, profile, parameters)
    ):
        raise Unrecognised("unknown-payload")
    try:
        encoded = parameters.encode()
    except UnicodeEncodeError:
        raise Unrecognised("unknown-payload") from None
    return ModuleCall(module, profile, limit, encoded, found["zip_data"][1:-1])


def parse_command(text):
    """Return the C(Command) of a whole command line. Raises C(Unrecognised)."""
    found = _SHELL.match(text)
    executed = _split(found[2]) if found else ()
    if len(executed) != 1:
        raise Unrecognised("unknown-command")
    words = _split(executed[0].removesuffix(_SLEEP))
    environment = {}
    for word in words[:-1]:
        name, is_set, value = word.partition("=")
        if not (is_set and _NAME.match(name)):
            raise Unrecognised("unknown-command")
        environment[name] = value
    if not (words and _INTERPRETER.match(words[-1])):
        raise Unrecognised("unknown-command")
    command = Command(words[-1], environment, found[1], executed[0].endswith(_SLEEP))
    if command.with_environment(environment) != text:
        raise Unrecognised("unknown-command")
    return command


def startup_variables(environment):
    """Return the names of variables that a process reads when it starts, in order."""
    return sorted(name for name in environment if _STARTUP_NAMES.match(name))


def _split(text):
    try:
        return shlex.split(text)
    except ValueError:
        raise Unrecognised("unknown-command") from None
