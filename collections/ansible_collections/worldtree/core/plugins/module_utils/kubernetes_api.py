# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Talks to the API of a cluster through ``kubectl proxy`` on a socket that nobody else can reach.

kubectl reads the kubeconfig, whatever it says of certificates, tokens and programs, so that neither
a library nor a secret in an argument list is needed. One process of it serves all requests.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import namedtuple
from urllib.parse import quote, urlencode

from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import (
    MANAGER,
    Ref,
    group_of,
)

_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 20
_ANSWER_SECONDS = 60
#: How often, and how long apart in seconds, a request is sent again that the API could not take.
_TRIES, _PAUSE = 5, 1


#: A kind that is served: the path of its version, its plural, whether it is in namespaces, verbs.
Resource = namedtuple("Resource", ("path", "plural", "in_namespaces", "verbs"))


class ApiError(Exception):
    """The API refused a request, or did not answer; the message is for users."""

    def __init__(self, message, status=0, reason="", causes=()):
        super().__init__(message)
        #: Code of HTTP; 0 where there was no answer.
        self.status = status
        self.reason = reason
        self.causes = list(causes)

    @property
    def conflicts(self):
        """The fields that others have, as (field, who)."""
        found = []
        for one in self.causes:
            if one.get("reason") == "FieldManagerConflict":
                words = one.get("message", "").split('"')
                who = words[1] if len(words) > 2 else one.get("message", "")
                found.append((one.get("field", ""), who))
        return found

    @property
    def is_passing(self):
        """Whether a later request may succeed: nobody answered, or what answers is starting."""
        starting = self.status == 500 and "failed calling webhook" in str(self)
        return starting or self.status in (0, 429, 502, 503, 504)


class UnknownKindError(ApiError):
    """The API serves no such kind; it may once its definition is there."""


