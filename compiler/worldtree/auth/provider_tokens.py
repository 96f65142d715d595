"""Tokens of an identity provider (JWT): whether they are its own, and what they say of the user.

Pure: the provider's keys come from outside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from worldtree.core.errors import RefusedError, WorldTreeError

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

#: Signatures with keys of a pair alone: with others, who can check a token could make one.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
#: Seconds by which clocks may differ.
_LEEWAY_SECONDS = 30
#: Groups of a user, and characters of a group, at most.
_MAX_GROUPS, _MAX_GROUP = 500, 255
_MAX_SUBJECT = 255
#: What a name of a user cannot have.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._@+-]+")
_MAX_NAME = 100
#: Digits of a digest that make a name unique.
_SUFFIX_LENGTH = 8


@dataclass(frozen=True)
class ProviderSettings:
    """An identity provider, and what this service is for it."""

    #: The URL that it calls itself.
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    #: The audience of tokens of programs; empty for the client's id.
    audience: str = ""
    #: The claim with the groups of a user; dots lead into objects.
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid", "profile", "email")


@dataclass(frozen=True)
class ProviderUser:
    """What a valid token says."""

    issuer: str
    subject: str
    #: Names for the user, best first; the last one is as good as unique.
    names: tuple[str, ...]
    groups: tuple[str, ...]
    #: Epoch seconds.
    expires: float


class UnknownKeyError(Exception):
    """The token names a key that is not among those known: the provider may have a new one."""


def looks_like_jwt(token: str) -> bool:
    """Whether ``token`` has the form of a signed JWT."""
    return token.count(".") == 2 and token.startswith("eyJ")


def read_keys(document: Mapping[str, Any]) -> KeySet:
    """Return the keys of a JWKS that can check signatures. Raises ``WorldTreeError``."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    listed = document.get("keys")
    usable = [
        one
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
        and one.get("kty") in ("RSA", "EC", "OKP")
        and one.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise WorldTreeError(
            "the identity provider has no keys that can be read", code="login-unavailable"
        ) from error


def check_token(
    token: str,
    keys: KeySet,
    settings: ProviderSettings,
    *,
    nonce: str | None = None,
    is_login: bool = True,
) -> ProviderUser:
    """Return what a token of the provider says.

    A login wants a token for this client (with ``nonce``, if given); else it is that of a program,
    for the audience of the settings. Raises ``RefusedError`` (``token-invalid``), and
    ``UnknownKeyError``.
    """
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError

    audience = settings.client_id if is_login else settings.audience or settings.client_id
    claims_registry = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
        claims_registry.validate(found.claims)
    except InvalidKeyIdError as error:
        raise UnknownKeyError from error
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _invalid() from error
    claims = found.claims
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if is_login and claims.get("azp", settings.client_id if not others else None) not in (
        settings.client_id,
    ):
        raise _invalid()
    if nonce is not None and claims.get("nonce") != nonce:
        raise _invalid()
    subject = claims["sub"]
    if not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable():
        raise _invalid()
    return ProviderUser(
        settings.issuer,
        subject,
        _names(claims, settings.issuer),
        read_groups(claims, settings.groups_claim),
        float(claims["exp"]),
    )


def read_groups(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the groups that a claim has, sorted; none where it is missing or no list of texts.

    ``path`` is the name of a claim, or names of objects and one in the last, with dots between.
    """
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    listed: Sequence[Any] = [found] if isinstance(found, str) else found or ()
    if not isinstance(listed, list):
        return ()
    named = {
        one
        for one in listed
        if isinstance(one, str) and 0 < len(one) <= _MAX_GROUP and one.isprintable()
    }
    return tuple(sorted(named)[:_MAX_GROUPS])


def _names(claims: Mapping[str, Any], issuer: str) -> tuple[str, ...]:
    """Return names for the user: who owns one already keeps it."""
    subject = claims["sub"]
    told = [claims.get("preferred_username"), claims.get("email"), subject]
    texts = [one for one in told if isinstance(one, str)]
    plain = [_NOT_IN_NAMES.sub("-", one).strip("._@+-")[:_MAX_NAME] for one in texts]
    names = [one for one in plain if one] or ["user"]
    suffix = hashlib.sha256(f"{issuer} {subject}".encode("utf-8", "replace")).hexdigest()
    return (names[0], f"{names[0]}-{suffix[:_SUFFIX_LENGTH]}", f"user-{suffix}")


def _invalid() -> RefusedError:
    return RefusedError("the token is not valid", code="token-invalid", hint="log in again")
