# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Asks the broker of secrets of a run by C(wt), over its private socket."""

from __future__ import annotations

import json
import socket

from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve

#: The environment variable that names the socket.
VARIABLE = "WORLDTREE_SECRETS"
# A store that does not answer is told by the broker, well before.
_PATIENCE = 120


def ask(path, reference):
    """Return the secret that C(reference) names; raises C(CannotResolve)."""
    answer = _talk(path, {"get": reference})
    if "value" not in answer:
        raise CannotResolve(answer.get("error", "the answer is not understood"))
    return answer["value"]


def put(path, reference, text):
    """Let the broker hold a secret that a task made; raises C(CannotResolve)."""
    answer = _talk(path, {"put": [reference, text]})
    if "error" in answer:
        raise CannotResolve(answer["error"])


def _talk(path, question):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(path)
            connection.sendall(json.dumps(question).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        return json.loads(line)
    except (OSError, ValueError):
        raise CannotResolve(
            "the process of wt that holds this task's secrets does not answer; run wt resume"
        ) from None
