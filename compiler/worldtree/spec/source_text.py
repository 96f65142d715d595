"""Reads the text of a document within a size limit, decodes it and splits it into lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from worldtree.core.errors import Diagnostic, InputError, Mark

#: Largest document that is read, in bytes.
MAX_BYTES = 10 * 1024 * 1024

#: What YAML (and libyaml) counts as the end of a line.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: Characters that YAML does not allow in a stream.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BOM = "\ufeff"


@dataclass(frozen=True)
class SourceText:
    """Decoded text of one file, without a byte order mark."""

    #: Name as shown to the user.
    file: str
    text: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Lines without their ends; line 1 is at index 0."""
        return tuple(_LINE_BREAK.split(self.text))

    def mark_at(self, index: int, length: int = 1) -> Mark:
        """Return the mark of ``length`` characters of one line at character ``index``."""
        before = _LINE_BREAK.split(self.text[:index])
        line, column = len(before), len(before[-1]) + 1
        return Mark(self.file, line, column, line, column + length)


def read_source(path: Path) -> SourceText:
    """Read at most the size limit from ``path``; raises ``InputError``."""
    file = str(path)
    try:
        if path.is_dir():
            raise _fail("file-unreadable", f"{file} is a directory", "name a file")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _fail(
            "file-not-found",
            f"the file {file} does not exist",
            "check the path given with `-f`",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _fail(
            "file-unreadable", f"cannot read {file}: {reason}", "check its permissions"
        ) from None
    return decode_source(data, file)


def sources_for(diagnostics: Iterable[Diagnostic]) -> dict[str, SourceText]:
    """Return the texts of the files that ``diagnostics`` mark, for display.

    Invalid bytes are replaced and unreadable files left out, since the file itself may be invalid.
    """
    found: dict[str, SourceText] = {}
    for file in {d.mark.file for d in diagnostics if d.mark}:
        try:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except (OSError, ValueError):
            continue
        if len(data) <= MAX_BYTES:
            found[file] = SourceText(file, data.decode("utf-8", "replace").removeprefix(_BOM))
    return found


def decode_source(data: bytes, file: str) -> SourceText:
    """Decode UTF-8 ``data`` (a byte order mark is dropped); raises ``InputError``."""
    if len(data) > MAX_BYTES:
        raise _too_large(file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _LINE_BREAK.split(data[: error.start].decode("utf-8"))
        line, column = len(before), len(before[-1]) + 1
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        raise InputError(
            [
                Diagnostic(
                    "not-utf-8",
                    f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8",
                    "The file looks like UTF-16." if utf16 else "A document is UTF-8 text.",
                    "save the file as UTF-8",
                    mark=Mark(file, line, column, line, column + 1),
                )
            ]
        ) from None
    return check_text(text, file)


def check_text(text: str, file: str) -> SourceText:
    """Return ``text`` as a source; raises ``InputError`` if it is too long or not YAML text."""
    if len(text) > MAX_BYTES:
        raise _too_large(file)
    source = SourceText(file, text.removeprefix(_BOM))
    found = _FORBIDDEN.search(source.text)
    if found:
        raise InputError(
            [
                Diagnostic(
                    "control-character",
                    f"character U+{ord(found.group()):04X} is not allowed in YAML",
                    "The file may be binary or damaged.",
                    'remove it, or write it as an escape sequence in double quotes ("\\x00")',
                    mark=source.mark_at(found.start()),
                )
            ]
        )
    return source


def _too_large(file: str) -> InputError:
    return _fail(
        "file-too-large",
        f"{file} is larger than {MAX_BYTES // 1024 // 1024} MiB",
        "Documents above this size are not read.",
        "split it, or move large contents to files that steps copy",
    )


def _fail(slug: str, summary: str, *words: str) -> InputError:
    detail, hint = words if len(words) == 2 else ("", words[0])
    return InputError([Diagnostic(slug, summary, detail, hint)])
