"""Certificates that a component requests: an authority and the certificates it signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Usage = Literal["server", "client"]


@dataclass(frozen=True)
class LeafCertificate:
    """One certificate and its private key, made for one host."""

    #: Unique within its authority; the file name on the control side.
    name: str
    #: Host that gets it.
    host: str
    #: File name on that host, without its ending (``server`` -> ``server.crt``, ``server.key``).
    file: str
    common_name: str
    usages: tuple[Usage, ...]
    #: Subject alternative names, as OpenSSL writes them: ``DNS:etcd1``, ``IP:10.0.0.11``.
    alt_names: tuple[str, ...] = ()

    def variables(self) -> dict[str, Any]:
        """Return it as an item of the role variable ``pki_certificates``."""
        return {
            "name": self.name,
            "host": self.host,
            "file": self.file,
            "common_name": self.common_name,
            "usages": list(self.usages),
            "alt_names": list(self.alt_names),
        }


@dataclass(frozen=True)
class CertificateRequest:
    """A certificate authority and all certificates that it signs."""

    #: Also the name of the task in module ``pki``: a consumer needs ``pki/<authority>``.
    authority: str
    leaves: tuple[LeafCertificate, ...]
    #: Common name of the authority; ``<cluster> <authority> CA`` unless said otherwise.
    common_name: str = ""
    #: Hosts that use the authority itself, where it may sign no certificate here.
    hosts: tuple[str, ...] = ()

    @property
    def consumers(self) -> tuple[str, ...]:
        """All hosts that get something of it, each once."""
        return tuple(dict.fromkeys([*(leaf.host for leaf in self.leaves), *self.hosts]))

    def variables(self, cluster: str) -> dict[str, Any]:
        """Return the role variables of ``pki`` that say the same."""
        return {
            "pki_cluster": cluster,
            "pki_authority": self.authority,
            "pki_authority_common_name": self.common_name or f"{cluster} {self.authority} CA",
            "pki_certificates": [leaf.variables() for leaf in self.leaves],
        }
