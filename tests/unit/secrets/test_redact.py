"""No value remains in a text, in any encoding."""

from __future__ import annotations

import base64
import html
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.secrets import redact
from worldtree.secrets.live_redactor import LiveRedactor
from worldtree.secrets.redact import MASK, Redactor

#: Letters that no form changes, and such that every form changes.
SECRETS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=40).filter(
    lambda value: len(value.strip()) >= 4 and MASK not in value
)
AROUND = st.text("abc \"'\\{}%=&/ü\n", max_size=9)

ENCODINGS: dict[str, Callable[[str], str]] = {
    "clear": str,
    "json": json.dumps,
    "json, not ASCII": lambda text: json.dumps(text, ensure_ascii=False),
    "json in json": lambda text: json.dumps(json.dumps({"x": text})),
    "url": lambda text: quote(text, safe=""),
    "url path": quote,
    "url form": quote_plus,
    "python": repr,
    "xml": html.escape,
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_a_value_is_gone_from_an_encoded_text_around_it(
    encode: Callable[[str], str], secret: str, before: str, after: str
) -> None:
    """Neither the value nor its encoded form is left, and the mask says that something was there.

    Python's repr changes its quotes with what is around, so that is tested with nothing there.
    """
    if encode is repr:
        before = after = ""
    text = encode(before + secret + after)
    clean = Redactor([secret]).text(text)
    assert MASK in clean
    assert secret not in clean
    assert json.dumps(secret)[1:-1] not in clean


@given(secret=SECRETS, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_no_alignment_of_base64_gets_through(secret: str, before: bytes, after: bytes) -> None:
    """Decoding what is left never gives the value."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(before + secret.encode() + after).decode()
        clean = Redactor([secret]).text(f"Authorization: Basic {text}")
        assert MASK in clean
        kept = clean.removeprefix("Authorization: Basic ")
        # At each side one letter of the encoding may share bits with the value.
        assert len(kept) <= len(text) - len(secret.encode()) * 8 // 6 + 2 + len(MASK)


@given(
    secrets=st.lists(SECRETS, min_size=1, max_size=5),
    data=st.recursive(st.text() | st.integers() | st.none(), lambda x: st.lists(x), max_leaves=5),
)
def test_data_without_values_stays_as_it_is(secrets: list[str], data: object) -> None:
    """Nothing is touched that holds no value, and twice is the same as once."""
    redactor = Redactor(secrets)
    clean = redactor.data({"a": data, "b": secrets})
    assert clean["b"] == [MASK] * len(secrets) or MASK in str(clean["b"])
    assert redactor.data(clean) == clean
    text = json.dumps(data, ensure_ascii=False)
    if not any(form in text for secret in secrets for form in redact.encoded_forms(secret)):
        assert redactor.data(data) == data


@given(secret=SECRETS, key=SECRETS)
def test_a_line_of_json_stays_json(secret: str, key: str) -> None:
    """Even where a value begins in the middle of an escape of the line."""
    line = json.dumps({"stdout": f"\n{secret}\\{secret}", key: [secret]}).encode() + b"\n"
    clean = LiveRedactor(None, [secret])(line)
    assert secret not in str(list(json.loads(clean).values()))


def test_an_escape_is_not_cut_in_two() -> None:
    """``n123`` is not what stands in ``\\n123``."""
    line = json.dumps({"a": "x\nnn12", "b": "nn12"}).encode()
    assert json.loads(LiveRedactor(None, ["nn12"])(line)) == {"a": f"x\n{MASK}", "b": MASK}
    assert LiveRedactor(None, ["zzzz"])(line) == line


def test_longer_values_go_first_and_shell_words_too() -> None:
    """Of two values that begin alike the longer one is taken whole."""
    redactor = Redactor(["pass", "password", "it's mine"])
    assert redactor.text("my password, my pass") == f"my {MASK}, my {MASK}"
    assert redactor.text(f"sh -c {shlex.quote(shlex.quote(chr(39)) + 'x')}") != ""
    assert redactor.text(f"echo {shlex.quote('it' + chr(39) + 's mine')}") == f"echo {MASK}"


def test_lines_of_a_key_are_taken_one_by_one() -> None:
    """``stdout_lines`` shows a value of several lines in pieces."""
    key = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXk\nc2Vjb25kLWxpbmU=\n-----END KEY-----\n"
    found = Redactor([key]).data({"stdout_lines": key.splitlines(), "stdout": key})
    assert "b3Blb" not in str(found)
    assert "c2Vj" not in str(found)


def test_keys_numbers_and_bytes_are_looked_at_but_not_the_shape_of_a_result() -> None:
    """A password ``changed`` does not take the results' keys away."""
    redactor = Redactor(["changed", "4711471", "s3cret!"])
    assert redactor.data({"changed": True, "s3cret!": 4711471, "b": b"a s3cret!"}) == {
        "changed": True,
        MASK: MASK,
        "b": f"a {MASK}".encode(),
    }


def test_short_values_are_not_redacted() -> None:
    """They are covered by ``no_log`` alone."""
    assert Redactor(["a", "abc", ""]).text("abc banana") == "abc banana"


def test_the_module_imports_the_standard_library_only() -> None:
    """It is loaded within ansible-playbook; only the index of texts comes with it."""
    code = (
        f"import sys; sys.path.append({str(Path(redact.__file__).parents[2])!r})\n"
        "from worldtree.secrets.redact import Redactor\n"
        "ours = {n for n in sys.modules if n.split('.')[0] in ('worldtree', 'pydantic')}\n"
        "p = 'worldtree.secrets'\n"
        "assert ours == {'worldtree', p, f'{p}.redact', f'{p}.text_index'}, ours\n"
        "print(Redactor(['s3cret']).text('a s3cret'))"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"a {MASK}\n"


def test_a_value_that_a_mask_completes_is_gone_too() -> None:
    """The values are found in the text as it was, and masks make further ones."""
    assert Redactor(["secret", "a***b"]).text("asecretb") == MASK


def test_thousands_of_values_cost_as_much_as_hundreds() -> None:
    """A file of variables that is encrypted as a whole has many; each line is searched for them."""

    def searches(number: int) -> int:
        found = Redactor(f"https://db-{n}.example.com/{n * 7919:x}key" for n in range(number))
        text = _Searched("lorem ipsum dolor sit amet, https://db.example.com/ " * 20)
        assert found.text(text) == text
        return text.searches

    assert searches(200) < 50
    assert searches(4000) < 50


class _Searched(str):
    """A text that counts how often something is searched in it."""

    searches = 0

    def __contains__(self, one: object) -> bool:
        self.searches += 1
        return super().__contains__(one)
