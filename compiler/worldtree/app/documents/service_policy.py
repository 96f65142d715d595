"""What the operator of a service allows: of projects without a policy of their own, and at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from worldtree.app.documents.document_policy import (
    DocumentPolicy,
    policy_data,
    read_policy_data,
)
from worldtree.app.documents.policy.prefixes import common_policy, covers

#: The key in the settings of a project.
POLICY_SETTING = "policy"


@dataclass(frozen=True)
class RepositoryAccess:
    """How git reaches the repositories below a prefix of URLs; only the operator says this."""

    prefix: str
    #: Networks with private addresses that they may be in; plain HTTP is allowed there as well.
    networks: tuple[str, ...] = ()
    #: Variable of the service's environment with a token or password, for HTTPS.
    token_variable: str = ""
    #: Who the token is for.
    username: str = "git"
    #: Files of the machine that fetches, for SSH: a private key, and the keys of hosts.
    identity_file: str = ""
    known_hosts_file: str = ""


@dataclass(frozen=True)
class ServicePolicy:
    """The policy of a service; projects choose theirs within it."""

    #: Of projects that have none of their own.
    default: DocumentPolicy = field(default_factory=DocumentPolicy)
    #: What a project's own policy allows at most; None for what ``default`` allows.
    maximum: DocumentPolicy | None = None
    repositories: tuple[RepositoryAccess, ...] = ()

    @property
    def limit(self) -> DocumentPolicy:
        """What a project's own policy allows at most."""
        return self.default if self.maximum is None else self.maximum

    def of_project(self, settings: Mapping[str, Any]) -> DocumentPolicy:
        """Return what documents of a project with these settings may do.

        Of a policy that allows more than the operator does by now, the rest remains.
        """
        own = settings.get(POLICY_SETTING)
        return self.default if own is None else common_policy(read_policy_data(own), self.limit)

    def access(self, url: str) -> RepositoryAccess:
        """Return how git reaches a repository: by the longest prefix of its URL."""
        found = [one for one in self.repositories if covers(one.prefix, url)]
        return max(found, key=lambda one: len(one.prefix), default=RepositoryAccess(""))

    def to_data(self) -> dict[str, Any]:
        """Return the policy as JSON data, for another process."""
        return {
            "default": policy_data(self.default),
            "maximum": None if self.maximum is None else policy_data(self.maximum),
            "repositories": [asdict(one) for one in self.repositories],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ServicePolicy:
        """Return the policy that ``to_data`` gave."""
        maximum = data["maximum"]
        return cls(
            read_policy_data(data["default"]),
            None if maximum is None else read_policy_data(maximum),
            tuple(
                RepositoryAccess(**{**one, "networks": tuple(one["networks"])})
                for one in data["repositories"]
            ),
        )
