"""The error codes of identity and rights: logins, users, roles, sessions, tokens.

A part of the registry, ``core/error_codes.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from worldtree.core.error_code import ErrorCode, failed, refused, wrong_input

_FORBIDDEN = HTTPStatus.FORBIDDEN
_UNKNOWN = HTTPStatus.NOT_FOUND
_INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
_INTERNAL = HTTPStatus.INTERNAL_SERVER_ERROR
_BAD_GATEWAY = HTTPStatus.BAD_GATEWAY
_UNAUTHORIZED = HTTPStatus.UNAUTHORIZED

#: Code -> what it means, in the order of the codes.
IDENTITY_ERROR_CODES: Mapping[str, ErrorCode] = {
    "login-failed": refused("A login did not succeed, or took too long.", _UNAUTHORIZED),
    "login-limited": refused("There were too many failed logins.", HTTPStatus.TOO_MANY_REQUESTS),
    "login-missing": refused("No login at the service is saved.", _UNAUTHORIZED),
    "login-refused": refused("The name or the password is wrong.", _UNAUTHORIZED),
    "login-unavailable": failed(
        "The identity provider cannot be reached, or answers wrongly.", _BAD_GATEWAY
    ),
    "login-unconfigured": refused("The service knows no identity provider.", _UNKNOWN),
    "logins-unusable": failed("The file of saved logins cannot be used.", _INTERNAL),
    "oidc-misconfigured": failed("The settings of the identity provider are wrong.", _INTERNAL),
    "password-missing": refused("The user has no password that could be changed."),
    "password-unsuitable": refused("A new password is too short or too long.", _INVALID),
    "password-wrong": refused("The present password is another one.", _FORBIDDEN),
    "permission-missing": refused("The caller lacks a permission.", _FORBIDDEN),
    "permission-unknown": wrong_input("There is no such permission.", _INVALID),
    "role-builtin": refused("A built-in role cannot be changed."),
    "role-in-use": refused("Users have the role that would be deleted."),
    "role-unknown": wrong_input("There is no such role.", _UNKNOWN),
    "session-invalid": refused(
        "The session is unknown or over, or its user is disabled.", _UNAUTHORIZED
    ),
    "session-unknown": wrong_input("There is no such session.", _UNKNOWN),
    "token-invalid": refused(
        "The token is misspelt, unknown, revoked or expired, or its owner is disabled.",
        HTTPStatus.UNAUTHORIZED,
    ),
    "token-lifetime-exceeded": refused(
        "A token cannot create one that ends after itself.", _FORBIDDEN
    ),
    "token-lifetime-invalid": wrong_input(
        "A new token would expire too early or too late.", _INVALID
    ),
    "token-missing": refused("The request has no token.", _UNAUTHORIZED),
    "token-scopes-exceeded": refused(
        "A token with scopes cannot create a token with others.", _FORBIDDEN
    ),
    "token-unknown": wrong_input("There is no such token.", _UNKNOWN),
    "user-disabled": refused("The user is disabled."),
    "user-exists": refused("There is a user of this name already."),
    "user-not-local": refused("The user logs in at an identity provider."),
    "user-unknown": wrong_input("There is no such user.", _UNKNOWN),
}
