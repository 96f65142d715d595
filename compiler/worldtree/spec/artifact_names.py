"""What names, versions, platforms and architectures of artifacts look like."""

from __future__ import annotations

from collections.abc import Mapping

#: ``etcd``, ``registry.k8s.io/pause``: no part is empty or only dots, as it may name a file.
ARTIFACT_NAME = r"^[a-z0-9]+(([._/]|__|-+)[a-z0-9]+)*$"
#: ``3.5.30``, ``v1.34.9``, ``1:2.0-3+deb12u1``.
ARTIFACT_VERSION = r"^[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,127}$"
#: ``linux``; of OS packages the distribution: ``debian-12``.
ARTIFACT_PLATFORM = r"^[a-z0-9][a-z0-9._-]{0,63}$"
#: 64 hex digits.
SHA256 = r"^[0-9a-f]{64}$"

#: Architecture as Go and container images name it -> as the kernel does (``uname -m``).
MACHINES: Mapping[str, str] = {
    "amd64": "x86_64",
    "arm": "armv7l",
    "arm64": "aarch64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
#: The same from the other side: `x86_64` -> `amd64`.
GO_NAMES: Mapping[str, str] = {machine: name for name, machine in MACHINES.items()}
#: The architecture of a file that runs, or is read, on every machine.
ANY_ARCHITECTURE = "any"
#: All that an artifact can have.
ARCHITECTURES = (*MACHINES, ANY_ARCHITECTURE)
