"""An image of a few bytes, and what a host of the lab needs to run it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from base64 import b64decode
from pathlib import Path

from acceptance.workspace import ROOT

#: What a host of the lab needs to run containers: it is one itself, on an overlay.
PREPARE_HOST = """
mkdir -p /var/lib/containerd && mount -t tmpfs -o mode=0711 tmpfs /var/lib/containerd
for group in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$group"; done
"""


def write_image(path: Path) -> None:
    """Write an OCI layout as a tar file, with a program of a few bytes that waits for signals."""
    program = b64decode((ROOT / "molecule/containerd/wait.b64").read_text())
    files: dict[str, bytes] = {}

    def add(data: bytes, media_type: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        files[f"blobs/sha256/{digest}"] = data
        kind = f"application/vnd.oci.image.{media_type}"
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    layer = add(_packed({"wait": program}), "layer.v1.tar")
    settings = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/wait"]},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    config = add(json.dumps(settings).encode(), "config.v1+json")
    body = {"schemaVersion": 2, "config": config, "layers": [layer]}
    manifest = add(json.dumps(body).encode(), "manifest.v1+json")
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
    path.write_bytes(_packed(files))


def _packed(files: dict[str, bytes]) -> bytes:
    """Return files as a tar; all of them are executable."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            made.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
