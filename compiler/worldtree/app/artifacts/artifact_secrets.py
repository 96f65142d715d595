"""Resolves the credentials of sources while artifacts are fetched; nothing keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from worldtree.app.ports import Ports
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.plan.plan import Plan
from worldtree.secrets.errors import SecretError
from worldtree.secrets.resolver import SecretResolver, SecretSources
from worldtree.spec.cluster import Cluster


@contextmanager
def source_context(cluster: Cluster, ports: Ports) -> Iterator[SourceContext]:
    """Give what sources of a cluster's artifacts may use; references are resolved when needed."""
    with _context(cluster.secrets, cluster.directory, ports) as context:
        yield context


@contextmanager
def plan_context(plan: Plan, directory: Path | None, ports: Ports) -> Iterator[SourceContext]:
    """Give the same for a plan; ``directory`` is that of its document."""
    with _context(plan.secrets, directory, ports) as context:
        yield context


@contextmanager
def environment_context(ports: Ports) -> Iterator[SourceContext]:
    """Give the same where there is no document: references of the environment and of files."""
    with _context({}, None, ports) as context:
        yield context


@contextmanager
def _context(
    settings: Mapping[str, Mapping[str, Any]], directory: Path | None, ports: Ports
) -> Iterator[SourceContext]:
    directories = () if directory is None else (str(directory),)
    resolver = SecretResolver(SecretSources(dict(ports.environ), settings, directories))

    def secret(reference: str) -> str:
        try:
            return resolver.get(reference.removeprefix("${").removesuffix("}"))
        except SecretError as error:
            raise SourceError(f"`{reference}`: {error.problem}") from None

    try:
        yield SourceContext(secret)
    finally:
        resolver.close()
