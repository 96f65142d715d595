"""Creates clients of Vault and logs in: from settings first, then from the usual variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import ProviderContext
from worldtree.secrets.providers.vault_errors import translated_errors

if TYPE_CHECKING:
    import hvac

#: The service account token of a pod.
_POD_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True)
class Lifetime:
    """Lifetime of a token or lease."""

    #: Seconds; 0 if it never expires.
    seconds: float
    renewable: bool


class VaultLogin:
    """Creates clients that are logged in."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context
        self._settings = context.settings
        address = self._plain("address", "VAULT_ADDR", "BAO_ADDR")
        if not address:
            raise SecretError(
                "secret-store-unreachable",
                "the address of Vault is not configured",
                "",
                "set `spec.secrets.vault.address` or VAULT_ADDR",
            )
        self.address = address.rstrip("/")

    @property
    def method(self) -> str:
        """The login method: from the settings, else by the available credentials."""
        if self._settings.get("auth"):
            return str(self._settings["auth"])
        if not self._credential("token", "VAULT_TOKEN", "BAO_TOKEN") and self._credential(
            "roleId", "VAULT_ROLE_ID"
        ):
            return "approle"
        return "token"

    def open(self) -> tuple[hvac.Client, Lifetime]:
        """Return a client with a token, and the token's lifetime; raises ``SecretError``."""
        import hvac

        authority = self._plain("caFile", "VAULT_CACERT", "BAO_CACERT")
        namespace = self._plain("namespace", "VAULT_NAMESPACE", "BAO_NAMESPACE")
        client = hvac.Client(
            url=self.address,
            # Without it, hvac reads a token from its own environment.
            token="",
            verify=str(self._context.path(authority)) if authority else True,
            namespace=namespace or None,
            timeout=float(self._settings.get("timeout") or _DEFAULT_TIMEOUT),
            strict_http=True,
        )
        method = self.method
        if method == "token":
            client.token = self._needed("token", "VAULT_TOKEN", "BAO_TOKEN")
            with translated_errors(self.address, "looking at the token", client):
                found = client.auth.token.lookup_self()["data"]
            # The ttl is in whole seconds: in its last second a token has 0, as one without expiry.
            seconds = float(found.get("ttl") or bool(found.get("expire_time")))
            grant = Lifetime(seconds, bool(found.get("renewable")))
        else:
            with translated_errors(self.address, f"the login by {method}"):
                auth = self._methods[method](client)["auth"]
            grant = Lifetime(float(auth.get("lease_duration") or 0), bool(auth.get("renewable")))
        self._context.conceal(client.token)
        return client, grant

    @property
    def _methods(self) -> Mapping[str, Callable[[hvac.Client], dict[str, Any]]]:
        return {"approle": self._approle, "jwt": self._jwt, "kubernetes": self._kubernetes}

    def _approle(self, client: hvac.Client) -> dict[str, Any]:
        secret = self._credential("secretId", "VAULT_SECRET_ID")
        role = self._needed("roleId", "VAULT_ROLE_ID")
        done: dict[str, Any] = client.auth.approle.login(
            role, secret or None, mount_point=self._mount("approle")
        )
        return done

    def _jwt(self, client: hvac.Client) -> dict[str, Any]:
        token = self._needed("jwt", "VAULT_JWT")
        done: dict[str, Any] = client.auth.jwt.jwt_login(
            self._role(), token, path=self._mount("jwt")
        )
        client.token = done["auth"]["client_token"]
        return done

    def _kubernetes(self, client: hvac.Client) -> dict[str, Any]:
        token = self._credential("jwt", "VAULT_JWT")
        if not token and _POD_TOKEN.is_file():
            token = _POD_TOKEN.read_text().strip()
        if not token:
            token = self._needed("jwt", "VAULT_JWT")
        self._context.conceal(token)
        done: dict[str, Any] = client.auth.kubernetes.login(
            self._role(), token, mount_point=self._mount("kubernetes")
        )
        return done

    def _mount(self, usual: str) -> str:
        return str(self._settings.get("authMount") or usual)

    def _role(self) -> str:
        return self._plain("role", "VAULT_ROLE")

    def _plain(self, key: str, *variables: str) -> str:
        """Return a setting that is not a secret, else the first variable that is set."""
        given = self._settings.get(key)
        if given:
            return str(given)
        return next((v for name in variables if (v := self._context.environ.get(name))), "")

    def _credential(self, key: str, *variables: str) -> str:
        """Return a credential: what the setting refers to, else a variable; it is redacted."""
        reference = self._settings.get(key)
        value = self._context.ask(str(reference)) if reference else self._plain("", *variables)
        if value:
            self._context.conceal(value)
        return value

    def _needed(self, key: str, *variables: str) -> str:
        value = self._credential(key, *variables)
        if not value:
            raise SecretError(
                "secret-store-login",
                f"no `{key}` for the login to Vault ({self.method})",
                "",
                f"set {variables[0]}, or set `spec.secrets.vault.{key}` to a reference",
            )
        return value