class Api:
    """The API of one cluster, as a context."""

    def __init__(self, kubectl, kubeconfig):
        self._words = [kubectl, "proxy", "--kubeconfig=" + kubeconfig]
        self._directory = None
        self._process = None
        self._served = {}

    def __enter__(self):
        # Only its owner can enter a directory of this function.
        self._directory = tempfile.mkdtemp(prefix="worldtree-kubectl-")
        try:
            self._start()
        except BaseException:  # An interrupt, too: no process may be left.
            self.__exit__()
            raise
        return self

    def __exit__(self, *_problem):
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def _socket(self):
        return os.path.join(self._directory, "socket")

    def _start(self):
        library = ctypes.CDLL(None)
        try:
            self._process = subprocess.Popen(
                [*self._words, "--unix-socket=" + self._socket],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                # It ends with this process, however that ends.
                preexec_fn=lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        except OSError as problem:
            raise ApiError("{0}: {1}".format(self._words[0], problem.strerror)) from problem
        end = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                said = self._process.stderr.read().decode("utf-8", "replace").strip()
                raise ApiError("`kubectl proxy` ended: {0}".format(said or "it gave no reason"))
            if time.monotonic() > end:
                raise ApiError("`kubectl proxy` did not start within {0} s".format(_START_SECONDS))
            time.sleep(0.01)

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as one:
            try:
                one.connect(self._socket)
            except OSError:
                return False
        return True

    def request(self, method, path, body=None, kind="application/json", **query):
        """Return the decoded answer; raises ``ApiError``.

        What nobody answered, or what is only starting, is asked again for some seconds.
        """
        for left in reversed(range(_TRIES)):
            try:
                return self._request(method, path, body, kind, query)
            except ApiError as problem:
                if not left or not problem.is_passing:
                    raise
            time.sleep(_PAUSE)
        raise AssertionError("unreachable: the last try returns or raises")

    def _request(self, method, path, body, kind, query):
        connection = _Connection(self._socket)
        text = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json"}
        if text is not None:
            headers["Content-Type"] = kind
        place = path + ("?" + urlencode(query) if query else "")
        try:
            connection.request(method, place, text, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise ApiError(
                "the API of the cluster does not answer: {0}".format(problem)
            ) from problem
        finally:
            connection.close()
        return _decoded(answer.status, data)

    def resource(self, api_version, kind):
        """Return the C(Resource) of a kind; raises ``UnknownKindError`` where it is not served."""
        found = self.served(api_version).get(kind)
        if found is None:
            # It may be served since it was asked for.
            self._served.pop(api_version, None)
            found = self.served(api_version).get(kind)
        if found is None:
            raise UnknownKindError(
                "the cluster has no kind {0} of {1}".format(kind, api_version), status=404
            )
        return found

    def served(self, api_version):
        """Return kind -> C(Resource) of a version, which is empty for one that is not served."""
        if api_version not in self._served:
            path = ("/apis/" if "/" in api_version else "/api/") + api_version
            try:
                listed = self.request("GET", path)["resources"]
            except ApiError as problem:
                if problem.status != 404:
                    raise
                return {}
            self._served[api_version] = {
                one["kind"]: Resource(path, one["name"], one["namespaced"], one["verbs"])
                for one in listed
                if "/" not in one["name"]
            }
        return self._served[api_version]

    def preferred(self, group):
        """Return the version in which the cluster serves a group by itself, or None."""
        if not group:
            return "v1"
        try:
            return self.request("GET", "/apis/" + group)["preferredVersion"]["groupVersion"]
        except ApiError as problem:
            if problem.status != 404:
                raise
            return None

    def versions(self):
        """Return the version of each group that the cluster prefers, the core one first."""
        groups = self.request("GET", "/apis")["groups"]
        return ["v1", *(one["preferredVersion"]["groupVersion"] for one in groups)]

    def path(self, api_version, kind, namespace, name=""):
        """Return the path of an object, or of all of a kind; raises ``UnknownKindError``."""
        served = self.resource(api_version, kind)
        inside = served.in_namespaces and namespace
        place = "/namespaces/" + quote(namespace, safe="") if inside else ""
        named = "/" + quote(name, safe=":") if name else ""
        return served.path + place + "/" + served.plural + named

    def get(self, api_version, ref):
        """Return an object, or None where it or its kind does not exist."""
        try:
            return self.request("GET", self.path(api_version, ref.kind, ref.namespace, ref.name))
        except ApiError as problem:
            if problem.status != 404:
                raise
            return None

    def get_any(self, ref):
        """Return an object in the version that the cluster prefers, or None."""
        version = self.preferred(ref.group)
        return None if version is None else self.get(version, ref)

    def list(self, api_version, kind, namespace="", **query):
        """Return the objects of a kind, in one namespace or in all."""
        found = self.request("GET", self.path(api_version, kind, namespace), **query)
        return [dict(one, apiVersion=api_version, kind=kind) for one in found["items"]]

    def apply(self, wanted, *, force=False, dry_run=False):
        """Apply an object on the server, and return what it is then."""
        ref = Ref(
            group_of(wanted["apiVersion"]),
            wanted["kind"],
            wanted["metadata"].get("namespace") or "",
            wanted["metadata"]["name"],
        )
        query = {
            "fieldManager": MANAGER,
            "force": str(force).lower(),
            # A misspelt field is an error, not ignored.
            "fieldValidation": "Strict",
        }
        if dry_run:
            query["dryRun"] = "All"
        path = self.path(wanted["apiVersion"], ref.kind, ref.namespace, ref.name)
        return self.request("PATCH", path, wanted, _APPLY, **query)

    def merge(self, api_version, ref, change):
        """Merge C(change) into an object."""
        path = self.path(api_version, ref.kind, ref.namespace, ref.name)
        return self.request("PATCH", path, change, _MERGE, fieldManager=MANAGER)

    def delete(self, found, ref):
        """Delete exactly the object that was read; return whether it was there."""
        options = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Background",
            "preconditions": {"uid": found["metadata"]["uid"]},
        }
        path = self.path(found["apiVersion"], ref.kind, ref.namespace, ref.name)
        try:
            self.request("DELETE", path, options)
        except ApiError as problem:
            if problem.status != 404:
                raise
            return False
        return True


def missing_tool(kubectl, kubeconfig):
    """Return what of these a host does not have, as before its cluster is made; else nothing."""
    if shutil.which(kubectl) is None:
        return kubectl
    return "" if os.path.exists(kubeconfig) else kubeconfig


class _Connection(http.client.HTTPConnection):
    """HTTP on a socket of this machine."""

    def __init__(self, path):
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self):
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _decoded(status, data):
    try:
        found = json.loads(data) if data else {}
    except ValueError:
        found = {"message": data.decode("utf-8", "replace").strip()}
    if status < 400:
        return found
    details = found.get("details") or {}
    raise ApiError(
        found.get("message") or "the API answered with the code {0}".format(status),
        status,
        found.get("reason", ""),
        details.get("causes") or (),
    )
