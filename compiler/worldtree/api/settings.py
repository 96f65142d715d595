"""Settings of the API, and how it learns who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.auth.principal import Principal

if TYPE_CHECKING:
    from worldtree.app.admin.provider_login import ProviderLogin

#: Where everything but health and errors is.
API_PREFIX = "/api/v1"
#: The project of requests that name none.
DEFAULT_PROJECT = "default"


@dataclass(frozen=True)
class ApiSettings:
    """What a service gives its API."""

    #: Returns whose a token is; raises ``RefusedError`` with the code ``token-invalid``.
    authenticate: Callable[[str], Principal]
    #: Bytes of a request's body at most.
    max_body_bytes: int = 1024 * 1024
    #: Logs users of an identity provider in; None where there is none.
    provider_login: ProviderLogin | None = None
    #: Requests of a user, and refused tokens of an address, per minute at most; 0 is no limit.
    max_requests: int = 0
    max_failures: int = 0
