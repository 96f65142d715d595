"""A real API of Kubernetes on this machine, without nodes: etcd, kube-apiserver and controllers.

The programs are those of ``WORLDTREE_TEST_ARTIFACTS``, a directory with the layout of releases.
Pods are made and nobody runs them; tests write their status, as a kubelet would.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: Variable of the environment with the directory of releases.
VARIABLE = "WORLDTREE_TEST_ARTIFACTS"
_TOKEN = "administrator-of-the-test"
_START_SECONDS = 120
#: What tests need of the controller manager; the rest would only use the processor.
_CONTROLLERS = (
    *("namespace-controller", "garbage-collector-controller", "deployment-controller"),
    *("replicaset-controller", "daemonset-controller", "job-controller"),
    *("serviceaccount-controller", "root-ca-certificate-publisher-controller"),
)


def unavailable() -> str:
    """Return why there can be no API here, or an empty text."""
    given = os.environ.get(VARIABLE)
    if not given:
        return f"{VARIABLE} is not set: no binaries of Kubernetes"
    if not _releases(Path(given)):
        return f"{VARIABLE}={given} has no release with kube-apiserver"
    if not sorted(Path(given).glob("archives/etcd-v*-linux-amd64.tar.gz")):
        return f"{VARIABLE}={given} has no archive of etcd"
    return ""


def _releases(directory: Path) -> list[Path]:
    return sorted(
        file.parent
        for file in directory.glob("release/v*/bin/linux/amd64/kube-apiserver")
        if (file.parent / "kube-controller-manager").exists() and (file.parent / "kubectl").exists()
    )


@dataclass(frozen=True)
class Cluster:
    """An API that runs, and how it is reached."""

    kubectl: Path
    kubeconfig: Path

    def kubectl_run(self, *words: str, text: str = "", check: bool = True) -> str:
        """Return what kubectl prints; raises ``AssertionError`` with the reason if it fails."""
        done = subprocess.run(
            [self.kubectl, f"--kubeconfig={self.kubeconfig}", *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, found: dict[str, Any], manager: str = "somebody") -> None:
        """Apply an object as somebody else would."""
        words = ("apply", "--server-side", f"--field-manager={manager}", "--filename=-")
        self.kubectl_run(*words, text=json.dumps(found))

    def get(self, kind: str, name: str, namespace: str = "default") -> dict[str, Any] | None:
        """Return an object, or None."""
        words = ("get", kind, name, f"--namespace={namespace}", "--ignore-not-found")
        text = self.kubectl_run(*words, "--output=json", "--show-managed-fields")
        found: dict[str, Any] | None = json.loads(text) if text else None
        return found

    def set_status(self, kind: str, name: str, namespace: str, status: dict[str, Any]) -> None:
        """Write a status, as a controller or a kubelet would."""
        change = json.dumps({"status": status})
        words = ("patch", kind, name, f"--namespace={namespace}", "--subresource=status")
        self.kubectl_run(*words, "--type=merge", f"--patch={change}")


@contextmanager
def kubernetes_api() -> Iterator[Cluster]:
    """Start the programs on loopback, and end them."""
    releases = _releases(Path(os.environ[VARIABLE]))
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wt-kubernetes-")))
        ports = _free_ports(4)
        etcd = f"http://127.0.0.1:{ports[0]}"
        stack.enter_context(_running(work, "etcd", _etcd_words(work, ports)))
        key = work / "accounts.key"
        key.write_bytes(_private_key())
        (work / "tokens.csv").write_text(f"{_TOKEN},administrator,1,system:masters\n")
        words = [
            releases[0] / "kube-apiserver",
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={ports[2]}",
            f"--cert-dir={work / 'certificates'}",
            f"--token-auth-file={work / 'tokens.csv'}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/24",
            "--authorization-mode=RBAC",
            "--endpoint-reconciler-type=none",
            "--watch-cache=false",
        ]
        stack.enter_context(_running(work, "kube-apiserver", words))
        cluster = Cluster(releases[0] / "kubectl", _kubeconfig(work, ports[2]))
        _wait(cluster, work)
        words = [
            releases[0] / "kube-controller-manager",
            f"--kubeconfig={cluster.kubeconfig}",
            f"--controllers={','.join(_CONTROLLERS)}",
            f"--service-account-private-key-file={key}",
            f"--root-ca-file={work / 'certificates' / 'apiserver.crt'}",
            f"--secure-port={ports[3]}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={work / 'controllers'}",
            "--leader-elect=false",
        ]
        stack.enter_context(_running(work, "kube-controller-manager", words))
        yield cluster


def _etcd_words(work: Path, ports: list[int]) -> list[Path | str]:
    archive = sorted(Path(os.environ[VARIABLE]).glob("archives/etcd-v*-linux-amd64.tar.gz"))[-1]
    with tarfile.open(archive) as opened:
        member = next(one for one in opened if one.name.endswith("/etcd"))
        source = opened.extractfile(member)
        assert source is not None
        program = work / "etcd"
        with program.open("wb") as target:
            shutil.copyfileobj(source, target)
    program.chmod(0o755)
    client, peer = (f"http://127.0.0.1:{port}" for port in ports[:2])
    return [
        program,
        f"--data-dir={work / 'data'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        # What a test stores need not outlast the machine.
        "--unsafe-no-fsync",
    ]


@contextmanager
def _running(work: Path, name: str, words: list[Path | str]) -> Iterator[None]:
    with (work / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _kubeconfig(work: Path, port: int) -> Path:
    path = work / "admin.conf"
    found = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [
            {
                "name": "test",
                "cluster": {
                    "server": f"https://127.0.0.1:{port}",
                    "insecure-skip-tls-verify": True,
                },
            }
        ],
        "users": [{"name": "test", "user": {"token": _TOKEN}}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(found))
    return path


def _wait(cluster: Cluster, work: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while cluster.kubectl_run("get", "--raw=/readyz", check=False) != "ok":
        if time.monotonic() > end:
            raise RuntimeError((work / "kube-apiserver.log").read_text()[-3000:])
        time.sleep(0.5)
    # Made by the API itself, some seconds after it is ready.
    while cluster.get("namespace", "kube-system") is None or not cluster.get(
        "namespace", "default"
    ):
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


def _private_key() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
