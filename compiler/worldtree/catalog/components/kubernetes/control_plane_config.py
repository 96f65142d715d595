"""What the document says about control planes: endpoint, programs, audit, encryption, sign-in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig
from worldtree.spec.models.secrets import Reference

Port = Annotated[int, Field(ge=1, le=65535)]
#: A flag without its dashes.
FlagName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
#: A feature gate of Kubernetes.
GateName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$")]
#: Name of a machine, or an IP address without brackets.
HostAddress = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]*$")]
#: An absolute path of plain characters.
FilePath = Annotated[str, StringConstraints(pattern=r"^/[\w./-]*$")]
#: Values of a flag; several where it is given several times.
FlagValue = str | int | bool | tuple[str, ...]


class Endpoint(ComponentConfig):
    """The address by which everything reaches the API servers, whichever of them work."""

    host: HostAddress = Field(
        description="Virtual address or DNS name.", examples=["10.0.0.10", "api.example.com"]
    )
    port: Port = Field(6443, description="Its TCP port.")


class HostPath(ComponentConfig):
    """A file or directory of the control planes that a program sees."""

    name: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        description="Name of the volume.",
        examples=["webhook"],
    )
    host_path: FilePath = Field(
        description="Path on the host.", examples=["/etc/kubernetes/webhook"]
    )
    mount_path: FilePath | None = Field(
        None,
        description="Path in the container; the same when not given.",
        examples=["/etc/webhook"],
    )
    read_only: bool = Field(True, description="Whether the program cannot write there.")


class Program(ComponentConfig):
    """Flags and files of one program of the control planes."""

    extra_args: dict[FlagName, FlagValue] = Field(
        default_factory=dict,
        description="Further flags, without dashes; a list gives a flag several times.",
        examples=[{"v": 2}],
    )
    extra_volumes: tuple[HostPath, ...] = Field((), description="Files that it needs.")


class Audit(ComponentConfig):
    """What the API servers write down about requests, and for how long they keep it."""

    policy: dict[str, Any] | None = Field(
        None,
        description="A document of kind ``Policy``; the metadata of each request when not given.",
        examples=[
            {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "rules": [{"level": "Metadata"}],
            }
        ],
    )
    directory: FilePath = Field(
        "/var/log/kubernetes/audit", description="Directory of the log on each control plane."
    )
    max_age: int = Field(30, ge=0, description="Days that a log file is kept.")
    max_backups: int = Field(10, ge=0, description="Log files that are kept.")
    max_size: int = Field(100, ge=1, description="Megabytes until another log file is begun.")

    @field_validator("policy")
    @classmethod
    def _is_policy(cls, policy: dict[str, Any] | None) -> dict[str, Any] | None:
        if policy is not None and policy.get("kind") != "Policy":
            raise ValueError("not a document of kind `Policy` (apiVersion audit.k8s.io/v1)")
        return policy


class EncryptionKey(ComponentConfig):
    """A key of the encryption at rest."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Its name, which is stored with what it encrypts.",
        examples=["key1"],
    )
    secret: Reference = Field(
        description="Reference to 32 random bytes in base64.", examples=["${env:SHOP_ETCD_KEY}"]
    )


class Encryption(ComponentConfig):
    """Encryption of stored objects; without it, etcd has secrets in clear."""

    provider: Literal["aescbc", "aesgcm", "secretbox"] = Field(
        "secretbox", description="The cipher."
    )
    resources: tuple[str, ...] = Field(
        ("secrets",), min_length=1, description="Kinds of objects that are encrypted."
    )
    keys: tuple[EncryptionKey, ...] = Field(
        min_length=1,
        description="The first one encrypts, all of them decrypt.",
    )

    @field_validator("keys")
    @classmethod
    def _unique(cls, keys: tuple[EncryptionKey, ...]) -> tuple[EncryptionKey, ...]:
        if len({key.name for key in keys}) < len(keys):
            raise ValueError("two keys have the same name")
        return keys


class Oidc(ComponentConfig):
    """An identity provider whose tokens the API servers take."""

    issuer_url: str = Field(
        pattern=r"^https://\S+$",
        description="URL of the provider, as its tokens name it.",
        examples=["https://id.example.com/realms/shop"],
    )
    client_id: str = Field(description="Audience of the tokens.", examples=["kubernetes"])
    username_claim: str = Field("sub", description="Claim with the name of the user.")
    username_prefix: str | None = Field(
        None, description="Put before each name; ``-`` for nothing.", examples=["oidc:"]
    )
    groups_claim: str | None = Field(
        None, description="Claim with the groups of the user.", examples=["groups"]
    )
    groups_prefix: str | None = Field(
        None, description="Put before each group.", examples=["oidc:"]
    )
    required_claims: dict[str, str] = Field(
        default_factory=dict,
        description="Claims that a token must have.",
        examples=[{"org": "shop"}],
    )
    ca: str | None = Field(
        None,
        description="Authorities of the provider's certificate, in PEM; the host's when not given.",
        examples=["-----BEGIN CERTIFICATE-----\n…"],
    )


class Admission(ComponentConfig):
    """Admission plugins of the API servers."""

    enable: tuple[str, ...] = Field(
        (),
        description="Plugins that are on beside the default ones.",
        examples=[["NodeRestriction"]],
    )
    disable: tuple[str, ...] = Field(
        (), description="Default plugins that are off.", examples=[["DefaultStorageClass"]]
    )
    configuration: dict[str, Any] | None = Field(
        None,
        description="A document of kind ``AdmissionConfiguration``, with each plugin's inside.",
        examples=[
            {
                "apiVersion": "apiserver.config.k8s.io/v1",
                "kind": "AdmissionConfiguration",
                "plugins": [],
            }
        ],
    )

    @field_validator("configuration")
    @classmethod
    def _is_configuration(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and value.get("kind") != "AdmissionConfiguration":
            raise ValueError("not a document of kind `AdmissionConfiguration`")
        return value

    @model_validator(mode="after")
    def _no_contradiction(self) -> Admission:
        both = sorted({*self.enable} & {*self.disable})
        if both:
            raise ValueError(f"{', '.join(both)} is both enabled and disabled")
        return self
