"""What is redacted of a text that ansible-vault decrypted."""

from __future__ import annotations

import pytest

from worldtree.secrets.decrypted_texts import values_of

FILE = """
user: admin
env: production
port: 8080
pin: 123456
enabled: true
day: 2020-01-01
password: hunter2
deep: {list: [Ab1-, "/srv/app", "long sentence"], tagged: !unsafe "{{ braces }}"}
inner: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  6162
"""


def test_a_file_of_variables_has_values_and_ordinary_words() -> None:
    assert set(values_of(FILE)) == {
        "123456",
        "hunter2",
        "Ab1-",
        "/srv/app",
        "long sentence",
        "{{ braces }}",
        "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
    }


@pytest.mark.parametrize(
    "text",
    [
        "secret",
        "1234",
        "a: b",
        "BEGIN KEY\nabc: [\nEND KEY\n",
        "first\nsecond\n",
        "day: 2020-99-99\nmore: 1\n",
        "",
    ],
)
def test_any_other_text_is_one_secret(text: str) -> None:
    assert next(values_of(text)) == text


def test_a_value_that_is_a_structure_is_redacted_in_its_parts_too() -> None:
    assert list(values_of('{"password": "Ab-12345"}')) == ['{"password": "Ab-12345"}', "Ab-12345"]


def test_a_large_text_is_left_out() -> None:
    assert list(values_of("x" * (2**20 + 1))) == []
