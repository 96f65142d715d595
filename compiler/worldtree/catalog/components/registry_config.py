"""What the document can say about the component ``registry``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.containerd_config import AbsolutePath
from worldtree.catalog.releases import ReleasedConfig
from worldtree.spec.artifact_locations import (
    differs_by_architecture,
    location_problem,
    scheme_of,
)
from worldtree.spec.models.secrets import Reference

#: Name of an image with its tag; the part before the first slash may be a registry's.
ImageName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*"
        r":[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"
    ),
]
HostName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+$")]
#: Written into the environment of the service.
_Word = Annotated[str, StringConstraints(pattern=r"^[^\s\"'\\$%]+$")]


class User(ComponentConfig):
    """Somebody who may push and pull; the registry knows no other rights."""

    name: UserName = Field(description="The user's name.", examples=["puller"])
    password: Reference = Field(
        description="The password, as a reference to a secret.",
        examples=["${env:REGISTRY_PASSWORD}"],
    )


class S3(ComponentConfig):
    """A bucket of a server with the API of S3."""

    bucket: _Word = Field(description="The bucket; it has to exist.", examples=["images"])
    region: _Word = Field(
        "us-east-1", description="Its region; servers other than Amazon's take any."
    )
    endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@\"'\\]+(/[^\s@\"'\\]*)?$",
        description="URL of the server; Amazon's own when not given.",
        examples=["https://s3.example.com"],
    )
    root_directory: AbsolutePath = Field("/", description="Directory within the bucket.")
    access_key: Reference | None = Field(
        None,
        description="Access key, as a reference to a secret; without one, the role of the machine.",
        examples=["${env:S3_ACCESS_KEY}"],
    )
    secret_key: Reference | None = Field(
        None, description="Its secret key.", examples=["${env:S3_SECRET_KEY}"]
    )
    encrypt: bool = Field(False, description="Whether the server encrypts what it keeps.")
    skip_verify: bool = Field(False, description="Whether its certificate is not checked.")

    @model_validator(mode="after")
    def _has_both_keys(self) -> S3:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("`accessKey` and `secretKey` go together")
        return self


class Image(ComponentConfig):
    """An image that the registry has from the beginning, pushed from the artifact cache."""

    name: ImageName = Field(
        description="Name and tag; with the name of a registry before it, hosts pull it from here"
        " under that name.",
        examples=["registry.k8s.io/pause:3.10.1", "shop/web:1.2"],
    )
    sources: tuple[str, ...] = Field(
        min_length=1,
        description="Where it comes from, as one tar file with an OCI image layout; tried in this"
        " order.",
        examples=[["https://mirror.example.com/images/pause-3.10.1.tar"]],
    )
    sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="Checksum of this file; that of `artifacts.lock` when not given.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )

    @field_validator("sources")
    @classmethod
    def _are_locations(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for location in value:
            problem = location_problem(location)
            if problem is not None:
                raise ValueError("; ".join(problem))
        return value

    @model_validator(mode="after")
    def _has_one_sum(self) -> Image:
        if self.sha256 is not None and self.differs:
            raise ValueError("`sha256` is of one file, but these sources have one by architecture")
        return self

    @property
    def differs(self) -> bool:
        """Whether there is a file for each architecture, as those that registries give."""
        return any(scheme_of(one) == "oci" or differs_by_architecture(one) for one in self.sources)

    @property
    def repository(self) -> str:
        """The name without the tag."""
        return self.name.rpartition(":")[0]

    @property
    def tag(self) -> str:
        """The tag."""
        return self.name.rpartition(":")[2]


class RegistryConfig(ReleasedConfig):
    """A registry of images on the hosts with the role ``registry``."""

    port: int = Field(5000, ge=1, le=65535, description="TCP port.")
    listen_address: str | None = Field(
        None,
        pattern=r"^[0-9A-Fa-f.:]+$",
        description="Address to listen on; every one of the host when not given.",
        examples=["10.0.0.5"],
    )
    address: HostName | None = Field(
        None,
        description="Name or address for all of them, such as a VIP; each host's own otherwise.",
        examples=["registry.example.com"],
    )
    tls: bool = Field(True, description="Whether it speaks TLS, with certificates of `pki`.")
    users: tuple[User, ...] = Field(
        (), description="Who may use it; everybody who reaches it when empty."
    )
    pull_user: UserName | None = Field(
        None,
        description="User whose name and password `containerd` gets; the first one otherwise.",
        examples=["puller"],
    )
    storage_dir: AbsolutePath = Field(
        "/var/lib/registry", description="Directory of the images, where `s3` is not given."
    )
    s3: S3 | None = Field(None, description="A bucket for the images instead.")
    http_secret: Reference | None = Field(
        None,
        description="Secret that several of them share; a random one when not given.",
        examples=["${env:REGISTRY_HTTP_SECRET}"],
    )
    deletion: bool = Field(True, description="Whether images can be deleted by the API.")
    images: tuple[Image, ...] = Field(
        (), description="Images that are pushed into it, of which hosts download nothing."
    )
    mirrors: tuple[HostName, ...] = Field(
        (),
        description="Registries whose images hosts pull from here; those in the names of `images`"
        " always are.",
        examples=[["docker.io", "registry.k8s.io"]],
    )
    upstream: bool = Field(
        True, description="Whether hosts ask those registries themselves for what is not here."
    )
    log_level: Literal["error", "warn", "info", "debug"] = Field(
        "info", description="From which level on messages are logged."
    )
    start_timeout: int = Field(60, ge=1, description="Seconds that it may take to answer.")
    purge_data: bool = Field(
        False, description="Whether destroying the cluster deletes the images in `storageDir`."
    )

    @model_validator(mode="after")
    def _agrees(self) -> RegistryConfig:
        if self.users and not self.tls:
            raise ValueError("`users` need `tls`: their passwords could be read on the way")
        names = [user.name for user in self.users]
        if len(set(names)) < len(names):
            raise ValueError("two users have the same name")
        if self.pull_user is not None and self.pull_user not in names:
            raise ValueError(f"`pullUser` {self.pull_user} is none of `users`")
        given = [image.name for image in self.images]
        if len(set(given)) < len(given):
            raise ValueError("two images have the same name and tag")
        return self

    @property
    def puller(self) -> User | None:
        """The user that pulls, where there are users."""
        named = [user for user in self.users if user.name == self.pull_user]
        return next(iter(named or self.users), None)

    @property
    def mirrored(self) -> tuple[str, ...]:
        """Registries whose images hosts pull from here, sorted."""
        first = {image.name.partition("/")[0] for image in self.images if "/" in image.name}
        return tuple(sorted({*self.mirrors, *(name for name in first if "." in name)}))
