# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Talks to a registry by its HTTP API, version 2; nothing but the standard library is needed."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from urllib.parse import quote, urlsplit

#: What a registry may answer with, for manifests of any kind.
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
#: Bytes of an answer that are read; manifests and errors are smaller.
_MOST = 8 * 1024 * 1024


class RegistryError(Exception):
    """The registry cannot be reached, or refuses; the message never has a password."""


class Registry:
    """One registry, over one connection."""

    def __init__(self, url, ca_path=None, username=None, password=None, timeout=60):
        parts = urlsplit(url)
        self._where = "{0}://{1}".format(parts.scheme, parts.netloc)
        if parts.scheme == "https":
            try:
                context = ssl.create_default_context(cafile=ca_path)
            except (OSError, ssl.SSLError) as problem:
                raise RegistryError(
                    "the authorities in {0}: {1}".format(ca_path, problem)
                ) from None
            self._connection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(
                parts.hostname, parts.port, timeout=timeout
            )
        self._headers = {}
        if username is not None:
            word = "{0}:{1}".format(username, password or "").encode()
            self._headers["Authorization"] = "Basic " + base64.b64encode(word).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the connection."""
        self._connection.close()

    def request(self, method, path, expected, body=None, headers=None):
        """Return (status, headers, bytes) of an answer whose status is in C(expected)."""
        what = "{0} {1}{2}".format(method, self._where, path.partition("?")[0])
        try:
            self._connection.request(method, path, body, {**self._headers, **(headers or {})})
            answer = self._connection.getresponse()
            data = answer.read(_MOST)
        except ssl.SSLError as problem:
            self.close()
            raise RegistryError("{0}: TLS: {1}".format(what, problem)) from None
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            raise RegistryError(
                "{0}: {1}".format(what, str(problem) or type(problem).__name__)
            ) from None
        if answer.will_close:
            self.close()
        if answer.status not in expected:
            raise RegistryError("{0}: {1} {2}".format(what, answer.status, _reason(answer, data)))
        return answer.status, answer.headers, data

    def manifest_digest(self, repository, reference):
        """Return the digest of a manifest that the registry has, or None."""
        status, headers, _data = self.request(
            "HEAD",
            _path(repository, "manifests", reference),
            (200, 404),
            headers={"Accept": ", ".join(MANIFESTS)},
        )
        return headers.get("Docker-Content-Digest") if status == 200 else None

    def get_manifest(self, repository, reference):
        """Return (media type, bytes) of a manifest."""
        _status, headers, data = self.request(
            "GET",
            _path(repository, "manifests", reference),
            (200,),
            headers={"Accept": ", ".join(MANIFESTS)},
        )
        return headers.get("Content-Type"), data

    def put_manifest(self, repository, reference, media_type, data):
        """Store a manifest; what it refers to has to be there."""
        self.request(
            "PUT",
            _path(repository, "manifests", reference),
            (201,),
            data,
            {"Content-Type": media_type},
        )

    def delete_manifest(self, repository, digest):
        """Delete a manifest and its tags; false where the registry allows no deletion."""
        path = _path(repository, "manifests", digest)
        return self.request("DELETE", path, (202, 404, 405))[0] == 202

    def has_blob(self, repository, digest):
        """Tell whether the registry has a blob."""
        return self.request("HEAD", _path(repository, "blobs", digest), (200, 404))[0] == 200

    def get_blob(self, repository, digest):
        """Return the bytes of a small blob."""
        return self.request("GET", _path(repository, "blobs", digest), (200,))[2]

    def put_blob(self, repository, digest, stream, size):
        """Upload a blob in one request; the registry compares its digest."""
        _status, headers, _data = self.request(
            "POST", _path(repository, "blobs", "uploads/"), (202,), b""
        )
        # Of the place only path and query count: credentials go nowhere else.
        place = urlsplit(headers.get("Location", ""))
        query = "{0}&".format(place.query) if place.query else ""
        self.request(
            "PUT",
            "{0}?{1}digest={2}".format(place.path, query, quote(digest, safe="")),
            (201,),
            stream,
            {"Content-Length": str(size), "Content-Type": "application/octet-stream"},
        )


def _path(repository, kind, reference):
    return "/v2/{0}/{1}/{2}".format(quote(repository), kind, quote(reference, safe="/:"))


def _reason(answer, data):
    """Return what the registry says of an error."""
    if answer.status == 401:
        return "it refuses user or password"
    try:
        errors = json.loads(data)["errors"]
        return "; ".join("{code}: {message}".format(**one) for one in errors)
    except (ValueError, KeyError, TypeError):
        return answer.reason
