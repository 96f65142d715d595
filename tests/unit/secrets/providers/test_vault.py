"""Secrets of a real Vault-compatible server (OpenBao)."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from unit.secrets.bao import ROOT_TOKEN, Bao, started, write
from unit.secrets.providers.vault_pki import authority_text, serve_tls
from worldtree.secrets.errors import SecretError, SecretProblem
from worldtree.secrets.resolver import SecretResolver, SecretSources


def make_resolver(
    bao: Bao, environ: Mapping[str, str] | None = None, **settings: Any
) -> SecretResolver:
    """A resolver for the server ``bao``, by default with the root token."""
    given = {"VAULT_TOKEN": ROOT_TOKEN} if environ is None else dict(environ)
    return SecretResolver(SecretSources(given, {"vault": {"address": bao.address, **settings}}))


def problem(resolver: SecretResolver, reference: str) -> SecretProblem:
    """The problem of a reference."""
    with pytest.raises(SecretError) as caught:
        resolver.get(reference)
    return caught.value.problem


def test_the_kv_version_is_detected(bao: Bao) -> None:
    """The path is the same as people know it from `vault kv get`; values become text."""
    resolver = make_resolver(bao)
    assert resolver.get("vault:kv/app#password") == "canary-kv2"
    assert resolver.get("vault:old/app#password") == "canary-kv1"
    assert resolver.get("vault:kv/app#port") == "8080"
    assert resolver.get("vault:kv/app#nested") == '{"a": [1]}'
    assert {"canary-kv2", "canary-kv1", ROOT_TOKEN} <= set(resolver.values()[0])


def test_a_mount_of_the_settings_shortens_references(bao: Bao) -> None:
    """A leading slash names another one; the version may be given where Vault does not tell."""
    resolver = make_resolver(bao, mount="kv")
    assert resolver.get("vault:app#password") == "canary-kv2"
    assert resolver.get("vault:/old/app#password") == "canary-kv1"
    assert make_resolver(bao, kvVersion=1).get("vault:old/app#password") == "canary-kv1"


def test_a_mount_may_have_slashes(bao: Bao) -> None:
    """Vault itself says where the mount ends."""
    bao.root.sys.enable_secrets_engine("kv", path="teams/web", options={"version": "1"})
    bao.root.secrets.kv.v1.create_or_update_secret("x/y", {"k": "deep"}, mount_point="teams/web")
    assert make_resolver(bao).get("vault:teams/web/x/y#k") == "deep"


def test_one_path_is_read_once(bao: Bao) -> None:
    """Two keys of one secret belong together, even when it changes in between."""
    write(bao, "pair", user="one", password="of-one")
    resolver = make_resolver(bao)
    assert resolver.get("vault:kv/pair#user") == "one"
    write(bao, "pair", user="two", password="of-two")
    assert resolver.get("vault:kv/pair#password") == "of-one"


# ---- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "slug", "words"),
    [
        ("vault:kv/app#nope", "secret-not-found", "`nested`, `password`, `port`"),
        ("vault:kv/nope#x", "secret-not-found", "Vault has no secret `kv/nope`"),
        ("vault:old/nope#x", "secret-not-found", "KV version 1"),
        ("vault:kv/app", "bad-secret-reference", "mount/path#key"),
    ],
)
def test_a_missing_secret_is_named(bao: Bao, reference: str, slug: str, words: str) -> None:
    """Keys that are there are named, values never."""
    found = problem(make_resolver(bao), reference)
    assert found.slug == slug
    assert words in str(found)
    assert "canary" not in str(found)


def test_a_deleted_version_does_not_exist(bao: Bao) -> None:
    write(bao, "gone", k="v1v1")
    bao.root.secrets.kv.v2.delete_latest_version_of_secret("gone", mount_point="kv")
    assert problem(make_resolver(bao), "vault:kv/gone#k").slug == "secret-not-found"


def test_a_denied_path_and_a_rejected_token_are_distinguished(bao: Bao) -> None:
    """Their fixes differ: a policy, or a new token."""
    token = bao.token(bao.policy("only-app", "kv/data/app"))
    resolver = make_resolver(bao, {"VAULT_TOKEN": token})
    assert resolver.get("vault:kv/app#password") == "canary-kv2"
    denied = problem(resolver, "vault:kv/other#x")
    assert (denied.slug, "`kv/other`" in denied.summary) == ("secret-denied", True)
    wrong = problem(make_resolver(bao, {"VAULT_TOKEN": "s.mistyped"}), "vault:kv/app#password")
    assert wrong.slug == "secret-token-refused"
    assert "mistyped" not in wrong.summary
    none = problem(make_resolver(bao, {}), "vault:kv/app#password")
    assert (none.slug, "VAULT_TOKEN" in none.help) == ("secret-store-login", True)


def test_an_expired_token_is_reported(bao: Bao) -> None:
    token = bao.token(bao.policy("short", "kv/data/*"), ttl="1s", renewable=False)
    resolver = make_resolver(bao, {"VAULT_TOKEN": token})
    assert resolver.get("vault:kv/app#password") == "canary-kv2"
    time.sleep(1.5)
    assert problem(resolver, "vault:kv/pair#user").slug == "secret-token-refused"
    assert resolver.get("vault:kv/app#password") == "canary-kv2"


def test_an_unreachable_server_and_a_missing_address_are_reported(bao: Bao) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = problem(make_resolver(bao, address=f"http://127.0.0.1:{port}"), "vault:kv/app#x")
    assert found.slug == "secret-store-unreachable"
    assert f"127.0.0.1:{port}" in found.summary
    assert "VAULT_ADDR" in problem(SecretResolver(SecretSources()), "vault:kv/app#x").help


def test_a_hanging_server_times_out(bao: Bao) -> None:
    """A stopped process still takes connections."""
    with started() as server:
        resolver = make_resolver(server, timeout=0.3)
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            os.waitpid(server.process.pid, os.WUNTRACED)  # Its threads stop one after the other.
            assert problem(resolver, "vault:kv/app#x").summary.endswith("did not answer in time")
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
    assert bao


def test_a_sealed_server_is_reported(bao: Bao) -> None:
    with started() as server:
        resolver = make_resolver(server)
        server.root.sys.seal()
        found = problem(resolver, "vault:kv/app#x")
        assert (found.slug, "unseal" in found.help) == ("secret-store-sealed", True)
    assert bao


def test_tls_needs_the_authority(bao: Bao, tmp_path: Path) -> None:
    """With the authority's certificate the answer comes; without, the error says what to give."""
    with serve_tls(bao.address, tmp_path) as (address, authority):
        found = problem(make_resolver(bao, address=address), "vault:kv/app#password")
        assert (found.slug, "caFile" in found.help) == ("secret-store-tls", True)
        resolver = make_resolver(bao, address=address, caFile=str(authority))
        assert resolver.get("vault:kv/app#password") == "canary-kv2"


