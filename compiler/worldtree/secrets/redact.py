"""Takes secret values out of texts and data that are about to be kept or shown.

Stands alone (nothing but the standard library, no import of this package), since it also runs
within ansible-playbook. A value is found in clear and in the forms in which programs pass texts on:
base64 at any alignment, URL-encoded, escaped for JSON, Python, shell and XML, line by line.
Values of fewer than ``SHORTEST`` characters are left alone, as they would take ordinary words
apart; ``no_log`` is what covers these.
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

#: What stands in place of a value.
MASK = "***"
#: Characters that a value must have to be looked for.
SHORTEST = 4
#: Characters that a line of a value of several lines must have to be looked for by itself.
_SHORTEST_LINE = 8

#: Keys that give results their shape; a secret that is such a word tells nothing as a key.
_SHAPE = frozenset(
    # As Ansible's results and our events have them.
    """ansible_facts changed cmd delta diff end event event_data exception failed host invocation
    item message module_args msg play rc res results role skipped start stderr stderr_lines stdout
    stdout_lines task unreachable warnings""".split()  # noqa: SIM905 - a list of words is read more easily
)


class Redactor:
    """Replaces known values; ``add`` takes further ones."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        #: The longest first, as one may be part of another.
        self._forms: list[str] = []
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Look for these too from now on."""
        new = {value for value in values if len(value) >= SHORTEST} - self._values
        if not new:
            return
        self._values |= new
        found = {form for value in new for form in forms(value)}
        self._forms = sorted(found.union(self._forms), key=lambda form: (-len(form), form))

    def text(self, text: str) -> str:
        """Return ``text`` without the values."""
        # Looking for one text after the other is many times as fast as one pattern for all.
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def data(self, value: Any) -> Any:
        """Return ``value`` with the values taken out of every text in it, keys included.

        Mappings become dicts and sequences lists; numbers whose digits are a value are masked too.
        """
        return self._data(value) if self._forms else value

    def json_line(self, line: bytes) -> bytes:
        """Return a line of JSON without the values; it stays JSON."""
        text = line.decode(errors="replace")
        if not any(form in text for form in self._forms):
            return line
        try:
            data = json.loads(line)
        except ValueError:
            return self.text(text).encode()
        return json.dumps(self._data(data)).encode() + (b"\n" if line.endswith(b"\n") else b"")

    def _data(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._key(key): self._data(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._data(item) for item in value]
        if isinstance(value, bytes):
            return self.text(value.decode(errors="replace")).encode()
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return MASK if str(value) in self._values else value
        return value

    def _key(self, key: Any) -> Any:
        return key if not isinstance(key, str) or key in _SHAPE else self.text(key)


def forms(value: str) -> set[str]:
    """Return the texts in which ``value`` may stand in an output; never the empty text."""
    found: set[str] = set()
    for text in {value, value.strip(), *_lines(value)}:
        if len(text) >= SHORTEST:
            found.update(_plain(text))
    raw = value.encode(errors="surrogatepass")
    for whole in (raw, raw.rstrip(b"\n")):
        found.update(_base64(whole))
    return {form for form in found if len(form) >= SHORTEST}


def _lines(value: str) -> list[str]:
    """Return the lines of a value of several, as results show an output line by line."""
    lines = [line.strip() for line in value.splitlines()]
    return [line for line in lines if len(line) >= _SHORTEST_LINE] if len(lines) > 1 else []


def _plain(text: str) -> Iterator[str]:
    yield text
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        # JSON within JSON, as when the output of a program is JSON.
        yield json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]
    for encoded in (_quoted(text, ""), _quoted(text, "/"), quote_plus(text, errors="replace")):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), encoded)
    yield repr(text)[1:-1]
    yield shlex.quote(text)
    yield html.escape(text)
    yield html.escape(text, quote=False)


def _quoted(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="replace")


def _base64(raw: bytes) -> Iterator[str]:
    """Yield what of the base64 of any text around ``raw`` depends on ``raw`` alone."""
    for before in range(3):
        whole = (before + len(raw)) * 8 // 6
        first = (before * 8 + 5) // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + raw).decode()[first:whole]
