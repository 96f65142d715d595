"""Resolves the credentials of sources while artifacts are fetched; nothing keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from worldtree.app.ports import Ports
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.secrets.errors import SecretError
from worldtree.secrets.resolver import SecretResolver, SecretSources
from worldtree.spec.cluster import Cluster


@contextmanager
def source_context(cluster: Cluster, ports: Ports) -> Iterator[SourceContext]:
    """Give what sources of a cluster's artifacts may use; references are resolved when needed."""
    directories = () if cluster.directory is None else (str(cluster.directory),)
    resolver = SecretResolver(SecretSources(dict(ports.environ), cluster.secrets, directories))

    def secret(reference: str) -> str:
        try:
            return resolver.get(reference.removeprefix("${").removesuffix("}"))
        except SecretError as error:
            raise SourceError(f"`{reference}`: {error.problem}") from None

    try:
        yield SourceContext(secret)
    finally:
        resolver.close()
