"""Writes an OCI image layout whose only layer has the given text: ``layout.py DIRECTORY TEXT``."""

import hashlib
import json
import pathlib
import sys

PLACE = pathlib.Path(sys.argv[1])
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def add(data, media_type):
    """Write a blob, and return its descriptor."""
    name = hashlib.sha256(data).hexdigest()
    (PLACE / "blobs/sha256" / name).write_bytes(data)
    return {"mediaType": media_type, "digest": "sha256:" + name, "size": len(data)}


(PLACE / "blobs/sha256").mkdir(parents=True)
text = sys.argv[2].encode()
config = add(json.dumps({"os": "linux", "author": sys.argv[2]}).encode(), "application/json")
layers = [add(text, "application/vnd.oci.image.layer.v1.tar")]
image = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
manifest = add(json.dumps(image).encode(), MANIFEST)
index = {"schemaVersion": 2, "manifests": [manifest]}
(PLACE / "index.json").write_text(json.dumps(index))
