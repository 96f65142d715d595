"""``${vault:mount/path#key}``: HashiCorp Vault or OpenBao, through hvac."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worldtree.secrets.errors import SecretError
from worldtree.secrets.memo import Memo
from worldtree.secrets.provider import Provider, ProviderContext
from worldtree.secrets.providers.vault_errors import token_accepted, translated_errors
from worldtree.secrets.providers.vault_login import Lifetime, VaultLogin

if TYPE_CHECKING:
    import hvac

#: Share of a lifetime after which it is renewed.
_RENEW_AT_SHARE = 2 / 3
_MIN_RENEW_SECONDS = 0.5
#: Seconds that the end of a task waits for the token to be revoked.
_REVOKE_TIMEOUT = 2.0


@dataclass
class _Renewal:
    """When a token or lease must be renewed; None if it never expires or is not renewable."""

    due: float | None = None
    lease: str = ""

    def set(self, grant: Lifetime) -> None:
        self.due = None
        if grant.seconds > 0:
            self.due = time.monotonic() + max(_MIN_RENEW_SECONDS, grant.seconds * _RENEW_AT_SHARE)


@dataclass
class _Session:
    client: hvac.Client
    token: _Renewal
    leases: list[_Renewal] = field(default_factory=list)


class Vault(Provider):
    """Secrets of KV engines of both versions, and of engines with leases."""

    def __init__(self, context: ProviderContext) -> None:
        super().__init__(context)
        self._lock = threading.RLock()
        self._session: _Session | None = None
        self._secrets: Memo[dict[str, Any]] = Memo()

    @cached_property
    def _login(self) -> VaultLogin:
        return VaultLogin(self.context)

    def resolve(self, rest: str) -> str:
        """Return the value at the key; each path is read once."""
        path, hash_sign, key = rest.partition("#")
        if not hash_sign or not key or not path.strip("/"):
            raise SecretError(
                "bad-secret-reference",
                "a reference to Vault needs the form mount/path#key",
                "",
                "write it as `${vault:kv/shop#password}`",
            )
        mount = str(self.context.settings.get("mount") or "").strip("/")
        full = path.strip("/") if path.startswith("/") or not mount else f"{mount}/{path}"
        data = self._secrets.get(full, lambda: self._read(full, mount))
        if key not in data:
            raise SecretError(
                "secret-not-found",
                f"the secret `{full}` in Vault has no key `{key}`",
                f"Its keys are {', '.join(f'`{name}`' for name in sorted(data)) or 'none'}.",
                "correct the key after `#`",
            )
        value = data[key]
        return value if isinstance(value, str) else json.dumps(value)

    def upkeep(self) -> float | None:
        """Renew the token and leases that are due."""
        with self._lock:
            session = self._session
            if session is None:
                return None
            now = time.monotonic()
            for renewal in (session.token, *session.leases):
                if renewal.due is not None and renewal.due <= now:
                    self._renew(session, renewal)
            due = [r.due for r in (session.token, *session.leases) if r.due is not None]
            return max(0.1, min(due) - time.monotonic()) if due else None

    def close(self) -> None:
        """Revoke the token of our login, unless secrets with a lease depend on it."""
        session = self._session
        if session is None or session.leases or self._login.method == "token":
            return

        def revoke() -> None:
            with suppress(Exception):  # The task is over, and the token expires anyway.
                session.client.auth.token.revoke_self()

        thread = threading.Thread(target=revoke, daemon=True)
        thread.start()
        thread.join(_REVOKE_TIMEOUT)

    def _open_session(self) -> _Session:
        with self._lock:
            if self._session is None:
                client, grant = self._login.open()
                self._session = _Session(client, _Renewal())
                if grant.renewable or self._login.method != "token":
                    self._session.token.set(grant)
            return self._session

    def _renew(self, session: _Session, renewal: _Renewal) -> None:
        """Renew; if Vault refuses, log in again; if it is unreachable, retry soon."""
        try:
            with translated_errors(self._login.address, "renewing"):
                if renewal.lease:
                    done = session.client.sys.renew_lease(renewal.lease)
                    renewal.set(Lifetime(float(done["lease_duration"]), bool(done["renewable"])))
                    return
                auth = session.client.auth.token.renew_self()["auth"]
                renewal.set(Lifetime(float(auth["lease_duration"]), bool(auth["renewable"])))
        except SecretError as error:
            if error.problem.slug.startswith("secret-store-"):
                renewal.due = time.monotonic() + 1.0
            elif renewal.lease or self._login.method == "token":
                renewal.due = None  # It has expired; the next read reports it.
            else:
                self._session = None
                with suppress(SecretError):
                    self._open_session().leases.extend(session.leases)

    def _read(self, full: str, mount: str) -> dict[str, Any]:
        session = self._open_session()
        doing = f"reading `{full}`"
        try:
            with translated_errors(self._login.address, doing, session.client):
                return self._fetch(session, full, mount)
        except SecretError as error:
            if error.problem.slug != "secret-token-refused" or self._login.method == "token":
                raise
        # The token expired unnoticed, for example while the machine was suspended: log in again.
        with self._lock:
            if self._session is session:
                self._session = None
        session = self._open_session()
        with translated_errors(self._login.address, doing, session.client):
            return self._fetch(session, full, mount)

    def _fetch(self, session: _Session, full: str, mount: str) -> dict[str, Any]:
        import hvac.exceptions

        client = session.client
        mount, version = self._find_mount(client, full, mount)
        inner = full[len(mount) :].strip("/")
        try:
            if version == 2:
                found = client.secrets.kv.v2.read_secret_version(
                    path=inner, mount_point=mount, raise_on_deleted_version=True
                )
                return dict(found["data"]["data"])
            found = client.read(full)
        except hvac.exceptions.InvalidPath:
            found = None
        if not found:
            raise SecretError(
                "secret-not-found",
                f"Vault has no secret `{full}`",
                f"The engine is mounted at `{mount}`"
                + (f", KV version {version}." if version else "."),
                "correct the path, or write the secret first",
            )
        if found.get("lease_id"):
            lease = _Renewal(lease=found["lease_id"])
            if found.get("renewable"):
                lease.set(Lifetime(float(found["lease_duration"]), True))
            with self._lock:
                session.leases.append(lease)
        return dict(found["data"])

    def _find_mount(self, client: hvac.Client, full: str, mount: str) -> tuple[str, int]:
        """Return (mount of the engine of ``full``, its KV version or 0 for other engines).

        Vault reports both to any token that may use the engine; old or strict servers do not.
        """
        import hvac.exceptions

        given = int(self.context.settings.get("kvVersion") or 0)
        try:
            found = client.adapter.get(url=f"/v1/sys/internal/ui/mounts/{full}")["data"]
        except (hvac.exceptions.Forbidden, hvac.exceptions.InvalidPath):
            if not token_accepted(client):
                raise
            place = mount if mount and full.startswith(f"{mount}/") else full.split("/", 1)[0]
            return place, given or 2
        version = (found.get("options") or {}).get("version")
        kv = int(version or 1) if found.get("type") in ("kv", "generic") else 0
        return str(found["path"]).strip("/"), given or kv
