"""Files of the API servers beside kubeadm's documents: audit policy, encryption, admission."""

from __future__ import annotations

from typing import Any

import yaml

from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig

#: Directory of these files on each control plane; the API servers see it as one volume.
DIRECTORY = "/etc/kubernetes/worldtree"
_AUDIT, _ENCRYPTION = "audit-policy.yaml", "encryption.yaml"
_ADMISSION, _OIDC_CA = "admission.yaml", "oidc-ca.crt"

_METADATA_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}


def control_plane_files(config: KubernetesConfig) -> dict[str, str]:
    """Return name -> text of the files without secrets; they are there before an API server is."""
    files: dict[str, str] = {}
    if config.audit is not None:
        files[_AUDIT] = _yaml(config.audit.policy or _METADATA_POLICY)
    if config.admission.configuration is not None:
        files[_ADMISSION] = _yaml(config.admission.configuration)
    if config.oidc is not None and config.oidc.ca is not None:
        files[_OIDC_CA] = config.oidc.ca
    return files


def secret_files(config: KubernetesConfig) -> dict[str, str]:
    """Return name -> text of the files with secrets, which are references here."""
    encryption = config.encryption
    if encryption is None:
        return {}
    keys = [{"name": key.name, "secret": key.secret} for key in encryption.keys]
    return {
        _ENCRYPTION: _yaml(
            {
                "apiVersion": "apiserver.config.k8s.io/v1",
                "kind": "EncryptionConfiguration",
                "resources": [
                    {
                        "resources": list(encryption.resources),
                        # Last, so that what was stored before the encryption can be read.
                        "providers": [{encryption.provider: {"keys": keys}}, {"identity": {}}],
                    }
                ],
            }
        )
    }


def api_server_flags(config: KubernetesConfig) -> dict[str, str]:
    """Return flag -> value of what is switched on by these files, and by their fields."""
    flags: dict[str, str] = {}
    if config.audit is not None:
        flags |= {
            "audit-policy-file": f"{DIRECTORY}/{_AUDIT}",
            "audit-log-path": f"{config.audit.directory}/audit.log",
            "audit-log-maxage": str(config.audit.max_age),
            "audit-log-maxbackup": str(config.audit.max_backups),
            "audit-log-maxsize": str(config.audit.max_size),
        }
    if config.encryption is not None:
        flags["encryption-provider-config"] = f"{DIRECTORY}/{_ENCRYPTION}"
    # kubeadm enables this one itself; the flag replaces its own.
    enabled = sorted({"NodeRestriction", *config.admission.enable})
    if config.admission.enable:
        flags["enable-admission-plugins"] = ",".join(enabled)
    if config.admission.disable:
        flags["disable-admission-plugins"] = ",".join(sorted(config.admission.disable))
    if config.admission.configuration is not None:
        flags["admission-control-config-file"] = f"{DIRECTORY}/{_ADMISSION}"
    return flags | _oidc_flags(config)


def _oidc_flags(config: KubernetesConfig) -> dict[str, str]:
    oidc = config.oidc
    if oidc is None:
        return {}
    flags: dict[str, str | None] = {
        "oidc-issuer-url": oidc.issuer_url,
        "oidc-client-id": oidc.client_id,
        "oidc-username-claim": oidc.username_claim,
        "oidc-username-prefix": oidc.username_prefix,
        "oidc-groups-claim": oidc.groups_claim,
        "oidc-groups-prefix": oidc.groups_prefix,
        "oidc-ca-file": f"{DIRECTORY}/{_OIDC_CA}" if oidc.ca is not None else None,
        "oidc-required-claim": ",".join(f"{k}={v}" for k, v in oidc.required_claims.items()),
    }
    return {name: value for name, value in flags.items() if value}


def _yaml(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, width=1000, allow_unicode=True))
