"""No secret is left in a journal, at any place of a result and in any form."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from worldtree.runner.inside.journal import JournalWriter
from worldtree.secrets.live_redactor import LiveRedactor
from worldtree.secrets.redact import MASK, Redactor

LETTERS = "abcXYZ0189 /+=_-.:'\"\\$%&{}<>ü世"
LINE = st.text(LETTERS, min_size=6, max_size=30).map(str.strip).filter(lambda t: len(t) >= 6)
SECRETS = st.lists(LINE, min_size=1, max_size=4).map("\n".join)


def wrapped(text: str) -> str:
    """What ``base64`` prints: lines of 76 letters."""
    return base64.encodebytes(text.encode()).decode()


#: How a program may pass a value on. Each text is whole in what is written.
WAYS: dict[str, Callable[[str], str]] = {
    "clear": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in lines": wrapped,
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "component of a URL": lambda text: quote(text, safe="!*'()"),
    "JSON": lambda text: json.dumps({"x": text}),
    "JSON in JSON": lambda text: json.dumps(json.dumps([text])),
    "shell": shlex.quote,
    "shell in shell": lambda text: shlex.quote(f"V={shlex.quote(text)} run"),
    "YAML": lambda text: text.replace("'", "''"),
    "Python": repr,
}
#: Where results have texts.
KEYS = st.sampled_from(
    ["msg", "exception", "stdout", "warnings", "deprecations", "invocation", "before", "after", "x"]
)


def nested(text: str) -> st.SearchStrategy[Any]:
    """Results of any depth with ``text`` in them, by itself, among words, or line by line."""
    leaves = st.sampled_from([text, f"so {text} it is", text.splitlines(), {text: 1}, [1, text]])
    return st.recursive(
        leaves,
        lambda inner: st.dictionaries(KEYS, inner, min_size=1) | st.lists(inner),
        max_leaves=4,
    )


def journal(result: Any, values: list[str]) -> str:
    """Return what a journal has of a result, as text on disk."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "journal.jsonl"
        event = {"n": 1, "event": "runner_on_failed", "created": 1.0, "host": "a", "res": result}
        JournalWriter(file, LiveRedactor.of({}, values)).append(event)
        return file.read_text()


def texts(value: Any) -> list[str]:
    """Return every text in JSON data, keys included."""
    if isinstance(value, dict):
        return [*map(str, value), *(t for item in value.values() for t in texts(item))]
    if isinstance(value, list):
        return [t for item in value for t in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data(), secret=SECRETS)
@settings(max_examples=examples(15))
def test_no_form_of_a_secret_is_written(way: str, data: st.DataObject, secret: str) -> None:
    form = WAYS[way](secret)
    result = data.draw(nested(form))
    written = journal(result, [secret])
    left = texts(json.loads(written))
    for line in (secret, *secret.splitlines()):
        for each in WAYS.values():
            # A word around the value may have one letter of it: as long a part must not.
            assert not any(each(line).strip("'\"{}[]") in text for text in left), (line, written)
    if way == "base64 in lines":
        for line in form.split():
            assert len(line) < 16 or not any(line in text for text in left)


@given(before=st.integers(0, 90), secret=LINE, after=st.integers(0, 90))
def test_base64_in_lines_hides_it_wherever_a_line_ends(
    before: int, secret: str, after: int
) -> None:
    """As a program prints a file with the value in its middle, after words of its own."""
    printed = wrapped("-" * before + secret + "+" * after)
    for shown in (printed, "data: " + printed.replace("\n", "\n  "), printed.split("\n")):
        left = texts(json.loads(journal({"stdout": shown}, [secret])))
        joined = "".join("".join(left).split()).removeprefix("data:")
        if len(printed.split()) > 1:
            assert base64.b64encode(secret.encode()).decode()[4:-4] not in joined or MASK in joined
        assert MASK in joined


def test_a_shell_prints_it() -> None:
    """Bash, asked to: with a backslash before what is special, or in quotes of its own."""
    secret = 'it\'s $HOME "or" `x`\\'
    done = subprocess.run(
        ["bash", "-c", 'printf "%q\\n" "$1"; echo "${1@Q}"', "bash", secret],
        capture_output=True,
        text=True,
        check=True,
    )
    for line in done.stdout.splitlines():
        assert Redactor([secret]).text(line).strip("'") == MASK


def test_a_long_word_that_is_no_secret_stays() -> None:
    """Lines that look like base64 are left as they are, to the letter."""
    lines = {
        "stdout": "sha512-" + "a" * 70 + "\n" + "b" * 70 + "\n",
        "stdout_lines": ["c" * 60] * 3,
    }
    assert json.loads(journal(lines, ["s3cret-word"]))["res"] == lines
