"""Known values do not get into what is kept."""

from __future__ import annotations

import json

import pytest

from worldtree.ansible.runner.redact import MASK, Redactor


@pytest.mark.parametrize("secret", ["s3cret!", 'quo"te\\d', "grüße/ä b", "line\nbreak"])
def test_a_value_is_masked_in_json_however_it_is_written(secret: str) -> None:
    redact = Redactor([secret])
    for ascii_only in (True, False):
        text = json.dumps({"stdout": f"a{secret}b"}, ensure_ascii=ascii_only).encode()
        assert json.loads(redact(text)) == {"stdout": f"a{MASK}b"}
    assert redact(b'{"url": "http://h/?q=s3cret%21"}') == (
        b'{"url": "http://h/?q=' + (MASK.encode() if secret == "s3cret!" else b"s3cret%21") + b'"}'
    )


def test_the_longer_of_two_values_goes_first() -> None:
    assert Redactor(["pass", "password"])(b'"my password"') == f'"my {MASK}"'.encode()


def test_short_values_take_no_words_apart() -> None:
    assert Redactor(["a", ""])(b'"banana"') == b'"banana"'
