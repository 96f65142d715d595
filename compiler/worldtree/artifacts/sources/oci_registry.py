"""A registry that speaks the distribution specification: manifests, blobs, and how one logs in.

A registry answers 401 and says how: with a user and password (Basic), or with a token (Bearer) that
a server gives which the registry names. That server gets the user and the password, by https only.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from http import HTTPStatus
from urllib.parse import quote

import httpx2

from worldtree.artifacts.sources.http_answers import status_error
from worldtree.artifacts.sources.http_client import (
    HEADERS,
    get_following,
    parsed_url,
    send,
    start_of,
)
from worldtree.artifacts.sources.http_source import basic_authorization
from worldtree.artifacts.sources.oci_manifests import INDEX_TYPES, MANIFEST_TYPES, read_json
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError
from worldtree.core.loopback import is_loopback_host
from worldtree.plan.artifact import ArtifactSource
from worldtree.spec.artifact_references import OciReference

#: Bytes of a manifest; the specification asks registries to accept 4 MiB.
_MAX_MANIFEST_BYTES = 4 << 20
_MAX_ANSWER_BYTES = 1 << 20
_PARAMETER = re.compile(r'([A-Za-z]+)="([^"]*)"')
_ERROR_CODE = re.compile(r"[A-Z_]{1,64}")
_MEANINGS: Mapping[str, str] = {
    "MANIFEST_UNKNOWN": "the repository has no such tag or digest",
    "NAME_UNKNOWN": "the registry has no such repository",
    "BLOB_UNKNOWN": "the registry has no such blob",
    "DENIED": "the user may not read the repository",
    "TOOMANYREQUESTS": "the registry limits requests",
}


class OciRegistry:
    """One repository of a registry, asked with one client from several threads."""

    def __init__(
        self,
        client: httpx2.Client,
        reference: OciReference,
        source: ArtifactSource,
        context: SourceContext,
        actions: str = "pull",
    ) -> None:
        """``actions`` is what a token is asked for. Raises ``SourceError`` for http elsewhere."""
        self._client, self._reference = client, reference
        self._source, self._context, self._actions = source, context, actions
        self._scheme = "https"
        if source.plain_http:
            if not is_loopback_host(_host_of(reference.host)):
                # The check of documents does not see the sources of components.
                raise SourceError("`plainHttp` is for registries on this machine only")
            self._scheme = "http"
        self._lock = threading.Lock()
        self._authorization: Mapping[str, str] = {}
        if source.token is not None:
            self._authorization = {"Authorization": f"Bearer {context.secret(source.token)}"}

    def manifest(self, name: str) -> tuple[bytes, str]:
        """Return the bytes of the manifest ``name``, a tag or a digest, and their media type.

        Raises ``SourceError``, also for bytes that are not those of the digest.
        """
        accepted = {"Accept": ", ".join((*INDEX_TYPES, *MANIFEST_TYPES))}
        with closing(self.get(f"manifests/{name}", accepted)) as response:
            if response.status_code != HTTPStatus.OK:
                raise answer_error(response)
            content = start_of(response, _MAX_MANIFEST_BYTES + 1)
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if len(content) > _MAX_MANIFEST_BYTES:
            raise SourceError("the manifest is too large")
        if name.startswith("sha256:") and hashlib.sha256(content).hexdigest() != name[7:]:
            raise SourceError("the manifest has another sha256 than it was asked for by")
        return content, media_type

    def get(self, path: str, headers: Mapping[str, str]) -> httpx2.Response:
        """Return the answer to a GET below the repository, after logging in where that is needed.

        Raises ``SourceError``.
        """
        url = self.url(path)
        known = self._authorization
        response = get_following(self._client, url, {**HEADERS, **headers}, known)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._source.token is None:
            said = response.headers.get("WWW-Authenticate", "")
            response.close()
            login = self.log_in(said, known)
            response = get_following(self._client, url, {**HEADERS, **headers}, login)
        return response

    def ask(
        self,
        method: str,
        url: httpx2.URL,
        headers: Mapping[str, str],
        body: Callable[[], bytes | Iterable[bytes]] = lambda: b"",
    ) -> httpx2.Response:
        """Return the answer to a request to the registry, whose redirects are not followed.

        ``body`` makes it again for the request after logging in. Raises ``SourceError``.
        """
        known = self._authorization
        sent = {**HEADERS, **headers}
        response = send(self._client, method, url, {**sent, **known}, body())
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._source.token is None:
            said = response.headers.get("WWW-Authenticate", "")
            response.close()
            login = self.log_in(said, known)
            response = send(self._client, method, url, {**sent, **login}, body())
        return response

    def url(self, path: str) -> httpx2.URL:
        """Return the URL of something below the repository."""
        reference = self._reference
        return parsed_url(f"{self._scheme}://{reference.host}/v2/{reference.repository}/{path}")

    def log_in(self, said: str, known: Mapping[str, str]) -> Mapping[str, str]:
        """Return the header that the registry wants; ``said`` is its ``WWW-Authenticate``.

        ``known`` is the one that was refused; another thread may have a newer one by now.
        """
        with self._lock:
            if self._authorization == known:
                self._authorization = self._login(said)
            return self._authorization

    def _login(self, said: str) -> Mapping[str, str]:
        way, _, rest = said.partition(" ")
        basic = basic_authorization(self._source, self._context)
        if way.lower() == "basic":
            if not basic:
                raise SourceError("the registry asks for `username` and `password`")
            return basic
        if way.lower() != "bearer":
            raise SourceError("the registry does not say how to log in")
        parameters = dict(_PARAMETER.findall(rest))
        return {"Authorization": f"Bearer {self._token(parameters, basic)}"}

    def _token(self, parameters: Mapping[str, str], basic: Mapping[str, str]) -> str:
        realm = parsed_url(parameters.get("realm", ""))
        is_own = realm.scheme == "http" and self._scheme == "http"
        if realm.scheme != "https" and not (is_own and is_loopback_host(realm.host)):
            raise SourceError("the registry names a token server that is not one of https")
        repository = self._reference.repository
        scope = parameters.get("scope") or f"repository:{repository}:{self._actions}"
        query = f"scope={quote(scope, safe='')}"
        if service := parameters.get("service"):
            query += f"&service={quote(service, safe='')}"
        url = realm.copy_with(query="&".join(filter(None, [realm.query.decode(), query])).encode())
        with closing(get_following(self._client, url, HEADERS, basic)) as response:
            if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise SourceError(
                    "the registry refuses the user or the password"
                    if basic
                    else "the registry asks for `username` and `password`"
                )
            if response.status_code != HTTPStatus.OK:
                raise status_error(response.status_code, " to the request for a token")
            data = read_json(start_of(response, _MAX_ANSWER_BYTES), "the token")
        token = data.get("token") or data.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise SourceError("the token server gives no token")
        return token


def answer_error(response: httpx2.Response) -> SourceError:
    """Return what an answer that is not the wanted one means; reads the start of its body."""
    status = response.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        return SourceError("the registry refuses the credentials, or asks for some")
    code = ""
    try:
        errors = read_json(start_of(response, _MAX_ANSWER_BYTES), "the error").get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            code = str(errors[0].get("code", ""))
    except SourceError:
        code = ""  # A proxy, or the store behind the registry, answers in its own way.
    if not _ERROR_CODE.fullmatch(code):
        return status_error(status)
    meaning = _MEANINGS.get(code)
    return status_error(status, f": {code}" + (f", {meaning}" if meaning else ""))


def _host_of(registry: str) -> str:
    """Return a registry's host without its port and brackets."""
    return httpx2.URL(f"http://{registry}").host
