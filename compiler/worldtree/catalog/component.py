"""What a component is: typed configuration, a module builder per pipeline, a role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from worldtree.catalog.certificates import CertificateRequest
from worldtree.catalog.pipeline import PipelineParameters
from worldtree.core.errors import Diagnostic
from worldtree.plan.artifact import ArtifactRequest
from worldtree.plan.packages import PackagesRequest
from worldtree.plan.plan import PlanHost
from worldtree.plan.specs import ModuleSpec


class ComponentConfig(BaseModel):
    """Base of a component's typed configuration: camelCase in the document, snake_case here.

    Every field has a description and, unless its default shows the form, an example:
    ``wt explain``, the JSON Schema and the docs are made from them.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


ConfigT = TypeVar("ConfigT", bound=ComponentConfig)


class PlanContext(Protocol):
    """What a builder may see of the cluster: never a live host."""

    @property
    def cluster(self) -> str:
        """Name of the cluster."""

    @property
    def hosts(self) -> tuple[PlanHost, ...]:
        """Every host, in document order."""

    @property
    def directory(self) -> Path | None:
        """Directory of the document, below which a component may read files; None without a file.

        None for ``previous``, too: the files of that time are not known.
        """

    def hosts_of(self, role: str) -> tuple[PlanHost, ...]:
        """Hosts that carry ``role`` (members of the group of that name), in document order."""

    def config(self, component: str) -> ComponentConfig | None:
        """Resolved configuration of another active component, or None."""

    @property
    def parameters(self) -> PipelineParameters:
        """The typed parameters of the pipeline that is built."""

    @property
    def previous(self) -> PlanContext | None:
        """The cluster as the document of the last successful task described it.

        None for a first document, after a removal, and where ``PipelineDefinition.takes_previous``
        is not set.
        """

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """Facts by host, as the last task gathered them.

        Empty where ``PipelineDefinition.takes_facts`` is not set.
        """


#: Builds a component's module for one pipeline; None when it has no part in it.
Builder = Callable[[ConfigT, PlanContext], ModuleSpec | None]


@dataclass(frozen=True)
class Component(Generic[ConfigT]):
    """An installable thing; ``pipelines`` maps a pipeline's name to the builder of its part."""

    name: str
    #: One sentence, which ``wt explain spec.components`` shows.
    summary: str
    config: type[ConfigT]
    #: Host role whose hosts it runs on; ``all`` for every host but the control side.
    host_role: str
    #: Pipeline's name, such as ``create-cluster`` -> builder of the component's part.
    pipelines: Mapping[str, Builder[ConfigT]]
    #: Components that are switched on with it.
    requires: tuple[str, ...] = ()
    #: Components whose whole part its module waits for, when they are in the cluster too; finer
    #: dependencies are ``needs`` of the builder's tasks.
    after: tuple[str, ...] = ()
    #: Name of its role; the component's name by default. A component of another package brings it
    #: as ``roles/<role>`` in that package, or uses a built-in role.
    role: str = ""
    #: Variables that its templates may use besides the role's own options (name -> meaning).
    template_context: Mapping[str, str] = field(default_factory=dict)
    #: Checks that a type cannot express, e.g. an even member count; paths start at the component.
    check: Callable[[ConfigT, PlanContext], Iterable[Diagnostic]] | None = None
    #: Checks of one pipeline, whose name is the third argument: what it cannot do, by its
    #: parameters and by the document before. No module is built where one reports an error.
    check_pipeline: Callable[[ConfigT, PlanContext, str], Iterable[Diagnostic]] | None = None
    #: Certificates that the component ``pki`` issues for it.
    certificates: Callable[[ConfigT, PlanContext], Iterable[CertificateRequest]] | None = None
    #: Files from elsewhere that its roles need, for all of its pipelines, with the versions in
    #: between that an upgrade goes through. It says what, and never fetches.
    artifacts: Callable[[ConfigT, PlanContext], Iterable[ArtifactRequest]] | None = None
    #: Packages of Debian and its relatives that its role installs by the module
    #: ``worldtree.core.os_packages``, for all of its pipelines.
    packages: Callable[[ConfigT, PlanContext], Iterable[PackagesRequest]] | None = None
    #: Files beside the document that it reads below ``PlanContext.directory``, of a document that
    #: is valid: they are sent with it to a service.
    files: Callable[[ConfigT, PlanContext], Iterable[Path]] | None = None

    @property
    def role_name(self) -> str:
        """Name of the role, which is that of its directory."""
        return self.role or self.name

    def parse(self, data: Mapping[str, Any]) -> ConfigT:
        """Return the typed configuration; raises ``pydantic.ValidationError``."""
        return self.config.model_validate(data)
