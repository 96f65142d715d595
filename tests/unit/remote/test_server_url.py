"""Addresses of services: one form, and no token without encryption to another machine."""

from __future__ import annotations

import pytest

from worldtree.core.errors import ExitCode, RefusedError, WorldTreeError
from worldtree.remote.server_url import allows_insecure, read_server_url, refuse_insecure


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("https://wt.example.org", "https://wt.example.org"),
        (" https://WT.example.org:443/ ", "https://wt.example.org"),
        ("https://wt.example.org/base/api/v1/", "https://wt.example.org/base"),
        ("http://127.0.0.1:8420/api/v1", "http://127.0.0.1:8420"),
        ("http://[::1]:8420", "http://[::1]:8420"),
    ],
)
def test_an_address_has_one_form(given: str, text: str) -> None:
    assert read_server_url(given).text == text


@pytest.mark.parametrize(
    "given",
    [
        *(
            "",
            "wt.example.org",
            "ftp://wt.example.org",
            "https://",
            "https://a b",
            "https://a/?x=1",
        ),
        *(
            "https://a/#x",
            "https://ann:pa55word@a",
            "https://[::1",
            "https://a:99999",
            "https://a\nb",
        ),
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(WorldTreeError) as found:
        read_server_url(given)
    assert (found.value.code, found.value.exit_code) == ("server-url-invalid", ExitCode.INPUT)
    assert "pa55word" not in found.value.message + found.value.hint


@pytest.mark.parametrize(
    "given", ["http://wt.example.org", "http://10.0.0.1", "http://127.0.0.1.a.b"]
)
def test_http_to_another_machine_is_refused(given: str) -> None:
    with pytest.raises(RefusedError, match="without encryption") as found:
        refuse_insecure(read_server_url(given), allowed=False)
    assert found.value.code == "server-insecure"
    refuse_insecure(read_server_url(given), allowed=True)


@pytest.mark.parametrize(
    "given", ["http://localhost:1", "http://127.8.0.1", "http://[::1]", "https://a"]
)
def test_loopback_and_tls_are_taken(given: str) -> None:
    refuse_insecure(read_server_url(given), allowed=False)


def test_the_variable_is_off_unless_it_says_something() -> None:
    assert [allows_insecure(one) for one in (None, "", "0", "False", "no", "1", "yes")] == [
        *(False, False, False, False, False),
        *(True, True),
    ]
