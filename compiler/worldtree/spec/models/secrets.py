"""``spec.secrets``: configuration of the secret providers; it contains no secrets itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.types import Text, TimeLimit, none_as_mapping
from worldtree.spec.secret_references import BadReference, SecretRef, split_references

_HELP = "write a reference such as `${env:SHOP_PASSWORD}` or `${file:/run/secrets/shop}`"


def read_reference(value: Any) -> str:
    """Return ``value`` if it is exactly one secret reference."""
    if value is None or isinstance(value, dict | list):
        raise validation_problem(
            "wrong-type", f"a secret must be a reference, not {describe(value)}", hint=_HELP
        )
    # Values that are not strings are not shown either: a password may be a number.
    (part, *more) = split_references(value) if isinstance(value, str) else [""]
    if isinstance(part, BadReference) and not more:
        raise validation_problem(
            "bad-secret-reference",
            f"`{part.text}` is not a valid secret reference: {part.reason}",
            hint=_HELP,
        )
    if more or not isinstance(part, SecretRef):
        raise validation_problem(
            "secret-in-clear",
            "the document contains a secret",
            "Documents are shared and kept in version control. This key accepts exactly one "
            "reference to a secret.",
            _HELP,
        )
    assert isinstance(value, str)
    return value


def _credential(value: Any) -> str:
    text = read_reference(value)
    if text.startswith("${vault:"):
        raise validation_problem(
            "bad-secret-reference",
            "a credential for Vault cannot be stored in Vault",
            hint=_HELP,
        )
    return text


#: Pattern of a reference in the JSON Schema, which a field of type ``Reference`` is known by.
REFERENCE_PATTERN = r"^\$\{[a-z][a-z0-9_-]*:[^}]+\}$"
_SCHEMA = WithJsonSchema({"type": "string", "pattern": REFERENCE_PATTERN})


def is_reference(annotation: Any) -> bool:
    """Whether ``annotation`` belongs to a field of type ``Reference``, optional or not."""
    kinds = (annotation, *get_args(annotation))
    return any(_SCHEMA in get_args(kind) for kind in kinds if get_origin(kind) is Annotated)


#: A string that is exactly one reference.
Reference = Annotated[str, PlainValidator(read_reference), _SCHEMA]
_Credential = Annotated[str, PlainValidator(_credential), _SCHEMA]


class VaultSettings(DocModel):
    """HashiCorp Vault or OpenBao; unset keys are read from the usual environment variables."""

    address: Text | None = Field(
        default=None,
        description="URL of the server; by default VAULT_ADDR.",
        examples=["https://vault.example.com:8200"],
    )
    namespace: Text | None = Field(
        default=None, description="Namespace; by default VAULT_NAMESPACE.", examples=["ops"]
    )
    mount: Text | None = Field(
        default=None,
        description="Mount of the secrets engine: `${vault:shop#password}` then means `kv/shop`. A "
        "reference that starts with `/` contains its mount.",
        examples=["kv"],
    )
    kv_version: Literal[1, 2] | None = Field(
        default=None,
        description="Version of the KV engine, if Vault does not report it.",
        examples=[2],
    )
    auth: Literal["token", "approle", "kubernetes", "jwt"] | None = Field(
        default=None,
        description="Login method; by default a token, or AppRole if only that is configured.",
        examples=["approle"],
    )
    auth_mount: Text | None = Field(
        default=None,
        description="Mount of the login method; by default its name.",
        examples=["approle"],
    )
    role: Text | None = Field(
        default=None,
        description="Role for `kubernetes` and `jwt`; by default VAULT_ROLE.",
        examples=["deploy"],
    )
    ca_file: Text | None = Field(
        default=None,
        description="Certificate of the server's authority; by default VAULT_CACERT, else the "
        "authorities that this machine trusts.",
        examples=["./vault-ca.pem"],
    )
    timeout: TimeLimit = Field(default=10.0, description="Timeout of requests.", examples=["10s"])
    token: _Credential | None = Field(
        default=None,
        description="Reference to the token; by default VAULT_TOKEN.",
        examples=["${file:~/.vault-token}"],
    )
    role_id: _Credential | None = Field(
        default=None,
        description="Reference to the AppRole's id; by default VAULT_ROLE_ID.",
        examples=["${env:SHOP_ROLE_ID}"],
    )
    secret_id: _Credential | None = Field(
        default=None,
        description="Reference to the AppRole's secret id; by default VAULT_SECRET_ID.",
        examples=["${file:/run/secrets/vault-secret-id}"],
    )
    jwt: _Credential | None = Field(
        default=None,
        description="Reference to the signed token for `jwt` and `kubernetes`; by default "
        "VAULT_JWT, else the pod's own.",
        examples=["${env:CI_JOB_JWT}"],
    )


class AnsibleVaultSettings(DocModel):
    """Files encrypted by ansible-vault."""

    password_file: Text | None = Field(
        default=None,
        description="File with the password, or a program that prints it; by default "
        "ANSIBLE_VAULT_PASSWORD_FILE and ANSIBLE_VAULT_IDENTITY_LIST.",
        examples=["~/.vault-password"],
    )


class PromptQuestion(DocModel):
    """How a question is asked, as `vars_prompt` of a playbook says it."""

    private: bool = Field(
        default=True,
        description="Whether the answer is hidden while it is typed, and in all output.",
        examples=[False],
    )
    confirm: bool = Field(
        default=False, description="Whether the answer is asked for twice.", examples=[True]
    )
    default: str | None = Field(
        default=None,
        description="Answer where none is typed, or where nobody can be asked. It is in the "
        "document and its bundles, so it is no place for a secret.",
        examples=["1.0"],
    )
    encrypt: Text | None = Field(
        default=None,
        description="Algorithm that Ansible hashes the answer with; the value is the hash.",
        examples=["sha512_crypt"],
    )
    salt_size: int | None = Field(
        default=None, ge=1, description="Length of the random salt of the hash.", examples=[8]
    )
    salt: Text | None = Field(default=None, description="Salt of the hash.", examples=["mY5aLt"])


class PromptSettings(DocModel):
    """Questions of `${prompt:Text}`."""

    questions: dict[str, PromptQuestion] = Field(
        default_factory=dict,
        description="Text of a question, as in the reference -> how it is asked.",
        examples=[{"Password of the shop": {"confirm": True}}],
    )


class Secrets(DocModel):
    """Settings of providers; `${env:NAME}` and `${file:/path}` need none."""

    vault: Annotated[VaultSettings, BeforeValidator(none_as_mapping)] | None = Field(
        default=None,
        description="HashiCorp Vault or OpenBao, for `${vault:mount/path#key}`.",
        examples=[{"address": "https://vault.example.com:8200", "auth": "approle"}],
    )
    ansible_vault: Annotated[AnsibleVaultSettings, BeforeValidator(none_as_mapping)] | None = Field(
        default=None,
        description="Encrypted files, for `${ansible-vault:path#key}`.",
        examples=[{"passwordFile": "~/.vault-password"}],
    )
    prompt: Annotated[PromptSettings, BeforeValidator(none_as_mapping)] | None = Field(
        default=None,
        description="Questions, for `${prompt:Text}`.",
        examples=[{"questions": {"Password of the shop": {"confirm": True}}}],
    )
