"""Webhooks to a real HTTP server on the loopback interface."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from unit.app.notifications.receiver import Receiver, receive
from worldtree.app.notifications.channel_kind import DeliveryError, OutgoingMessage
from worldtree.app.notifications.webhook_channel import KIND, sign
from worldtree.core.errors import RefusedError
from worldtree.core.network_guard import (
    AddressRefusedError,
    NetworkGuard,
    read_networks,
)

LOOPBACK = NetworkGuard(read_networks("127.0.0.0/8"))
KEY = b"0123456789abcdef01234567"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MESSAGE = OutgoingMessage("wt-1", 1_796_000_000, "one", "text", {"specversion": "1.0", "id": "1"})


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """A server that answers as the path says."""
    with receive() as found:
        yield found


def send(url: str, guard: NetworkGuard = LOOPBACK, secret: str = SECRET) -> str:
    """Send the message."""
    return KIND.send(MESSAGE, {"url": url, "secret": secret}, guard)


def test_a_receiver_can_verify_the_signature(receiver: Receiver) -> None:
    """As Standard Webhooks says: HMAC-SHA256 over id, time and body."""
    assert send(f"{receiver.url}/200?a=b") == "HTTP 200"
    path, headers, body = receiver.requests[-1]
    assert path == "/200?a=b"
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("wt-1", "1796000000")
    signed = b"wt-1.1796000000." + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body) == MESSAGE.event


def test_the_signature_of_the_specification() -> None:
    """The example of Standard Webhooks."""
    found = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("path", "words", "is_final"),
    [
        ("/500", "HTTP 500", False),
        ("/404", "HTTP 404", False),
        ("/410", "HTTP 410", True),
        ("/302", "redirects are not followed", False),
        ("/hang-up", "the request failed", False),
        ("/garbage", "the request failed", False),
    ],
)
def test_an_answer_that_is_no_success(
    receiver: Receiver, path: str, words: str, is_final: bool
) -> None:
    """A redirect is not followed: it could lead to an address that nobody checked."""
    before = len(receiver.requests)
    with pytest.raises(DeliveryError, match=words) as problem:
        send(receiver.url + path)
    assert problem.value.is_final is is_final
    assert len(receiver.requests) == before + 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "https://",
        "http://user:pw@127.0.0.1/",
        "https://example.com/a b",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "https://example.com/\r\nX: y",
    ],
)
def test_a_url_that_is_none(url: str) -> None:
    """The message does not repeat it: it may hold a secret."""
    with pytest.raises(DeliveryError) as problem:
        send(url)
    assert url not in str(problem.value)
    with pytest.raises(ValueError, match="URL"):
        KIND.check({"url": url, "secret": "${env:X}"})


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_###", "whsec_c2hvcnQ=", "plain words"])
def test_a_secret_of_another_form(receiver: Receiver, secret: str) -> None:
    with pytest.raises(DeliveryError, match="whsec_") as problem:
        send(f"{receiver.url}/200", secret=secret)
    assert not secret.removeprefix("whsec_") or secret not in str(problem.value)


def answers(*addresses: str) -> Any:
    """A resolver that gives these addresses, one call after the other."""
    left = list(addresses)

    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", (left.pop(0), port))]

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "fe80::1%eth0"),
        *("fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("::", "::7f00:1", "fec0::1", "ff02::1", "garbage"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    guard = NetworkGuard(look_up=answers(address))
    with pytest.raises(AddressRefusedError, match="not public"):
        guard.addresses("example.com", 443)
    with pytest.raises(DeliveryError, match="not public"):
        send("https://example.com/", NetworkGuard(look_up=answers(address)))


def test_public_addresses_are_taken() -> None:
    for address in ("93.184.216.34", "2606:2800:220:1::1"):
        assert NetworkGuard(look_up=answers(address)).addresses("x", 443) == (address,)


def test_one_private_address_among_public_ones_is_enough() -> None:
    def both(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (one, 443)) for one in ("93.184.216.34", "10.0.0.1")]

    with pytest.raises(AddressRefusedError):
        NetworkGuard(look_up=both).addresses("example.com", 443)


def test_a_name_is_resolved_once(receiver: Receiver) -> None:
    """A second answer of the name server would have nobody to check it: there is no second one."""
    guard = NetworkGuard(read_networks("127.0.0.0/8"), answers("127.0.0.1"))
    port = receiver.url.rpartition(":")[2]
    assert send(f"http://rebinding.example:{port}/200", guard) == "HTTP 200"
    headers: Mapping[str, str] = receiver.requests[-1][1]
    assert headers["host"] == f"rebinding.example:{port}"


def test_plain_http_is_for_networks_of_the_operator() -> None:
    with pytest.raises(DeliveryError, match="plain HTTP"):
        send("http://example.com/", NetworkGuard(look_up=answers("93.184.216.34")))


def test_a_name_without_addresses() -> None:
    def nothing(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror("no")

    with pytest.raises(DeliveryError, match="cannot be resolved"):
        send("https://nowhere.example/", NetworkGuard(look_up=nothing))


def test_networks_that_are_none() -> None:
    with pytest.raises(RefusedError, match="not a list of networks"):
        read_networks("10.0.0.0/8, nonsense")
