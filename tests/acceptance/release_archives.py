"""Archives in the form of the projects' releases, made of programs that Debian packages."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from pathlib import Path

from debian_programs import debian_program

#: Versions of the archives, and what Debian's programs say of themselves, for the document.
ETCD, CONTAINERD, RUNC, REGISTRY = "3.4.23", "1.6.20", "1.1.5", "2.8.2"


def write_releases(directory: Path) -> None:
    """Write the releases of etcd, containerd, runc and distribution for amd64."""
    directory.mkdir()
    etcd = f"etcd-v{ETCD}-linux-amd64"
    _write(
        directory / f"{etcd}.tar.gz",
        {
            f"{etcd}/etcd": debian_program("etcd", "etcd-server").path,
            f"{etcd}/etcdctl": debian_program("etcdctl", "etcd-client").path,
        },
    )
    names = ("containerd", "ctr", "containerd-shim-runc-v2")
    programs = {f"bin/{name}": debian_program(name, "containerd").path for name in names}
    _write(directory / f"containerd-{CONTAINERD}-linux-amd64.tar.gz", programs)
    shutil.copy(debian_program("runc", "runc").path, directory / "runc.amd64")
    registry = debian_program("docker-registry", "docker-registry").path
    _write(directory / f"registry_{REGISTRY}_linux_amd64.tar.gz", {"registry": registry})


def _write(path: Path, programs: dict[str, Path]) -> None:
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, program in programs.items():
            content = program.read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
