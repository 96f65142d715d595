"""``spec.artifacts``: files that the team's own work needs, and where they come from."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from worldtree.spec.artifact_locations import (
    endpoint_problem,
    has_credentials,
    location_problem,
    proxy_problem,
)
from worldtree.spec.artifact_names import (
    ARCHITECTURES,
    ARTIFACT_NAME,
    ARTIFACT_PLATFORM,
    ARTIFACT_VERSION,
    SHA256,
)
from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.names import pattern_reader
from worldtree.spec.models.secrets import Reference
from worldtree.spec.models.types import HostSelector, Text

_NAME_RULE = "It consists of lower-case letters and digits, joined by `.`, `_`, `-` or `/`."
_VERSION_RULE = "It consists of letters, digits, `.`, `+`, `:`, `~`, `_` and `-`."
_PLATFORM_RULE = "It consists of lower-case letters, digits, `.`, `_` and `-`."
_ARCHITECTURE = f"^({'|'.join(ARCHITECTURES)})$"
_ARCHITECTURE_RULE = f"Architectures are {', '.join(f'`{one}`' for one in ARCHITECTURES)}."


def _location(value: Any) -> str:
    if not isinstance(value, str):
        raise validation_problem(
            "wrong-type", f"a source must be a URL or a path, not {describe(value)}"
        )
    if has_credentials(value):
        raise _secret("`username`, and `password` or `token`")
    problem = location_problem(value)
    if problem is not None:
        summary, hint = problem
        raise validation_problem("bad-artifact-source", summary, hint=hint)
    return value


def _proxy(value: Any) -> str:
    if isinstance(value, str) and has_credentials(value):
        raise _secret("`proxyUsername` and `proxyPassword`")
    problem = proxy_problem(value) if isinstance(value, str) else ("a proxy is a URL", "")
    if problem is not None:
        summary, hint = problem
        raise validation_problem("bad-artifact-source", summary, hint=hint)
    return str(value)


def _endpoint(value: Any) -> str:
    if isinstance(value, str) and has_credentials(value):
        raise _secret("`accessKey` and `secretKey`")
    problem = endpoint_problem(value) if isinstance(value, str) else ("an endpoint is a URL", "")
    if problem is not None:
        summary, hint = problem
        raise validation_problem("bad-artifact-source", summary, hint=hint)
    return str(value)


def _secret(keys: str) -> PydanticCustomError:
    """Return the problem of a URL with a user; its place in the document is not shown."""
    return validation_problem(
        "secret-in-clear",
        "the URL has a user or a password",
        "Documents are kept in version control, and URLs are in lock files and messages.",
        f"give them as {keys}; passwords are references such as `${{env:MIRROR_PASSWORD}}`",
    )


def _source(value: Any) -> Any:
    """Read a text as the location of a source."""
    return {"location": value} if isinstance(value, str) else value


def _checksum(value: Any) -> str:
    text = value.lower() if isinstance(value, str) else ""
    if not re.fullmatch(SHA256[1:-1], text, re.ASCII):
        raise validation_problem(
            "bad-checksum",
            f"{describe(value)} is not a sha256",
            "A sha256 is 64 hex digits, in quotes where all of them are decimal digits.",
            "write the sha256 of the whole file, as `sha256sum FILE` prints it; or leave it out and"
            " run `wt artifacts lock`",
        )
    return text


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise validation_problem(
            "wrong-value",
            f"{describe(value)} is not a size",
            "A size is the number of bytes of the whole file.",
            "write it as `stat -c %s FILE` prints it, or leave it out",
        )
    return value


def _single(value: Any) -> Any:
    """Read one value in place of a mapping as that of the only architecture."""
    return value if isinstance(value, dict) else {"": value}


_Name = Annotated[
    str,
    PlainValidator(pattern_reader("artifact name", ARTIFACT_NAME, "bad-name", _NAME_RULE)),
    WithJsonSchema({"type": "string", "pattern": ARTIFACT_NAME}),
]
_Version = Annotated[
    str,
    PlainValidator(pattern_reader("version", ARTIFACT_VERSION, "bad-name", _VERSION_RULE)),
    WithJsonSchema({"type": "string", "pattern": ARTIFACT_VERSION}),
]
ArtifactPlatform = Annotated[
    str,
    PlainValidator(pattern_reader("platform", ARTIFACT_PLATFORM, "bad-name", _PLATFORM_RULE)),
    WithJsonSchema({"type": "string", "pattern": ARTIFACT_PLATFORM}),
]
_read_architecture = pattern_reader("architecture", _ARCHITECTURE, "bad-name", _ARCHITECTURE_RULE)
ArtifactArchitecture = Annotated[
    str,
    PlainValidator(_read_architecture),
    WithJsonSchema({"type": "string", "enum": list(ARCHITECTURES)}),
]
#: As a key; ``ONLY_ARCHITECTURE`` is that of a value that was not written as a mapping.
_ArchitectureKey = Annotated[
    str, PlainValidator(lambda key: _read_architecture(key) if key else ONLY_ARCHITECTURE)
]
#: Key of the only architecture in a mapping that was written as one value.
ONLY_ARCHITECTURE = ""
_Sha256 = Annotated[str, PlainValidator(_checksum)]
_Bytes = Annotated[int, PlainValidator(_size)]


def _by_architecture(value: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [value, {"type": "object", "additionalProperties": value}]}


class DocumentArtifactSource(DocModel):
    """One place that has the file, and how it is reached."""

    location: Annotated[str, PlainValidator(_location), WithJsonSchema({"type": "string"})] = Field(
        description="URL of the file (`https`, `http`, `file`, `s3://bucket/key`, "
        "`oci://registry/repository:tag`, or a scheme of a package), or a path relative to the "
        "document. `{name}`, `{version}`, `{platform}`, `{architecture}` "
        "(`amd64`) and `{machine}` (`x86_64`) are replaced.",
        examples=["https://example.com/etcd-v{version}-linux-{architecture}.tar.gz"],
    )
    proxy: Annotated[str, PlainValidator(_proxy), WithJsonSchema({"type": "string"})] | None = (
        Field(
            default=None,
            description="Proxy of HTTP and HTTPS; those of the environment are not used.",
            examples=["http://proxy.example.com:3128"],
        )
    )
    proxy_username: Text | None = Field(
        default=None, description="User of the proxy.", examples=["deploy"]
    )
    proxy_password: Reference | None = Field(
        default=None,
        description="Password of the proxy, as a reference.",
        examples=["${env:PROXY_PASSWORD}"],
    )
    ca_file: Text | None = Field(
        default=None,
        description="PEM file of the authorities of the server, relative to the document; by "
        "default those that this machine trusts.",
        examples=["./mirror-ca.pem"],
    )
    username: Text | None = Field(
        default=None, description="User of the server.", examples=["deploy"]
    )
    password: Reference | None = Field(
        default=None,
        description="Password of the server, as a reference.",
        examples=["${env:MIRROR_PASSWORD}"],
    )
    token: Reference | None = Field(
        default=None,
        description="Token of the server, as a reference; sent as a bearer token. Of S3 the "
        "session token.",
        examples=["${vault:kv/mirror#token}"],
    )
    endpoint: (
        Annotated[str, PlainValidator(_endpoint), WithJsonSchema({"type": "string"})] | None
    ) = Field(
        default=None,
        description="Of `s3`: URL of the server; by default that of AWS in the region.",
        examples=["https://s3.example.com"],
    )
    region: Text | None = Field(
        default=None,
        description="Of `s3`: region of the bucket; by default `us-east-1`.",
        examples=["eu-central-1"],
    )
    access_key: Reference | None = Field(
        default=None,
        description="Of `s3`: the access key, as a reference. Without keys the bucket is read as "
        "everyone may.",
        examples=["${env:S3_ACCESS_KEY}"],
    )
    secret_key: Reference | None = Field(
        default=None,
        description="Of `s3`: the secret key, as a reference.",
        examples=["${env:S3_SECRET_KEY}"],
    )
    path_style: bool | None = Field(
        default=None,
        description="Of `s3`: whether the bucket stands in the path of URLs, and not in the name "
        "of the host; by default it does where there is an `endpoint`, or a `.` in its name.",
        examples=[True],
    )
    plain_http: bool | None = Field(
        default=None,
        description="Of `oci`: ask the registry without TLS; for a registry on this machine only.",
        examples=[True],
    )


class DocumentArtifactSignature(DocumentArtifactSource):
    """The place that has the signature of the file, and who has to have made it."""

    public_key: Text = Field(
        description="PEM file of the public key, relative to the document: ECDSA or RSA, as "
        "`cosign generate-key-pair` writes it.",
        examples=["./shop.pub"],
    )


class DocumentArtifact(DocModel):
    """A file that hosts need, in one or several architectures."""

    name: _Name = Field(description="Name of the artifact.", examples=["etcd"])
    version: _Version = Field(
        description="Its version; in quotes where it looks like a number.", examples=["3.5.30"]
    )
    kind: Literal["binary", "archive", "image", "os-package", "chart", "manifest"] = Field(
        default="archive", description="What the file is.", examples=["binary"]
    )
    platform: ArtifactPlatform = Field(
        default="linux",
        description="What it runs on; of an OS package the distribution.",
        examples=["debian-12"],
    )
    architectures: Annotated[tuple[ArtifactArchitecture, ...], Field(min_length=1)] = Field(
        default=("any",),
        description="Architectures that exist of it; `any` for one file for every machine. Those "
        "that the hosts have are needed.",
        examples=[["amd64", "arm64"]],
    )
    hosts: HostSelector = Field(
        default="all", description="Hosts that need it.", examples=["role=etcd"]
    )
    sources: Annotated[
        tuple[Annotated[DocumentArtifactSource, BeforeValidator(_source)], ...], Field(min_length=1)
    ] = Field(
        description="Places that have the file, in the order in which they are tried; a text is a "
        "`location`.",
        examples=[["https://example.com/etcd.tar.gz", "./files/etcd.tar.gz"]],
    )
    sha256: Annotated[
        dict[_ArchitectureKey, _Sha256],
        BeforeValidator(_single),
        WithJsonSchema(_by_architecture({"type": "string", "pattern": SHA256})),
    ] = Field(
        default={},
        description="sha256 of the file, or one per architecture; by default that of "
        "`artifacts.lock`, which `wt artifacts lock` writes.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    size: Annotated[
        dict[_ArchitectureKey, _Bytes],
        BeforeValidator(_single),
        WithJsonSchema(_by_architecture({"type": "integer", "minimum": 0})),
    ] = Field(
        default={},
        description="Bytes of the file, or per architecture; larger ones are refused.",
        examples=[23068672],
    )
    signature: DocumentArtifactSignature | None = Field(
        default=None,
        description="A signature of the file, which `wt artifacts lock` checks: that of `cosign "
        "sign-blob --key` or `openssl dgst -sha256 -sign`.",
        examples=[{"location": "https://example.com/shop.tar.gz.sig", "publicKey": "./shop.pub"}],
    )
