"""Removes secret values from texts and data before they are stored or shown.

Light, since it also runs inside ansible-playbook: it imports the standard library and
``text_index``. A value is found in
clear text and in the encodings that programs use: base64 at any alignment and with any line breaks,
URL-encoded, escaped for JSON, Python, shell, YAML and XML, line by line.
Values of fewer than ``MIN_LENGTH`` characters are not redacted, since they occur in ordinary words;
``no_log`` covers those.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from worldtree.secrets.text_index import TextIndex

#: Replaces a value.
MASK = "***"
#: Minimum length of a value that is redacted.
MIN_LENGTH = 4
#: Minimum length of a line of a multi-line value that is redacted on its own.
_MIN_LINE_LENGTH = 6

#: Base64 broken into lines, the last of which may be shorter; other text may precede the first
#: line, and blanks the others.
_BASE64_LINES = re.compile(
    r"(?<![\w+/-])[\w+/-]{48,76}(?:\r?\n[ \t]*[\w+/-]{48,76})*\r?\n[ \t]*[\w+/-]*={0,2}", re.ASCII
)
#: The same in a line of JSON: in a string, where ``n`` is the end of an escape, or in a list.
_BASE64_LINES_IN_JSON = re.compile(r'(?<![\w+/-])[\w+/-]{48,77}(?:\\r)?(?:\\n|",\s*")', re.ASCII)

#: Keys of results and events; they stay unredacted even if a secret equals one.
_STRUCTURE_KEYS = frozenset(
    # From Ansible's results and our events.
    """_ansible_item_label after after_header ansible_facts ansible_stats attempts before
    before_header censored changed cmd data delta diff end event event_data exception failed
    failed_modules false_condition hidden hidden_reason host invocation item message module_args
    module_stderr module_stdout msg name per_host play rc res results role skip_reason skipped start
    stderr stderr_lines stdout stdout_lines task unreachable value values warnings
    worldtree_done""".split()  # noqa: SIM905 - a list of words is read more easily
)


class Redactor:
    """Replaces known values; ``add`` adds further ones."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        #: Encoded forms.
        self._forms = TextIndex()
        #: The forms as escaped in a line of JSON, with and without ASCII escapes.
        self._json_forms = TextIndex()
        #: Parts of the base64 of a text that identify a value in it.
        self._base64 = TextIndex()
        self._short_base64: set[str] = set()
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Redact ``values`` too."""
        new = {value for value in values if len(value) >= MIN_LENGTH} - self._values
        if not new:
            return
        self._values |= new
        found = {form for value in new for form in encoded_forms(value)}
        self._forms.add(found)
        self._json_forms.add(
            _escaped(form, ascii_only=only) for form in found for only in (True, False)
        )
        parts = {form for value in new for form in _base64(_bytes(value.strip()))}
        self._base64.add(form for form in parts if len(form) >= MIN_LENGTH)
        self._short_base64 |= {form for form in parts if len(form) < MIN_LENGTH}

    def text(self, text: str) -> str:
        """Return ``text`` without the values."""
        # Again, as a mask and what is beside it may be a form. Each one is longer than the mask.
        while found := self._forms.found_in(text):
            for form in found:
                text = text.replace(form, MASK)
        return _BASE64_LINES.sub(self._joined, text) if self._forms and "\n" in text else text

    def data(self, value: Any) -> Any:
        """Return ``value`` with all texts in it redacted, keys included.

        Mappings become dicts and sequences lists; numbers whose digits are a value are masked too.
        """
        return self._data(value) if self._forms else value

    def may_contain_secret(self, line: bytes) -> bool:
        """Whether a line of JSON may contain a value; much faster than redacting it."""
        if not self._forms:
            return False
        text = line.decode(errors="replace")
        if self._json_forms.occurs_in(text):
            return True
        return _BASE64_LINES_IN_JSON.search(text) is not None

    def _joined(self, found: re.Match[str]) -> str:
        """Return the mask if the joined base64 lines contain a value, else the lines."""
        whole = "".join(found.group().split())
        is_short = any(form in whole for form in self._short_base64)
        return MASK if is_short or self._base64.occurs_in(whole) else found.group()

    def _data(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._key(key): self._data(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            items = [self._data(item) for item in value]
            return self._lines(items) if _are_texts(items) else items
        if isinstance(value, bytes):
            return self.text(value.decode(errors="replace")).encode()
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return MASK if str(value) in self._values else value
        return value

    def _lines(self, lines: list[str]) -> list[str]:
        """Return the lines of an output without values that span several lines."""
        text = "\n".join(lines)
        clean = _BASE64_LINES.sub(self._joined, text)
        return lines if clean == text else clean.split("\n")

    def _key(self, key: Any) -> Any:
        return key if not isinstance(key, str) or key in _STRUCTURE_KEYS else self.text(key)


def encoded_forms(value: str) -> set[str]:
    """Return the encoded forms of ``value`` in an output; never the empty text."""
    found: set[str] = set()
    for text in {value, value.strip(), *_lines(value)}:
        if len(text) >= MIN_LENGTH:
            found.update(_plain(text))
    for whole in {value, value.rstrip("\n"), value.strip()}:
        found.update(_base64(_bytes(whole)))
    return {form for form in found if len(form) >= MIN_LENGTH}


def _lines(value: str) -> list[str]:
    """Return the lines of a multi-line value, since results list outputs line by line."""
    lines = [line.strip() for line in value.splitlines()]
    return [line for line in lines if len(line) >= _MIN_LINE_LENGTH] if len(lines) > 1 else []


def _plain(text: str) -> Iterator[str]:
    yield text
    # The form in outputs that replace characters which are not valid UTF-8.
    yield text.encode(errors="replace").decode()
    for ascii_only in (True, False):
        escaped = _escaped(text, ascii_only=ascii_only)
        yield escaped
        # JSON in JSON, for programs that print JSON.
        yield _escaped(escaped, ascii_only=ascii_only)
    # Programs differ in the characters that they do not encode: none, `/`, JavaScript's set.
    kept = ("", "/", "!*'()")
    plus = quote_plus(text, errors="replace")
    for encoded in (*(quote(text, safe=safe, errors="replace") for safe in kept), plus):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), encoded)
    yield repr(text)[1:-1]
    yield shlex.quote(text)
    # In single quotes, whose outer ones may be on other lines; and once more in the quotes of a
    # whole command, as Ansible logs what it runs.
    inner = text.replace("'", "'\"'\"'")
    yield inner
    yield inner.replace("'", "'\"'\"'")
    yield text.replace("'", r"'\''")
    # As a shell prints it, in double quotes, and with the quotes of YAML and SQL.
    yield re.sub(r"([^\w@%+=:,./-])", r"\\\1", text)
    yield re.sub(r'([\\"$`])', r"\\\1", text)
    yield text.replace("'", "''")
    yield html.escape(text)
    yield html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield html.escape(text, quote=False)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _escaped(text: str, *, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _are_texts(items: list[Any]) -> bool:
    return len(items) > 1 and all(isinstance(item, str) for item in items)


def _base64(raw: bytes) -> Iterator[str]:
    """Yield the parts of the base64 of a text around ``raw`` that depend on ``raw`` only."""
    for before in range(3):
        whole = (before + len(raw)) * 8 // 6
        first = (before * 8 + 5) // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            form = encode(b"\0" * before + raw).decode()[first:whole]
            yield form
            yield quote(form, safe="")
