# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Reads from HashiCorp Vault or OpenBao in a run by hand, where hvac is installed."""

from __future__ import annotations

import json
import os

from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve

try:
    import hvac
except ImportError:
    hvac = None


def read(rest, settings, credential):
    """Return the value at C(mount/path#key).

    C(settings) is C(spec.secrets.vault); C(credential) resolves the references in it.
    """
    if hvac is None:
        raise CannotResolve(
            "a run by hand reads from Vault through the Python package hvac, which this Ansible "
            "does not have; install it beside ansible-core, or run wt apply"
        )
    path, _, key = rest.partition("#")
    if not key:
        raise CannotResolve("a reference to Vault must be mount/path#key")
    mount = settings.get("mount", "").strip("/")
    full = path.strip("/") if path.startswith("/") or not mount else mount + "/" + path
    try:
        data = _data(_client(settings, credential), full, settings)
    except CannotResolve:
        raise
    except Exception as problem:  # Errors of hvac and of the HTTP library below it.
        raise CannotResolve(
            "Vault does not return {0}: {1}".format(full, _first(problem))
        ) from None
    if key not in data:
        raise CannotResolve("the secret {0} in Vault has no key {1}".format(full, key))
    value = data[key]
    return value if isinstance(value, str) else json.dumps(value)


def _client(settings, credential):
    def given(key, variable):
        if settings.get(key):
            return credential(settings[key])
        return os.environ.get(variable, "")

    address = settings.get("address") or os.environ.get("VAULT_ADDR")
    if not address:
        raise CannotResolve("the address of Vault is not set; set VAULT_ADDR")
    client = hvac.Client(
        url=address.rstrip("/"),
        token="",
        verify=settings.get("caFile") or os.environ.get("VAULT_CACERT") or True,
        namespace=settings.get("namespace") or os.environ.get("VAULT_NAMESPACE") or None,
        timeout=settings.get("timeout") or 10,
        strict_http=True,
    )
    token = given("token", "VAULT_TOKEN")
    role_id = given("roleId", "VAULT_ROLE_ID")
    method = settings.get("auth") or ("approle" if role_id and not token else "token")
    where = settings.get("authMount") or method
    role = settings.get("role") or os.environ.get("VAULT_ROLE", "")
    if method == "approle":
        secret_id = given("secretId", "VAULT_SECRET_ID")
        client.auth.approle.login(role_id, secret_id or None, mount_point=where)
    elif method == "jwt":
        client.auth.jwt.jwt_login(role, given("jwt", "VAULT_JWT"), path=where)
    elif method == "kubernetes":
        client.auth.kubernetes.login(role, given("jwt", "VAULT_JWT"), mount_point=where)
    else:
        client.token = token
    if not client.token:
        raise CannotResolve("there is no token for Vault; set VAULT_TOKEN")
    return client


def _data(client, full, settings):
    version, mount = settings.get("kvVersion"), full.split("/", 1)[0]
    try:
        found = client.adapter.get(url="/v1/sys/internal/ui/mounts/" + full)["data"]
    except hvac.exceptions.VaultError:
        version = version or 2
    else:
        mount = found["path"].strip("/")
        version = version or int((found.get("options") or {}).get("version") or 1)
    if version == 2:
        inner = full[len(mount) :].strip("/")
        answer = client.secrets.kv.v2.read_secret_version(
            path=inner, mount_point=mount, raise_on_deleted_version=True
        )
        return answer["data"]["data"]
    answer = client.read(full)
    if answer is None:
        raise CannotResolve("there is no secret {0} in Vault".format(full))
    return answer["data"]


def _first(problem):
    errors = getattr(problem, "errors", None)
    text = str(errors[0]) if errors else str(problem)
    return " ".join(text.split())[:200]
