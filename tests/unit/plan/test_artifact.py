"""Artifacts as data: variants by architecture, and which of them hosts need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from worldtree.plan.artifact import ArtifactRequest, needs_of

NAMES = {"kind": "archive", "name": "etcd", "version": "3.5.30"}
BOTH = ["amd64", "arm64"]


def request(*locations: str, **more: object) -> ArtifactRequest:
    """Return a request with sources."""
    return ArtifactRequest.model_validate(
        {**NAMES, "sources": [{"location": one} for one in locations], **more}
    )


def test_a_variant_has_its_placeholders_replaced() -> None:
    """With the names of Go, and those of the kernel."""
    made = request(
        "https://x/v{version}/{name}-{platform}-{architecture}.tgz",
        "./{machine}",
        architectures=BOTH,
        sha256={"arm64": "a" * 64},
        size={"amd64": 3},
        signature={"location": "https://x/{architecture}.sig", "public_key": "/{name}.pub"},
    )
    amd, arm = made.variant("amd64"), made.variant("arm64")
    assert amd.sources[0].location == "https://x/v3.5.30/etcd-linux-amd64.tgz"
    assert [one.sources[1].location for one in (amd, arm)] == ["./x86_64", "./aarch64"]
    assert (amd.sha256, amd.size, arm.sha256, arm.size) == (None, 3, "a" * 64, None)
    assert amd.signature is not None
    # A directory may have braces in its name.
    assert amd.signature.location == "https://x/amd64.sig"
    assert amd.signature.public_key == "/{name}.pub"
    assert str(arm.key) == "etcd 3.5.30 (linux/arm64)"


@given(
    architectures=st.sets(st.sampled_from(["amd64", "arm64", "s390x"]), min_size=1),
    hosts=st.lists(st.sampled_from(["amd64", "arm64", "s390x", None]), max_size=5),
)
def test_hosts_need_the_file_of_their_architecture(
    architectures: set[str], hosts: list[str | None]
) -> None:
    """One of unknown architecture needs all that exist; one whose file is missing is an error."""
    names = {f"h{place}": found for place, found in enumerate(hosts)}
    known = {name: found for name, found in names.items() if found is not None}
    made = request("./{machine}", architectures=sorted(architectures), hosts=tuple(names))
    missing = [found for found in known.values() if found not in architectures]
    if missing:
        with pytest.raises(KeyError) as caught:
            needs_of(made, known, "x")
        assert caught.value.args[0] in missing
        return
    needs = needs_of(made, known, "x")
    for need in needs:
        for host in need.hosts:
            assert names[host] in (need.artifact.architecture, None)
    for name, found in names.items():
        wanted = architectures if found is None else {found}
        assert {n.artifact.architecture for n in needs if name in n.hosts} == wanted


def test_a_file_for_every_machine_is_one() -> None:
    """Whatever the hosts are."""
    (need,) = needs_of(request("./x", hosts=("a", "b")), {"a": "arm64"}, "x")
    assert (need.artifact.architecture, need.hosts) == ("any", ("a", "b"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a//b"},
        {"name": "../etc"},
        {"version": ""},
        {"version": "a/b"},
        {"kind": "tarball"},
        {"sources": []},
        {"sources": [{"location": "https://me:pw@x/"}]},
        {"sources": [{"location": "x", "proxy": "http://me@x"}]},
        {"sources": [{"location": "./{arch}"}]},
        {"sources": [{"location": "./{machine}"}]},
        {"architectures": ["any", "arm64"]},
        {"architectures": ["x86_64"]},
        {"sha256": {"any": "A" * 64}},
        {"sha256": {"arm64": "a" * 64}},
        {"size": {"any": -1}},
        {"signature": {"location": "./x.sig"}},
        {"signature": {"location": "./{machine}.sig", "public_key": "x"}},
        {"more": 1},
    ],
)
def test_a_wrong_request_is_refused(wrong: dict[str, object]) -> None:
    """Components of packages make them, too."""
    with pytest.raises(ValidationError):
        ArtifactRequest.model_validate({**NAMES, "sources": [{"location": "./x"}], **wrong})
