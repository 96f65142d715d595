"""A real registry of this machine for the length of a block: Debian's docker-registry, version 2.8.

Pushes images, indexes and charts into it by the distribution specification.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from debian_programs import debian_program

USER, PASSWORD = "deploy", "pass wörd"
#: Of the password, by `htpasswd -nbB -C 4`.
HTPASSWD = "deploy:$2y$04$yOI9S9yTdOtjRC410lX63O1XwK4.oe8.ehP6vbNXvitclIRwR68Su\n"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
HELM_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


@dataclass
class Registry:
    """Where it answers, and how one pushes to it."""

    host: str
    directory: Path
    client: httpx2.Client
    #: Of what was pushed: sha256 of each manifest by `repository:tag`.
    manifests: dict[str, str] = field(default_factory=dict)

    def location(self, name: str) -> str:
        """Return the location of `repository:tag`."""
        return f"oci://{self.host}/{name}"

    def blob_file(self, digest: str) -> Path:
        """Return the file of a blob, for damage."""
        return self.directory / f"docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data"

    def push_blob(self, repository: str, content: bytes) -> str:
        """Store a blob; return its sha256."""
        digest = hashlib.sha256(content).hexdigest()
        started = self.client.post(f"/v2/{repository}/blobs/uploads/")
        assert started.status_code == 202, started.text
        place = httpx2.URL(started.headers["Location"])
        place = place.copy_merge_params({"digest": f"sha256:{digest}"})
        stored = self.client.put(place, content=content)
        assert stored.status_code == 201, stored.text
        return digest

    def push_manifest(self, name: str, data: Mapping[str, Any], media_type: str) -> dict[str, Any]:
        """Store a manifest as `repository:tag`; return its descriptor."""
        repository, _, tag = name.partition(":")
        content = json.dumps(data).encode()
        stored = self.client.put(
            f"/v2/{repository}/manifests/{tag}",
            content=content,
            headers={"Content-Type": media_type},
        )
        assert stored.status_code == 201, stored.text
        digest = hashlib.sha256(content).hexdigest()
        self.manifests[name] = digest
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def push(
        self,
        name: str,
        layers: Sequence[bytes],
        *,
        config: Mapping[str, Any] | None = None,
        config_type: str = OCI_CONFIG,
        layer_type: str = "application/vnd.oci.image.layer.v1.tar",
    ) -> dict[str, Any]:
        """Store an image, or what has its form; return the descriptor of its manifest."""
        repository = name.partition(":")[0]
        made = json.dumps(config or {"architecture": "amd64", "os": "linux"}).encode()

        def described(content: bytes, media_type: str) -> dict[str, Any]:
            digest = self.push_blob(repository, content)
            return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": described(made, config_type),
            "layers": [described(one, layer_type) for one in layers],
        }
        return self.push_manifest(name, manifest, OCI_MANIFEST)

    def push_index(self, name: str, layers: Mapping[str, Sequence[bytes]]) -> None:
        """Store an image for several platforms, such as `linux/arm/v7`."""
        repository = name.partition(":")[0]
        entries = []
        for platform, contents in layers.items():
            os, architecture, variant = (*platform.split("/"), "")[:3]
            names = {"os": os, "architecture": architecture}
            names |= {"variant": variant} if variant else {}
            tag = platform.replace("/", "-")
            entry = self.push(f"{repository}:{tag}", contents, config=names)
            entries.append({**entry, "platform": names})
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        self.push_manifest(name, index, OCI_INDEX)


@contextmanager
def oci_registry(
    directory: Path,
    *,
    certificate: Path | None = None,
    has_users: bool = False,
    token_auth: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Registry]:
    """Run a registry; ``certificate`` has a certificate, which is its own authority, and its key.

    ``token_auth`` are the settings of a token server; ``headers`` those of pushes.
    """
    program = debian_program("docker-registry", "docker-registry")
    directory.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(directory)}},
        "http": {"addr": "127.0.0.1:0", "secret": "of the tests"},
    }
    if certificate is not None:
        tls = {"certificate": str(certificate), "key": str(certificate)}
        settings["http"]["tls"] = tls
    if has_users:
        users = directory / "htpasswd"
        users.write_text(HTPASSWD, encoding="ascii")
        settings["auth"] = {"htpasswd": {"realm": "tests", "path": str(users)}}
    if token_auth is not None:
        settings["auth"] = {"token": dict(token_auth)}
    file = directory / "config.yml"
    file.write_text(json.dumps(settings), encoding="utf-8")
    words = [str(program.path), "serve", str(file)]
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            said: list[str] = []
            for line in process.stderr:
                said.append(line)
                if match := _LISTENING.search(line):
                    break
            else:
                raise AssertionError(f"the registry has not started: {''.join(said)}")
            # It would stop at a full pipe.
            log = process.stderr
            threading.Thread(target=lambda: [None for _ in log], daemon=True).start()
            scheme = "http" if certificate is None else "https"
            with httpx2.Client(
                base_url=f"{scheme}://{match[1]}",
                verify=ssl.create_default_context(cafile=certificate),
                auth=(USER, PASSWORD) if has_users else None,
                headers=dict(headers or {}),
                trust_env=False,
            ) as client:
                yield Registry(match[1], directory, client)
        finally:
            process.terminate()
            process.wait()
