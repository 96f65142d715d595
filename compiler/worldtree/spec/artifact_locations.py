"""Where an artifact is: a URL with a scheme, or a path; with placeholders for its variants.

A location is ``https://example.com/etcd-{version}-{architecture}.tar.gz`` or ``./files/etcd``.
Schemes beside the built-in ones are entry points of packages; only their names are used here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from worldtree.core.loopback import is_loopback_host
from worldtree.plugins import has_entry
from worldtree.spec.artifact_references import BadReferenceError, oci_reference, s3_object

#: Built-in schemes; a location without a scheme is a path beside the document.
SCHEMES = ("file", "http", "https", "oci", "s3")
#: Entry-point group of the schemes of other packages.
SCHEME_GROUP = "worldtree.artifact_sources"

#: Placeholders of a location, and whether each differs between architectures.
PLACEHOLDERS: Mapping[str, bool] = {
    "name": False,
    "version": False,
    "platform": False,
    "architecture": True,
    "machine": True,
}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def is_path(location: str) -> bool:
    """Whether a location is a path, without a scheme."""
    return _SCHEME.match(location) is None


def scheme_of(location: str) -> str:
    """Return the scheme of a location in lower case; ``file`` for a path."""
    match = _SCHEME.match(location)
    return "file" if match is None else match.group(1).lower()


def is_scheme(name: str) -> bool:
    """Whether ``name`` is a scheme: built-in or of an installed package."""
    return name in SCHEMES or has_entry(SCHEME_GROUP, name)


def placeholders_of(location: str) -> list[str]:
    """Return the names in braces, in order; they may be unknown."""
    return _PLACEHOLDER.findall(location)


def differs_by_architecture(location: str) -> bool:
    """Whether a location names another file for each architecture."""
    return any(PLACEHOLDERS.get(name, False) for name in placeholders_of(location))


def filled_location(location: str, values: Mapping[str, str]) -> str:
    """Return a location with its placeholders replaced; ``values`` has every known name."""
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], location)


def shown_location(location: str) -> str:
    """Return a location for people and logs: without user, password, query and fragment.

    The query of a signed URL is a credential.
    """
    if is_path(location):
        return location
    try:
        parts = urlsplit(location)
    except ValueError:
        return f"{scheme_of(location)}://…"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def has_credentials(url: str) -> bool:
    """Whether a URL has a user or a password, also one that is not valid."""
    match = _SCHEME.match(url)
    return match is not None and "@" in re.split(r"[/?#]", url[match.end() :], maxsplit=1)[0]


def is_loopback_url(url: str) -> bool:
    """Whether the server of a URL is this machine."""
    try:
        return is_loopback_host(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_readable_by_others(url: str) -> bool:
    """Whether a URL is one of http to another machine: what is sent there is not encrypted."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.scheme == "http" and not is_loopback_host(parts.hostname or "")


def location_problem(location: str) -> tuple[str, str] | None:
    """Return (what is wrong with a location, how to fix it), or None; never with a password."""
    unknown = next((name for name in placeholders_of(location) if name not in PLACEHOLDERS), None)
    if unknown is not None:
        known = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)
        return f"unknown placeholder `{{{unknown}}}`", f"use one of {known}"
    if is_path(location):
        if not location.strip() or "\0" in location:
            return "the path is empty or has a NUL", "write a path or a URL"
        return None
    scheme = scheme_of(location)
    if not is_scheme(scheme):
        return (
            f"unknown scheme `{scheme}`",
            "use `https`, `http`, `file`, `s3` or `oci`, or install the package that brings the"
            " scheme",
        )
    try:
        parts = urlsplit(location)
        _ = parts.port  # Raises for a port that is no number.
    except ValueError:
        return "the URL is not valid", "write it as `https://example.com/file`"
    return _url_problem(scheme, parts, location)


def proxy_problem(proxy: str) -> tuple[str, str] | None:
    """Return (what is wrong with the URL of a proxy, how to fix it), or None."""
    try:
        parts = urlsplit(proxy)
        _ = parts.port
    except ValueError:
        return "the URL of the proxy is not valid", "write it as `http://proxy.example.com:3128`"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "a proxy is a URL of http or https", "write it as `http://proxy.example.com:3128`"
    if has_credentials(proxy):
        return "the URL of the proxy has a user or a password", "give them by keys of their own"
    return None


def endpoint_problem(endpoint: str) -> tuple[str, str] | None:
    """Return (what is wrong with the URL of an S3 server, how to fix it), or None."""
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError:
        return "the URL of the endpoint is not valid", "write it as `https://s3.example.com`"
    if has_credentials(endpoint):
        return "the URL of the endpoint has a user or a password", "use `accessKey`, `secretKey`"
    is_server = parts.scheme in ("http", "https") and bool(parts.hostname)
    if not is_server or parts.path not in ("", "/") or parts.query or parts.fragment:
        return (
            "an endpoint is a URL of http or https without a path",
            "write it as `https://s3.example.com`; the bucket belongs into the location",
        )
    return None


def _url_problem(scheme: str, parts: SplitResult, location: str) -> tuple[str, str] | None:
    if has_credentials(location):
        return "the URL has a user or a password", "give them by keys of their own"
    if _CONTROL.search(location):
        return "the URL has a blank or a control character", "encode it, a blank as `%20`"
    if scheme in ("s3", "oci"):
        try:
            (s3_object if scheme == "s3" else oci_reference)(location)
        except BadReferenceError as bad:
            return bad.reason, bad.hint
        return None
    if scheme == "file":
        is_local = parts.netloc == "" and parts.path.startswith("/")
        return None if is_local else ("a file URL has an absolute path", "write `file:///path`")
    if scheme in SCHEMES and not parts.hostname:
        return "the URL has no host", "write it as `https://example.com/file`"
    return None
