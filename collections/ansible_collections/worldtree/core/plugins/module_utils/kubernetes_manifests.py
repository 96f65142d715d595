# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Reads manifests on a host, and builds kustomizations there, by kubectl.

Hosts need no library for YAML.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile

from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import flattened

#: kubectl prints an object as JSON only where it does something with it; this label goes again.
_NOTHING = "worldtree.io/read"


class ManifestError(Exception):
    """A manifest cannot be read; the message is for users."""


def read_manifest(kubectl, text, name):
    """Return the objects of a YAML or JSON text; raises ``ManifestError``."""
    words = [kubectl, "label", "--local", "--filename=-", "--output=json", _NOTHING + "=yes"]
    found = []
    rest = _run(words, text, name).strip()
    decoder = json.JSONDecoder()
    while rest:
        one, end = decoder.raw_decode(rest)
        found.append(one)
        rest = rest[end:].strip()
    made = flattened(found)
    for one in made:
        labels = one["metadata"]["labels"]
        del labels[_NOTHING]
        if not labels:
            del one["metadata"]["labels"]
    return made


def build(kubectl, files, path):
    """Return the objects of a kustomization; ``files`` is path -> text of all that it reads."""
    directory = tempfile.mkdtemp(prefix="worldtree-kustomize-")
    try:
        for name, text in files.items():
            place = os.path.join(directory, name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as stream:
                stream.write(text)
        name = "the kustomization {0}".format(path)
        built = _run([kubectl, "kustomize", os.path.join(directory, path)], "", name)
        return read_manifest(kubectl, built, name) if built.strip() else []
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(words, text, name):
    try:
        done = subprocess.run(words, input=text.encode(), capture_output=True, check=False)
    except OSError as problem:
        raise ManifestError("{0}: {1}".format(words[0], problem.strerror)) from problem
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise ManifestError("{0}: kubectl cannot read it: {1}".format(name, said))
    return done.stdout.decode("utf-8")
