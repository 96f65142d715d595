"""What the document can say about the component ``addons``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.addons.local_path_storage import LocalPathStorage
from worldtree.catalog.components.addons.metrics_server import MetricsServer

#: Also a label's value, and a part of the record's name.
AddonName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
#: A namespace, or another name of one DNS label.
DnsLabel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
ApiVersion = Annotated[str, StringConstraints(pattern=r"^([a-z0-9.-]+/)?v[a-z0-9]+$")]
#: A path below the directory of the document.
BesidePath = Annotated[str, StringConstraints(min_length=1)]

#: Addons that have fields of their own; none of `custom` may be called so.
BUILT_IN_NAMES = ("cni", "local-path-storage", "metrics-server")


class ManifestArtifact(ComponentConfig):
    """A manifest from elsewhere: one YAML file, which is locked and fetched as other artifacts."""

    name: str = Field(
        pattern=r"^[a-z0-9]+([._/-][a-z0-9]+)*$",
        description="Name of the artifact.",
        examples=["gateway-api"],
    )
    version: str = Field(
        pattern=r"^[A-Za-z0-9.+:~_-]+$", description="Its version.", examples=["1.5.1"]
    )
    location: str = Field(
        description="URL or path of the file; ``{version}`` stands for the version.",
        examples=["https://mirror.example/gateway-api/v{version}/standard-install.yaml"],
    )
    sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="Of the file; otherwise that of ``artifacts.lock``.",
        examples=["b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"],
    )


class Source(ComponentConfig):
    """Where some objects of an addon come from: one of these."""

    file: BesidePath | None = Field(
        None,
        description="A YAML file beside the document; its texts are data, never templates.",
        examples=["addons/dashboard.yaml"],
    )
    objects: tuple[dict[str, Any], ...] = Field(
        (),
        description="Objects as they are; references to secrets and templates are replaced.",
        examples=[[{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}]],
    )
    kustomization: BesidePath | None = Field(
        None,
        description="A directory with a ``kustomization.yaml``, beside the document; `kubectl` of a"
        " control plane builds it.",
        examples=["addons/dashboard/overlays/production"],
    )
    artifact: ManifestArtifact | None = Field(None, description="A manifest from elsewhere.")

    @model_validator(mode="after")
    def _is_one(self) -> Source:
        given = (self.file, self.objects or None, self.kustomization, self.artifact)
        if sum(one is not None for one in given) != 1:
            raise ValueError("a source is one of `file`, `objects`, `kustomization` and `artifact`")
        return self


class Gate(ComponentConfig):
    """A condition that an object has to have before the addon is ready."""

    api_version: ApiVersion = Field(
        description="Version of its API.", examples=["cert-manager.io/v1"]
    )
    kind: str = Field(
        pattern=r"^[A-Z][A-Za-z0-9]*$", description="Its kind.", examples=["Certificate"]
    )
    namespace: DnsLabel | None = Field(
        None, description="Its namespace; that of the addon when not given.", examples=["shop"]
    )
    name: str = Field(min_length=1, description="Its name.", examples=["shop-tls"])
    condition: str = Field("Ready", description="The condition, which must be true.")


class ImageArchive(ComponentConfig):
    """An image that members get as an archive instead of pulling it."""

    name: str = Field(
        pattern=r"^[a-z0-9]+([._/-][a-z0-9]+)*$",
        description="``{name}`` in `imageArchives`.",
        examples=["dashboard"],
    )
    version: str = Field(
        pattern=r"^[A-Za-z0-9.+:~_-]+$",
        description="``{version}`` in `imageArchives`.",
        examples=["2.7.0"],
    )
    reference: str = Field(
        pattern=r"^\S+$",
        description="Name and tag of the image, as the manifest has it.",
        examples=["docker.io/example/dashboard:v2.7.0"],
    )


class CustomAddon(ComponentConfig):
    """Objects that belong together, from manifests."""

    name: AddonName = Field(
        description="Its name, and the value of the label `worldtree.io/addon`.",
        examples=["dashboard"],
    )
    sources: tuple[Source, ...] = Field(
        description="Where its objects come from.", examples=[[{"file": "addons/dashboard.yaml"}]]
    )
    namespace: DnsLabel = Field(
        "default", description="Namespace of objects that name none and whose kind has one."
    )
    needs: tuple[AddonName, ...] = Field(
        (), description="Addons that have to be ready before.", examples=[["cert-manager"]]
    )
    conflicts: Literal["fail", "take"] = Field(
        "fail", description="Whether fields that others have set are a failure, or are taken over."
    )
    prune: bool = Field(
        True, description="Whether objects that it no longer has are deleted from the cluster."
    )
    ready_seconds: int = Field(
        300, ge=0, description="Seconds until all of it must be healthy; 0 to not wait."
    )
    gates: tuple[Gate, ...] = Field((), description="What has to be true besides health.")
    images: tuple[ImageArchive, ...] = Field(
        (), description="Images of it that come as archives; needs `imageArchives`."
    )

    @field_validator("sources")
    @classmethod
    def _is_not_empty(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        if not sources:
            raise ValueError("an addon without a source has no objects")
        return sources


class AddonsConfig(ComponentConfig):
    """What a cluster gets beside Kubernetes itself; addons are applied side by side."""

    metrics_server: MetricsServer | None = Field(
        None, description="Metrics of members and pods, for `kubectl top` and autoscaling."
    )
    local_path_storage: LocalPathStorage | None = Field(
        None, description="Volumes in directories of the members."
    )
    custom: tuple[CustomAddon, ...] = Field((), description="Addons of your own manifests.")
    image_archives: str | None = Field(
        None,
        description="Where archives of images are, instead of a registry, as that of component"
        " ``kubernetes``; without it, members pull images.",
        examples=["https://mirror.example/images/{name}-{version}-{architecture}.tar"],
    )
    remove_unlisted: bool = Field(
        True, description="Whether addons that the document no longer has are removed."
    )

    @field_validator("custom")
    @classmethod
    def _names(cls, custom: tuple[CustomAddon, ...]) -> tuple[CustomAddon, ...]:
        seen: set[str] = set()
        for one in custom:
            if one.name in BUILT_IN_NAMES:
                raise ValueError(f"`{one.name}` is the name of an addon that has its own key")
            if one.name in seen:
                raise ValueError(f"two addons are called `{one.name}`")
            seen.add(one.name)
        return custom
