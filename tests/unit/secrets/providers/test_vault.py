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


def keeper(bao: Bao, environ: Mapping[str, str] | None = None, **settings: Any) -> SecretResolver:
    """A keeper whose Vault is ``bao``; the root's token unless settings or variables say more."""
    given = {"VAULT_TOKEN": ROOT_TOKEN} if environ is None else dict(environ)
    return SecretResolver(SecretSources(given, {"vault": {"address": bao.address, **settings}}))


def problem(asked: SecretResolver, reference: str) -> SecretProblem:
    """What is wrong with a reference."""
    with pytest.raises(SecretError) as caught:
        asked.get(reference)
    return caught.value.problem


def test_both_versions_of_kv_are_told_apart_by_themselves(bao: Bao) -> None:
    """The path is the same as people know it from `vault kv get`; values become text."""
    asked = keeper(bao)
    assert asked.get("vault:kv/app#password") == "canary-kv2"
    assert asked.get("vault:old/app#password") == "canary-kv1"
    assert asked.get("vault:kv/app#port") == "8080"
    assert asked.get("vault:kv/app#nested") == '{"a": [1]}'
    assert {"canary-kv2", "canary-kv1", ROOT_TOKEN} <= set(asked.values()[0])


def test_a_mount_of_the_settings_shortens_references(bao: Bao) -> None:
    """A leading slash names another one; the version may be given where Vault does not tell."""
    asked = keeper(bao, mount="kv")
    assert asked.get("vault:app#password") == "canary-kv2"
    assert asked.get("vault:/old/app#password") == "canary-kv1"
    assert keeper(bao, kvVersion=1).get("vault:old/app#password") == "canary-kv1"


def test_a_mount_may_have_slashes(bao: Bao) -> None:
    """Vault itself says where the mount ends."""
    bao.root.sys.enable_secrets_engine("kv", path="teams/web", options={"version": "1"})
    bao.root.secrets.kv.v1.create_or_update_secret("x/y", {"k": "deep"}, mount_point="teams/web")
    assert keeper(bao).get("vault:teams/web/x/y#k") == "deep"


def test_one_path_is_read_once(bao: Bao) -> None:
    """Two keys of one secret belong together, even when it changes in between."""
    write(bao, "pair", user="one", password="of-one")
    asked = keeper(bao)
    assert asked.get("vault:kv/pair#user") == "one"
    write(bao, "pair", user="two", password="of-two")
    assert asked.get("vault:kv/pair#password") == "of-one"


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
def test_what_is_not_there_is_named(bao: Bao, reference: str, slug: str, words: str) -> None:
    """Keys that are there are named, values never."""
    found = problem(keeper(bao), reference)
    assert found.slug == slug
    assert words in str(found)
    assert "canary" not in str(found)


def test_a_deleted_version_is_not_there(bao: Bao) -> None:
    write(bao, "gone", k="v1v1")
    bao.root.secrets.kv.v2.delete_latest_version_of_secret("gone", mount_point="kv")
    assert problem(keeper(bao), "vault:kv/gone#k").slug == "secret-not-found"


def test_a_denied_path_and_a_rejected_token_are_distinguished(bao: Bao) -> None:
    """Their fixes differ: a policy, or a new token."""
    token = bao.token(bao.policy("only-app", "kv/data/app"))
    asked = keeper(bao, {"VAULT_TOKEN": token})
    assert asked.get("vault:kv/app#password") == "canary-kv2"
    denied = problem(asked, "vault:kv/other#x")
    assert (denied.slug, "`kv/other`" in denied.summary) == ("secret-denied", True)
    wrong = problem(keeper(bao, {"VAULT_TOKEN": "s.mistyped"}), "vault:kv/app#password")
    assert wrong.slug == "secret-token-refused"
    assert "mistyped" not in wrong.summary
    none = problem(keeper(bao, {}), "vault:kv/app#password")
    assert (none.slug, "VAULT_TOKEN" in none.help) == ("secret-store-login", True)


def test_a_token_that_ended_is_told(bao: Bao) -> None:
    token = bao.token(bao.policy("short", "kv/data/*"), ttl="1s", renewable=False)
    asked = keeper(bao, {"VAULT_TOKEN": token})
    assert asked.get("vault:kv/app#password") == "canary-kv2"
    time.sleep(1.5)
    assert problem(asked, "vault:kv/pair#user").slug == "secret-token-refused"
    assert asked.get("vault:kv/app#password") == "canary-kv2"


def test_nobody_there_and_nowhere_to_ask(bao: Bao) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = problem(keeper(bao, address=f"http://127.0.0.1:{port}"), "vault:kv/app#x")
    assert found.slug == "secret-store-unreachable"
    assert f"127.0.0.1:{port}" in found.summary
    assert "VAULT_ADDR" in problem(SecretResolver(SecretSources()), "vault:kv/app#x").help


