"""Names and addresses by which a document would reach the machine of the service."""

from __future__ import annotations

import socket

import pytest

from worldtree.app.documents.policy.addresses import is_this_machine, own_addresses


def test_the_machine_knows_its_name_and_its_addresses() -> None:
    assert is_this_machine(socket.gethostname().upper())
    assert "127.0.0.1" in own_addresses()
    for address in own_addresses():
        assert is_this_machine(address)


@pytest.mark.parametrize(
    "name", ["LOCALHOST.", "ipv6-localhost", "_outbound", "a.localdomain", "[::1]", "0x7f.1", "0"]
)
def test_names_of_the_loopback_are_known(name: str) -> None:
    assert is_this_machine(name)


@pytest.mark.parametrize("name", ["web1", "10.99.88.77", "2001:db8::1", "localhost.example.org"])
def test_other_hosts_are_not_this_machine(name: str) -> None:
    assert not is_this_machine(name)
