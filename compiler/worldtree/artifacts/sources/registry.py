"""Kinds of sources by scheme: the built-in ones, and those of other packages from entry points."""

from __future__ import annotations

from importlib import import_module

from worldtree.artifacts.sources.source_kind import SourceError, SourceKind
from worldtree.plan.artifact import Artifact, ArtifactSource
from worldtree.plugins import PluginError, PluginFault, PluginGroup, load_named
from worldtree.spec.artifact_locations import SCHEME_GROUP, scheme_of


def _checked(loaded: object) -> type[SourceKind]:
    if not (isinstance(loaded, type) and issubclass(loaded, SourceKind)):
        raise PluginError(PluginFault.TYPE, "It is not a subclass of SourceKind.")
    return loaded


SOURCE_GROUP = PluginGroup(SCHEME_GROUP, "kind of artifact source", _checked)
#: Built-in kinds, imported on first use: the client of HTTP takes long to import.
_BUILT_IN = {
    "file": "worldtree.artifacts.sources.local_source:LocalSource",
    "http": "worldtree.artifacts.sources.http_source:HttpSource",
    "https": "worldtree.artifacts.sources.http_source:HttpSource",
    "oci": "worldtree.artifacts.sources.oci_source:OciSource",
    "s3": "worldtree.artifacts.sources.s3_source:S3Source",
}


#: What makes artifacts of the kind ``packages`` from all of their sources.
_PACKAGES = "worldtree.artifacts.sources.apt_source:AptSource"


def artifact_kind(artifact: Artifact, source: ArtifactSource) -> SourceKind:
    """Return what opens a source of an artifact. Raises ``SourceError``."""
    if artifact.packages is not None:
        return _imported(_PACKAGES)
    return source_kind(scheme_of(source.location))


def source_kind(scheme: str) -> SourceKind:
    """Return the kind of sources with this scheme. Raises ``SourceError``."""
    if scheme in _BUILT_IN:
        return _imported(_BUILT_IN[scheme])
    loaded = load_named(SOURCE_GROUP, scheme)
    if scheme in loaded.plugins:
        return loaded.plugins[scheme].value()
    for broken in loaded.broken:
        raise SourceError(f"the scheme `{scheme}` of the package {broken.package} {broken.fault}")
    raise SourceError(f"unknown scheme `{scheme}`")


def _imported(name: str) -> SourceKind:
    module, _, attribute = name.partition(":")
    built_in: type[SourceKind] = getattr(import_module(module), attribute)
    return built_in()
