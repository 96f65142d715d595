"""Explains the document format and reads a team's roles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worldtree.ansible.content.roles import RoleIndex, RoleInfo
from worldtree.ansible.content.roles.report import (
    RoleReport,
    RoleSummary,
    RoleVariable,
    list_roles,
    list_roles_below,
    role_named,
    show_role,
)
from worldtree.ansible.content.roles.review import check_role
from worldtree.ansible.content.roles.role_directories import role_paths_below
from worldtree.ansible.steps import kinds
from worldtree.app.documents.new_files import write_new_files
from worldtree.app.documents.pipeline_reference import (
    PipelineSummary,
    describe_pipeline,
    list_pipelines,
)
from worldtree.catalog.component_registry import components, loaded_components
from worldtree.core.errors import Diagnostic, InputError
from worldtree.spec.explain import Explanation, explain
from worldtree.spec.schema import document_schema, model_schema
from worldtree.spec.starter_files import starter_files

__all__ = [
    "PipelineSummary",
    "ReferenceService",
    "RoleReport",
    "RoleSummary",
    "RoleVariable",
]


class ReferenceService:
    """Explains the document format and reads roles, without a cluster."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a document, including components and step kinds."""
        return document_schema(
            {name: model_schema(found.config) for name, found in components().items()},
            {name: model_schema(kind.params) for name, kind in self._kinds().items()},
        )

    def explain(self, path: str) -> Explanation:
        """Return the explanation of a document path; raises ``InputError``."""
        return explain(
            path,
            components={name: found.config for name, found in components().items()},
            kinds={name: kind.params for name, kind in self._kinds().items()},
            component_summaries={name: found.summary for name, found in components().items()},
            kind_summaries={name: kind.summary for name, kind in self._kinds().items()},
        )

    def list_pipelines(self) -> tuple[PipelineSummary, ...]:
        """Return the built-in pipelines and those of packages."""
        return list_pipelines()

    def describe_pipeline(self, name: str) -> PipelineSummary:
        """Return a pipeline; raises ``InputError`` where there is none."""
        return describe_pipeline(name)

    def start(self, template: str, directory: Path) -> list[Path]:
        """Write a starter document and the files it needs; return the paths, the document first.

        Raises ``RefusedError`` when a file exists (nothing is written then) or cannot be written.
        """
        files = {
            directory / name: text for name, text in starter_files(template, directory).items()
        }
        return write_new_files(files, hint="name another directory: `wt init DIRECTORY`")

    def roles(self, role_paths: Sequence[Path], collection_paths: Sequence[Path]) -> RoleIndex:
        """Return the index of the roles in these directories, of components and built-in ones."""
        found = loaded_components().roles
        return RoleIndex(role_paths, collection_paths, component_roles=found)

    def list_roles(self, index: RoleIndex) -> tuple[RoleSummary, ...]:
        """Return a summary of every role."""
        return list_roles(index)

    def list_roles_below(self, directory: Path) -> tuple[RoleSummary, ...]:
        """Return a summary of every role below a project's, a collection's or roles' directory."""
        collections = [place for place in (directory, directory / "collections") if place.is_dir()]
        return list_roles_below(RoleIndex(role_paths_below(directory), collections))

    def show_role(self, index: RoleIndex, name: str) -> RoleReport:
        """Return the report on a role, given by name or directory; raises ``InputError``."""
        return show_role(index, self._role(index, name))

    def check_role(self, index: RoleIndex, name: str) -> list[Diagnostic]:
        """Return the diagnostics of a role; raises ``InputError`` when it does not exist."""
        return check_role(index, self._role(index, name))

    def _role(self, index: RoleIndex, name: str) -> RoleInfo:
        found = role_named(index, name)
        if found is None:
            raise InputError([index.unknown(name)])
        return found

    def _kinds(self) -> dict[str, Any]:
        return {name: kind for name, kind in kinds().items() if not kind.internal}
