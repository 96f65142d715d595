"""The policy that a project has of its own: read, set within what the operator allows, removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from worldtree.app.admin.worker_settings import check_tags
from worldtree.app.documents.document_policy import (
    DocumentPolicy,
    policy_data,
    read_policy_data,
)
from worldtree.app.documents.policy.prefixes import exceeding_settings
from worldtree.app.documents.service_policy import POLICY_SETTING, ServicePolicy
from worldtree.app.documents.wanted_documents import ANY_DIGEST
from worldtree.core.errors import RefusedError

if TYPE_CHECKING:
    from worldtree.core.actor import Actor
    from worldtree.store.store import Store

#: Bytes of a policy at most, as it is stored: workers read it whenever they look for work.
_MAX_BYTES = 64 * 1024
_Name = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
_Names = Annotated[list[_Name], Field(max_length=1000)]


class ProjectPolicy(BaseModel):
    """What documents of a project may do on the machine of the service; nothing by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    local_work: bool = Field(default=False, description="Commands on the machine of the service.")
    local_files: bool = Field(default=False, description="Any file that the service can read.")
    own_content: bool = Field(default=False, description="Content of the machine of the service.")
    inventories: bool = Field(default=False, description="Inventories, their scripts and plugins.")
    ansible_config: bool = Field(default=False, description="An `ansible.cfg`.")
    connection_variables: bool = Field(default=False, description="How ssh is started.")
    secret_settings: bool = Field(default=False, description="`spec.secrets`.")
    environment: _Names = Field(default=[], description="Variables of the service.")
    lookups: _Names = Field(default=[], description="Lookups in templates.")
    filters: _Names = Field(default=[], description="Filters in templates.")
    actions: _Names = Field(default=[], description="Actions in Ansible tasks.")
    step_kinds: _Names = Field(default=[], description="Step kinds of other packages.")
    secrets: dict[_Name, _Names] = Field(default={}, description="Provider -> prefixes of paths.")
    archives: bool = Field(default=False, description="Content of uploaded archives.")
    repositories: _Names = Field(default=[], description="Prefixes of URLs of git repositories.")
    #: Without any, no worker could ever take a task.
    worker_tags: Annotated[_Names, Field(min_length=1)] | None = Field(
        default=None, description="A worker needs one of these tags; null for every worker."
    )


class ProjectPolicies:
    """Works on the policy of the project of its store.

    ``service`` is what the operator allows, None where documents are the owner's.
    """

    def __init__(
        self, service: ServicePolicy | None, actor: Actor, store: Callable[[], Store]
    ) -> None:
        self._service, self._actor, self._store = service, actor, store

    def effective(self) -> DocumentPolicy | None:
        """Return what documents of the project may do; None where they are the owner's."""
        if self._service is None:
            return None
        return self._service.of_project(self._store().project_settings())

    def view(self) -> dict[str, Any]:
        """Return the project's own policy (None without one), what is in effect, and the limit."""
        service, settings = self._service or ServicePolicy(), self._store().project_settings()
        return {
            "policy": settings.get(POLICY_SETTING),
            "effective": policy_data(service.of_project(settings)),
            "maximum": policy_data(service.limit),
            "digest": policy_digest(settings.get(POLICY_SETTING)),
        }

    def change(self, policy: ProjectPolicy | None, expected: Collection[str] | None) -> None:
        """Set the project's own policy, or remove it (None).

        ``expected`` has the digests of which one is to be replaced, or is None where there is none
        yet. Raises ``RefusedError`` where another one is stored, for more than the operator
        allows and for one that is too large, and ``WorkerTagError``.
        """
        data = None if policy is None else normal_form(policy)
        _refuse_large(data)
        if policy is not None:
            check_tags(policy.worker_tags or ())
            self._refuse_exceeding(policy)
        self._store().change_project_setting(
            POLICY_SETTING,
            data,
            self._actor,
            what="policy-changed",
            detail=_words(data),
            check=lambda before: _refuse_unexpected(before, expected),
        )

    def _refuse_exceeding(self, policy: ProjectPolicy) -> None:
        if self._service is None:
            return
        wanted = read_policy_data(policy.model_dump())
        if names := exceeding_settings(wanted, self._service.limit):
            raise RefusedError(
                "the policy allows more than the operator of the service does: "
                + ", ".join(f"`{name}`" for name in names),
                code="policy-exceeds",
                hint="leave these out, or ask the operator for `[maximum]` in the policy file",
            )


def normal_form(policy: ProjectPolicy) -> dict[str, Any]:
    """Return a policy as it is stored: equal ones are the same data."""
    return policy_data(read_policy_data(policy.model_dump()))


def policy_digest(data: Any) -> str:
    """Return the digest (sha256, hex) of a project's policy; None is that of none."""
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _words(data: dict[str, Any] | None) -> str:
    """Return what a policy allows, for the audit log: settings, and how many entries lists have.

    The digest says which policy it is.
    """
    if data is None:
        return "removed"
    words = []
    for name, value in data.items():
        if name == "secrets":
            value = [one for prefixes in value.values() for one in prefixes]
        if value:
            words.append(name if value is True else f"{name} {len(value)}")
    return f"{', '.join(words) or 'nothing'}; digest {policy_digest(data)}"


def _refuse_large(data: dict[str, Any] | None) -> None:
    size = len(json.dumps(data))
    if size > _MAX_BYTES:
        raise RefusedError(
            f"the policy has {size} bytes as JSON; one of a project has {_MAX_BYTES} at most",
            code="policy-too-large",
            hint="allow prefixes that end with `/` instead of single secrets and repositories",
        )


def _refuse_unexpected(before: Any, expected: Collection[str] | None) -> None:
    if expected is None and before is None:
        return
    if expected is None:
        raise RefusedError(
            "the project has a policy, and the request does not say which one it replaces",
            code="precondition-missing",
            hint="send the ETag of the policy that was read as `If-Match`",
        )
    if not {policy_digest(before), ANY_DIGEST} & set(expected):
        raise RefusedError(
            "the policy of the project is not the one that the request expects",
            code="policy-changed",
            hint="read it again, and make the change in that one",
        )
