"""Names at the top of a bundle that are its own: the team's files cannot have them."""

from __future__ import annotations

from worldtree.plan.pinned_artifact import ARTIFACTS_FILE
from worldtree.plan.plan import EXTRA_VARS_FILE

#: Directories that have no room for the team's files.
GENERATED_DIRECTORIES = frozenset(
    ("plays", "rollback", "layers", "collections", "inventory", "roles", "ansible_plugins")
)
GENERATED_FILES = frozenset(
    (
        *("README.md", "ansible.cfg", "digests.json", "graph.svg", "plan.json", "requirements.yml"),
        *("rollback.yml", "site.yml", "document_inventory.yml", ".ansible-lint", ".gitattributes"),
        # A run passes it to Ansible wherever a bundle has it.
        EXTRA_VARS_FILE,
        ARTIFACTS_FILE,
    )
)
