"""Hosts that are this machine alone."""

from __future__ import annotations

import pytest

from worldtree.core.loopback import is_loopback_host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "::1", "::1%lo"])
def test_addresses_of_the_loopback_interface(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.a.b", "a.localhost"])
def test_what_others_may_reach(host: str) -> None:
    assert not is_loopback_host(host)
