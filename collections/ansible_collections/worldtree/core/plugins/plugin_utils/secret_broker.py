# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Client of the secrets broker of a run by C(wt), over its private socket."""

from __future__ import annotations

import json
import socket

from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve

#: The environment variable that names the socket.
VARIABLE = "WORLDTREE_SECRETS"
#: Seconds; the broker reports a store that does not answer well before.
_TIMEOUT = 120


def ask(path, reference):
    """Return the secret that C(reference) names; raises C(CannotResolve)."""
    answer = _talk(path, {"get": reference})
    if "value" not in answer:
        raise CannotResolve(answer.get("error", "the answer of the secrets broker is invalid"))
    return answer["value"]


def put(path, reference, text):
    """Store a secret that a task created in the broker; raises C(CannotResolve)."""
    answer = _talk(path, {"put": [reference, text]})
    if "error" in answer:
        raise CannotResolve(answer["error"])


def known_values(path):
    """Return all values that are redacted; raises C(CannotResolve)."""
    answer = _talk(path, {"values": 0})
    if "values" not in answer:
        raise CannotResolve(answer.get("error", "the answer of the secrets broker is invalid"))
    return answer["values"]


def _talk(path, question):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(path)
            connection.sendall(json.dumps(question).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        return json.loads(line)
    except (OSError, ValueError):
        raise CannotResolve(
            "the secrets broker of this task does not answer; run wt resume"
        ) from None
