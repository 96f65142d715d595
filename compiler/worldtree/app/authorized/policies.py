"""What a principal can ask for about the policy of a project; a part of ``AuthorizedApplication``.

The policy says what documents may do on the machine of the service.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from worldtree.app.authorized.plans import AuthorizedPlans
from worldtree.app.permission_checks import requires

if TYPE_CHECKING:
    from worldtree.app.documents.project_policies import ProjectPolicy


class AuthorizedPolicies(AuthorizedPlans):
    """Reads and changes the policy of the project."""

    @requires("policy:get")
    def project_policy(self) -> dict[str, Any]:
        """Return the policy of the project, what is in effect, and what is allowed at most."""
        return self._application.project_policies.view()

    @requires("policy:manage")
    def set_project_policy(
        self, policy: ProjectPolicy | None, expected: Collection[str] | None
    ) -> dict[str, Any]:
        """Set the policy of the project, or remove it (None)."""
        policies = self._application.project_policies
        policies.change(policy, expected)
        return policies.view()