def test_a_server_that_hangs_is_given_up(bao: Bao) -> None:
    """A stopped process still takes connections."""
    with started() as server:
        asked = keeper(server, timeout=0.3)
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            assert problem(asked, "vault:kv/app#x").summary.endswith("did not answer in time")
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
    assert bao


def test_a_sealed_server_is_told(bao: Bao) -> None:
    with started() as server:
        asked = keeper(server)
        server.root.sys.seal()
        found = problem(asked, "vault:kv/app#x")
        assert (found.slug, "unseal" in found.help) == ("secret-store-sealed", True)
    assert bao


def test_tls_needs_the_authority(bao: Bao, tmp_path: Path) -> None:
    """With the authority's certificate the answer comes; without, the error says what to give."""
    with serve_tls(bao.address, tmp_path) as (address, authority):
        found = problem(keeper(bao, address=address), "vault:kv/app#password")
        assert (found.slug, "caFile" in found.help) == ("secret-store-tls", True)
        asked = keeper(bao, address=address, caFile=str(authority))
        assert asked.get("vault:kv/app#password") == "canary-kv2"


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
    """What logs in is taken out of everything, as the secrets are."""
    asked = keeper(bao, approle)
    assert asked.get("vault:kv/app#password") == "canary-kv2"
    assert set(approle.values()) <= set(asked.values()[0])
    renamed = {"MY_ROLE": approle["VAULT_ROLE_ID"], "MY_SECRET": approle["VAULT_SECRET_ID"]}
    asked = keeper(bao, renamed, auth="approle", roleId="env:MY_ROLE", secretId="env:MY_SECRET")
    assert asked.get("vault:kv/app#password") == "canary-kv2"


def test_a_wrong_half_is_told_without_it(bao: Bao, approle: dict[str, str]) -> None:
    found = problem(keeper(bao, {**approle, "VAULT_SECRET_ID": "wrong-half"}), "vault:kv/app#x")
    assert "login by approle" in found.summary
    assert "wrong-half" not in str(found)


def test_a_login_is_kept_alive_and_renewed(bao: Bao, approle: dict[str, str]) -> None:
    """Tokens live 2 s, 4 s at most; after 5 s of upkeep another path can still be read."""
    asked = keeper(bao, approle)
    asked.get("vault:kv/app#password")
    end = time.monotonic() + 5
    while (seconds := asked.upkeep()) is not None and time.monotonic() < end:
        assert seconds <= 2
        time.sleep(min(seconds, 0.5))
    write(bao, "late", k="late-value")
    assert asked.get("vault:kv/late#k") == "late-value"
    asked.close()


def test_a_login_that_ended_unseen_is_done_again(bao: Bao, approle: dict[str, str]) -> None:
    """As after a laptop's sleep: no upkeep, and yet an answer."""
    asked = keeper(bao, approle)
    asked.get("vault:kv/app#password")
    time.sleep(2.5)
    write(bao, "later", k="later-value")
    assert asked.get("vault:kv/later#k") == "later-value"


def test_the_end_revokes_our_own_login_only(bao: Bao, approle: dict[str, str]) -> None:
    def alive(token: str) -> bool:
        found = bao.root.auth.token.lookup(token)
        return bool(found)

    asked = keeper(bao, approle)
    asked.get("vault:kv/app#password")
    (own,) = (value for value in asked.values()[0] if value.startswith("s."))
    asked.close()
    with pytest.raises(Exception, match=r"403|bad token|invalid"):
        alive(own)
    given = bao.token(bao.policy("kept", "kv/data/*"))
    asked = keeper(bao, {"VAULT_TOKEN": given})
    asked.get("vault:kv/app#password")
    asked.close()
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
    asked = keeper(bao, {"VAULT_JWT": token}, **settings)
    assert asked.get("vault:kv/app#password") == "canary-kv2"
    (tmp_path / "token").write_text(token)
    asked = keeper(bao, {}, jwt=f"file:{tmp_path}/token", **settings)
    assert asked.get("vault:kv/app#password") == "canary-kv2"
    other = keeper(bao, {"VAULT_JWT": sign(sub="pipeline", aud="other")}, **settings)
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
        asked = keeper(bao, {"VAULT_JWT": token}, auth="kubernetes", role="pods")
        assert asked.get("vault:kv/app#password") == "canary-kv2"
        assert token in asked.values()[0]
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
    assert keeper(inner, namespace="team").get("vault:kv/app#password") == "of-team"
    environ = {"VAULT_TOKEN": ROOT_TOKEN, "VAULT_NAMESPACE": "team"}
    assert keeper(inner, environ).get("vault:kv/app#password") == "of-team"
