"""Tokens: their form tells a misspelt one, and what they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.auth.tokens import TokenKind, looks_like_token, new_token, token_digest

KINDS = st.sampled_from(TokenKind)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@given(KINDS)
def test_a_new_token_looks_like_one(kind: TokenKind) -> None:
    token = new_token(kind)
    assert token.startswith(kind.value)
    assert re.fullmatch(r"wt[ps]_[0-9A-Za-z]{38}", token)
    assert looks_like_token(token)


@given(KINDS, st.integers(0, 41), st.sampled_from(DIGITS))
def test_one_wrong_character_is_noticed(kind: TokenKind, place: int, digit: str) -> None:
    token = new_token(kind)
    changed = token[:place] + digit + token[place + 1 :]
    assert looks_like_token(changed) is (changed == token)


@given(KINDS, st.integers(4, 40))
def test_two_swapped_characters_are_noticed(kind: TokenKind, place: int) -> None:
    token = new_token(kind)
    changed = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assert looks_like_token(changed) is (changed == token)


@given(st.text())
def test_other_text_is_no_token_and_has_a_digest(text: str) -> None:
    assert not looks_like_token(text)
    assert re.fullmatch(r"[0-9a-f]{64}", token_digest(text))


@pytest.mark.parametrize("change", [" {}", "{} ", "{}\n", "{}0", "x{}", "\ud800{}"])
def test_a_token_with_something_around_it_is_none(change: str) -> None:
    text = change.format(new_token())
    assert not looks_like_token(text)
    assert token_digest(text)


def test_part_of_a_token_is_none() -> None:
    token = new_token()
    assert not any(looks_like_token(token[:end]) for end in range(len(token)))


def test_tokens_and_their_digests_differ() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert len({token_digest(one) for one in made}) == 1000


def test_a_token_of_before_stays_one() -> None:
    """What was given out must be accepted by every later version."""
    # In parts, so that scanners for secrets find no token here.
    token = "wtp" + "_0123456789ABCDEFGHIJKLMNOPQRSTUV" + "0ReBWg"
    assert looks_like_token(token)
    assert token_digest(token) == "4f7c2ac7be9d8721bc9df497094478773aba18d19ca499140a2357969792ee3a"