# ---- logging in ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def approle(bao: Bao) -> dict[str, str]:
    """The two halves of a role whose tokens live two seconds."""
    bao.root.sys.enable_auth_method("approle")
    role = bao.root.auth.approle
    policy = bao.policy("role", "kv/data/*")
    role.create_or_update_approle(
        "shop", token_policies=[policy], token_ttl="2s", token_max_ttl="4s"
    )
    return {
        "VAULT_ROLE_ID": role.read_role_id("shop")["data"]["role_id"],
        "VAULT_SECRET_ID": role.generate_secret_id("shop")["data"]["secret_id"],
    }


def test_approle_by_variables_and_by_references(bao: Bao, approle: dict[str, str]) -> None:
    """Credentials are redacted like secrets."""
    resolver = make_resolver(bao, approle)
    assert resolver.get("vault:kv/app#password") == "canary-kv2"
    assert set(approle.values()) <= set(resolver.values()[0])
    renamed = {"MY_ROLE": approle["VAULT_ROLE_ID"], "MY_SECRET": approle["VAULT_SECRET_ID"]}
    resolver = make_resolver(
        bao, renamed, auth="approle", roleId="env:MY_ROLE", secretId="env:MY_SECRET"
    )
    assert resolver.get("vault:kv/app#password") == "canary-kv2"


def test_a_wrong_secret_id_is_reported_without_its_value(bao: Bao, approle: dict[str, str]) -> None:
    found = problem(
        make_resolver(bao, {**approle, "VAULT_SECRET_ID": "wrong-half"}), "vault:kv/app#x"
    )
    assert "login by approle" in found.summary
    assert "wrong-half" not in str(found)


def test_a_login_is_kept_alive_and_renewed(bao: Bao, approle: dict[str, str]) -> None:
    """Tokens live 2 s, 4 s at most; after 5 s of upkeep another path can still be read."""
    resolver = make_resolver(bao, approle)
    resolver.get("vault:kv/app#password")
    end = time.monotonic() + 5
    while (seconds := resolver.upkeep()) is not None and time.monotonic() < end:
        assert seconds <= 2
        time.sleep(min(seconds, 0.5))
    write(bao, "late", k="late-value")
    assert resolver.get("vault:kv/late#k") == "late-value"
    resolver.close()


def test_an_expired_login_is_repeated(bao: Bao, approle: dict[str, str]) -> None:
    """As after a suspended laptop: without upkeep, the secret is still read."""
    resolver = make_resolver(bao, approle)
    resolver.get("vault:kv/app#password")
    time.sleep(2.5)
    write(bao, "later", k="later-value")
    assert resolver.get("vault:kv/later#k") == "later-value"


