"""Requests to object stores that speak S3: their URLs, their signatures (SigV4), their errors.

Signatures are made by botocore, which is not used for more: its own transport would bring other
rules for proxies, authorities, stalls and redirects than the rest of the sources have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx2

from worldtree.artifacts.sources.http_answers import status_error
from worldtree.artifacts.sources.http_client import HEADERS, send, start_of
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_locations import is_readable_by_others
from worldtree.spec.artifact_references import BadReferenceError, S3Object, s3_object

if TYPE_CHECKING:
    from types import ModuleType

_DEFAULT_REGION = "us-east-1"
#: Bytes of an answer that tells an error; they have a few hundred.
_MAX_ERROR_BYTES = 64 << 10
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")
_REGION = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
#: What people can do about an error of S3.
_MEANINGS: Mapping[str, str] = {
    "AccessDenied": "the key may not read it, or nobody may without a key",
    "InvalidAccessKeyId": "the server does not know `accessKey`",
    "SignatureDoesNotMatch": "`secretKey` is not that of `accessKey`, or a proxy changes requests",
    "RequestTimeTooSkewed": "the clocks of this machine and of the server differ",
    "ExpiredToken": "`token` has expired",
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "the bucket has no such key",
    "AuthorizationHeaderMalformed": "`region` is not that of the bucket",
}


@dataclass(frozen=True, slots=True)
class S3Target:
    """An object of a server, and the credentials for it; its text shows none of them."""

    source: ArtifactSource
    context: SourceContext

    def object(self) -> S3Object:
        """Return what the location names. Raises ``SourceError``."""
        try:
            return s3_object(self.source.location)
        except BadReferenceError as bad:
            raise SourceError(bad.reason) from None

    def url(self, query: str = "") -> str:
        """Return the URL of the object; ``query`` is encoded. Raises ``SourceError``."""
        found, source = self.object(), self.source
        region = source.region or _DEFAULT_REGION
        endpoint = urlsplit(source.endpoint or f"https://s3.{region}.amazonaws.com")
        is_path_style = source.path_style
        if is_path_style is None:
            # Certificates for `*.s3.…` are none for a name with one more dot.
            is_path_style = source.endpoint is not None or "." in found.bucket
        key = quote(found.key, safe="/~")
        place = f"/{found.bucket}/{key}" if is_path_style else f"/{key}"
        host = endpoint.netloc if is_path_style else f"{found.bucket}.{endpoint.netloc}"
        parts = [query, f"versionId={quote(found.version, safe='')}" if found.version else ""]
        asked = "&".join(part for part in parts if part)
        return f"{endpoint.scheme}://{host}{place}" + (f"?{asked}" if asked else "")

    def ask(
        self,
        client: httpx2.Client,
        method: str,
        headers: Mapping[str, str] | None = None,
        *,
        query: str = "",
        body: bytes = b"",
    ) -> httpx2.Response:
        """Return the answer to a signed request; its body is not read. Raises ``SourceError``."""
        url = self.url(query)
        signed = self._signed(method, url, dict(headers or {}), body)
        # Added after signing: proxies change them.
        return send(client, method, httpx2.URL(url), {**HEADERS, **signed}, body)

    def _signed(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Any:
        source, secret = self.source, self.context.secret
        if source.access_key is None or source.secret_key is None:
            return headers
        if source.token is not None and is_readable_by_others(url):
            # The check of documents does not see the sources of components.
            raise SourceError("`token` is not sent by http, which others can read")
        botocore = _signer()
        token = None if source.token is None else secret(source.token)
        pair = botocore.Credentials(secret(source.access_key), secret(source.secret_key), token)
        request = botocore.AWSRequest(method=method, url=url, headers=headers, data=body)
        region = source.region or _DEFAULT_REGION
        botocore.S3SigV4Auth(pair, "s3", region).add_auth(request)
        return dict(request.headers.items())


def answer_error(response: httpx2.Response) -> SourceError:
    """Return what an answer that is not the wanted one means; reads the start of its body."""
    status = response.status_code
    if 300 <= status < 400:
        # A signature is one for the host, so that a redirect cannot be followed.
        region = response.headers.get("x-amz-bucket-region", "")
        where = f"; set `region: {region}`" if _REGION.fullmatch(region) else ""
        return SourceError(f"the bucket is at another server or in another region{where}")
    match = _CODE.search(start_of(response, _MAX_ERROR_BYTES))
    if match is None:
        return status_error(status)
    code = match[1].decode()
    meaning = _MEANINGS.get(code)
    if code == "RequestTimeout" and status == HTTPStatus.BAD_REQUEST:
        return SourceError("the server waited too long for the request", is_transient=True)
    return status_error(status, f": {code}" + (f", {meaning}" if meaning else ""))


@lru_cache(maxsize=1)
def _signer() -> ModuleType:
    """Return botocore's signatures, which take long to import. Raises ``SourceError``."""
    try:
        from worldtree.artifacts.sources import s3_signer
    except ImportError:
        raise SourceError(
            "signed requests to S3 need the package botocore: install `worldtree[s3]`"
        ) from None
    return s3_signer
