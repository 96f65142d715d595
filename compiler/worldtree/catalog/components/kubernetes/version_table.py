"""The table of versions that work together, ``versions.yaml``, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from worldtree.catalog.components.kubernetes.release_version import (
    Minor,
    MinorField,
    Release,
    ReleaseField,
)

_FILE = Path(__file__).with_name("versions.yaml")


class _TableModel(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class ReleaseRange(_TableModel):
    """Releases from ``minimum`` on, before ``below``."""

    minimum: ReleaseField
    below: ReleaseField

    @model_validator(mode="after")
    def _is_not_empty(self) -> ReleaseRange:
        if self.minimum >= self.below:
            raise ValueError(f"no release is from {self.minimum} on and before {self.below}")
        return self

    def __contains__(self, release: Release) -> bool:
        return self.minimum <= release < self.below

    def __str__(self) -> str:
        return f"{self.minimum} or newer, before {self.below}"


class EtcdRange(ReleaseRange):
    """Releases of an external etcd, and the one that kubeadm runs itself."""

    bundled: ReleaseField

    @model_validator(mode="after")
    def _has_its_own(self) -> EtcdRange:
        if self.bundled not in self:
            raise ValueError(f"kubeadm's own etcd {self.bundled} is not {self}")
        return self


class MinorRelease(_TableModel):
    """One minor version of Kubernetes, and what is used together with it."""

    #: The newest patch release that was tried; others of the minor are taken, too.
    newest: ReleaseField
    #: Version of the documents that kubeadm reads.
    kubeadm_api: Literal["v1beta4"]
    etcd: EtcdRange
    containerd: ReleaseRange
    #: Tag of the image of sandboxes, which the runtime's configuration has to name.
    pause: str = Field(pattern=r"^[0-9]+(\.[0-9]+)+$")
    coredns: ReleaseField


class MinorRange(_TableModel):
    """Minors from one to another, both included."""

    first: MinorField = Field(alias="from")
    last: MinorField = Field(alias="to")

    def __contains__(self, minor: Minor) -> bool:
        return self.first <= minor <= self.last


class NetworkPlugin(MinorRange):
    """A network plugin: the release that is used, and the minors that it was tried with."""

    version: ReleaseField


class OperatingSystem(MinorRange):
    """A distribution and its release, as Ansible's facts name them."""

    distribution: str
    release: str


class Gate(_TableModel):
    """A feature gate: the first minor that knows it, and the first that no longer does."""

    first: MinorField = Field(alias="from")
    gone: MinorField | None = None

    def is_known_to(self, minor: Minor) -> bool:
        """Whether a program of ``minor`` starts with the gate."""
        return self.first <= minor and (self.gone is None or minor < self.gone)


class VersionTable(_TableModel):
    """All of ``versions.yaml``."""

    minors: dict[MinorField, MinorRelease] = Field(min_length=1)
    network_plugins: dict[str, NetworkPlugin]
    systems: tuple[OperatingSystem, ...]
    kubeadm_gates: dict[str, Gate]
    #: Gates of the other programs -> the first minor without it.
    gone_gates: dict[str, MinorField]
    #: Program -> flag -> the first minor without it.
    gone_flags: dict[str, dict[str, MinorField]]
    #: The first release of each minor whose control planes need no virtual address to be made.
    own_api_server: tuple[ReleaseField, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> VersionTable:
        minors = list(self.minors)
        for minor, following in pairwise(minors):
            if following != minor.after(1):
                raise ValueError(f"{following} does not follow {minor}")
            if self.minors[following].etcd.bundled < self.minors[minor].etcd.bundled:
                raise ValueError(f"kubeadm's etcd of {following} is older than that of {minor}")
        for minor, release in self.minors.items():
            if release.newest.of_minor != minor:
                raise ValueError(f"{release.newest} is not a release of {minor}")
        for name, plugin in self.network_plugins.items():
            self._check_range(name, plugin)
        for system in self.systems:
            self._check_range(f"{system.distribution} {system.release}", system)
        return self

    def _check_range(self, name: str, minors: MinorRange) -> None:
        for minor in (minors.first, minors.last):
            if minor not in self.minors:
                raise ValueError(f"{name}: {minor} is not in the table")

    @property
    def oldest(self) -> Minor:
        """The oldest minor of the table."""
        return min(self.minors)

    @property
    def newest(self) -> Minor:
        """The newest minor of the table."""
        return max(self.minors)

    def of(self, release: Release) -> MinorRelease:
        """Return the row of a release; ``KeyError`` where the table has none."""
        return self.minors[release.of_minor]

    def needs_endpoint_first(self, release: Release) -> bool:
        """Whether `kubeadm init` waits for the API server by the cluster's endpoint."""
        first = {one.of_minor: one for one in self.own_api_server}
        known = first.get(release.of_minor)
        return known is not None and release < known


def parse_table(data: Mapping[str, Any]) -> VersionTable:
    """Return the table that plain data describe; raises ``pydantic.ValidationError``."""
    return VersionTable.model_validate(data)


@cache
def version_table() -> VersionTable:
    """Return the table that ships with the program."""
    return parse_table(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