def test_the_end_revokes_our_own_login_only(bao: Bao, approle: dict[str, str]) -> None:
    def alive(token: str) -> bool:
        found = bao.root.auth.token.lookup(token)
        return bool(found)

    resolver = make_resolver(bao, approle)
    resolver.get("vault:kv/app#password")
    (own,) = (value for value in resolver.values()[0] if value.startswith("s."))
    resolver.close()
    with pytest.raises(Exception, match=r"403|bad token|invalid"):
        alive(own)
    given = bao.token(bao.policy("kept", "kv/data/*"))
    resolver = make_resolver(bao, {"VAULT_TOKEN": given})
    resolver.get("vault:kv/app#password")
    resolver.close()
    assert alive(given)


@pytest.fixture(scope="module")
def signed() -> tuple[str, Callable[..., str]]:
    """A public key, and what signs claims with the private one."""
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def sign(**claims: Any) -> str:
        parts = ({"alg": "RS256", "typ": "JWT"}, {"exp": int(time.time()) + 60, **claims})
        text = ".".join(_part(json.dumps(part).encode()) for part in parts)
        return f"{text}.{_part(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    return public.decode(), sign


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_jwt(bao: Bao, signed: tuple[str, Callable[..., str]], tmp_path: Path) -> None:
    """As CI systems log in: a signed token, from a variable or a file."""
    public, sign = signed
    bao.root.sys.enable_auth_method("jwt", path="ci")
    bao.root.auth.jwt.configure(jwt_validation_pubkeys=[public], path="ci")
    bao.root.auth.jwt.create_role(
        "deploy",
        role_type="jwt",
        user_claim="sub",
        bound_audiences=["wt"],
        allowed_redirect_uris=[],
        token_policies=[bao.policy("jwt", "kv/data/*")],
        path="ci",
    )
    settings = {"auth": "jwt", "authMount": "ci", "role": "deploy"}
    token = sign(sub="pipeline", aud="wt")
    resolver = make_resolver(bao, {"VAULT_JWT": token}, **settings)
    assert resolver.get("vault:kv/app#password") == "canary-kv2"
    (tmp_path / "token").write_text(token)
    resolver = make_resolver(bao, {}, jwt=f"file:{tmp_path}/token", **settings)
    assert resolver.get("vault:kv/app#password") == "canary-kv2"
    other = make_resolver(bao, {"VAULT_JWT": sign(sub="pipeline", aud="other")}, **settings)
    found = problem(other, "vault:kv/app#password")
    assert "login by jwt" in found.summary
    assert "audience" in found.why


class _TokenReview(BaseHTTPRequestHandler):
    """What a Kubernetes API says to Vault's question whose token that is."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        user = {"username": "system:serviceaccount:ops:wt", "uid": "u1", "groups": []}
        said = json.dumps({"status": {"authenticated": True, "user": user}}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_kubernetes(bao: Bao, signed: tuple[str, Callable[..., str]], tmp_path: Path) -> None:
    """As a pod logs in; the API that Vault asks is played by this test."""
    public, sign = signed
    server = ThreadingHTTPServer(("127.0.0.1", 0), _TokenReview)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        bao.root.sys.enable_auth_method("kubernetes")
        configuration = {
            "kubernetes_host": f"http://127.0.0.1:{server.server_port}",
            "pem_keys": [public],
            "token_reviewer_jwt": "reviewer",
            # This machine is no pod, so it has no certificate of a cluster of its own.
            "kubernetes_ca_cert": authority_text(tmp_path),
        }
        bao.root.write_data("auth/kubernetes/config", data=configuration)
        bao.root.auth.kubernetes.create_role(
            "pods", ["wt"], ["ops"], ttl="60s", policies=[bao.policy("k8s", "kv/data/*")]
        )
        account = {"namespace": "ops", "serviceaccount": {"name": "wt", "uid": "u1"}}
        token = sign(sub="system:serviceaccount:ops:wt", **{"kubernetes.io": account})
        resolver = make_resolver(bao, {"VAULT_JWT": token}, auth="kubernetes", role="pods")
        assert resolver.get("vault:kv/app#password") == "canary-kv2"
        assert token in resolver.values()[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_namespaces(bao: Bao) -> None:
    """The same path in a namespace is another secret."""
    bao.root.sys.create_namespace("team")
    inner = Bao(bao.address, bao.process, bao.root)
    client = type(bao.root)(url=bao.address, token=ROOT_TOKEN, namespace="team", strict_http=True)
    client.sys.enable_secrets_engine("kv", path="kv", options={"version": "1"})
    client.secrets.kv.v1.create_or_update_secret("app", {"password": "of-team"}, mount_point="kv")
    client.adapter.close()
    assert make_resolver(inner, namespace="team").get("vault:kv/app#password") == "of-team"
    environ = {"VAULT_TOKEN": ROOT_TOKEN, "VAULT_NAMESPACE": "team"}
    assert make_resolver(inner, environ).get("vault:kv/app#password") == "of-team"
