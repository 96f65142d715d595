"""Paths in variables mean the same wherever a program is started with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.core.environment_paths import with_absolute_paths

HERE = Path("/srv/shop")


@pytest.mark.parametrize(
    ("name", "written", "wanted"),
    [
        ("ANSIBLE_VAULT_PASSWORD_FILE", "dev.pw", "/srv/shop/dev.pw"),
        ("ANSIBLE_VAULT_PASSWORD_FILE", "/etc/dev.pw", "/etc/dev.pw"),
        ("ANSIBLE_VAULT_PASSWORD_FILE", "~/dev.pw", "~/dev.pw"),
        ("ANSIBLE_VAULT_PASSWORD_FILE", "$HOME/dev.pw", "$HOME/dev.pw"),
        ("ANSIBLE_VAULT_PASSWORD_FILE", "", ""),
        ("ANSIBLE_VAULT_IDENTITY_LIST", "dev@dev.pw", "dev@/srv/shop/dev.pw"),
        (
            "ANSIBLE_VAULT_IDENTITY_LIST",
            "dev@keys/dev@work.pw, prod@prompt,plain,@x,prompt",
            "dev@/srv/shop/keys/dev@work.pw,prod@prompt,/srv/shop/plain,/srv/shop/x,prompt",
        ),
        ("ANSIBLE_VAULT_IDENTITY_LIST", "", ""),
        ("SSL_CERT_DIR", "certs:/etc/certs", "/srv/shop/certs:/etc/certs"),
        ("REQUESTS_CA_BUNDLE", "./ca.pem", "/srv/shop/ca.pem"),
        ("SHOP_FILE", "relative", "relative"),
    ],
)
def test_relative_paths_begin_at_the_working_directory(
    name: str, written: str, wanted: str
) -> None:
    assert with_absolute_paths({name: written, "A": "b"}, HERE) == {name: wanted, "A": "b"}


def test_an_at_sign_of_the_directory_begins_no_label() -> None:
    found = with_absolute_paths({"ANSIBLE_VAULT_IDENTITY_LIST": "a.pw,b@b.pw"}, Path("/home/me@x"))
    assert found["ANSIBLE_VAULT_IDENTITY_LIST"] == "default@/home/me@x/a.pw,b@/home/me@x/b.pw"
