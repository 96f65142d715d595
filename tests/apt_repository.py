"""A repository of Debian packages in a directory, signed with a key that is made for it."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from debian_programs import debian_program

SUITE = "stable"


class SigningKey:
    """A key of its own keyring, below ``home``, without a passphrase."""

    def __init__(self, home: Path) -> None:
        self._gpg = str(debian_program("gpg", "gpg").path)
        # The socket of its agent has to fit: paths of tests are too long.
        self._home = home
        home.mkdir(mode=0o700, parents=True)
        self._run("--quick-generate-key", "Repository <repository@example.com>", "rsa3072", "sign")

    def export(self, file: Path, *, armored: bool = False) -> Path:
        """Write the public key."""
        options = ["--armor"] if armored else []
        file.write_bytes(self._run(*options, "--export"))
        return file

    def export_private(self, file: Path) -> Path:
        """Write the private key."""
        file.write_bytes(self._run("--export-secret-keys"))
        return file

    def sign(self, text: str) -> bytes:
        """Return a text with its signature."""
        return self._run("--digest-algo", "SHA256", "--clearsign", content=text.encode())

    def end(self) -> None:
        """End the agent, and remove the keyring."""
        agent = shutil.which("gpgconf")
        if agent is not None:
            environ = {**os.environ, "GNUPGHOME": str(self._home)}
            subprocess.run([agent, "--kill", "gpg-agent"], env=environ, check=True)
        # The agent removes its sockets while it ends.
        shutil.rmtree(self._home, ignore_errors=True)

    def _run(self, *arguments: str, content: bytes = b"") -> bytes:
        line = [self._gpg, "--homedir", str(self._home), "--batch", "--pinentry-mode", "loopback"]
        done = subprocess.run(
            [*line, "--passphrase", "", *arguments], input=content, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


class AptRepository:
    """Packages, and the suite ``stable`` with the component ``main`` that has them."""

    def __init__(self, directory: Path, key: SigningKey, architectures: Sequence[str]) -> None:
        self.directory, self.key = directory, key
        self.architectures = architectures
        self._stanzas: dict[str, list[str]] = {one: [] for one in architectures}

    def add(
        self,
        name: str,
        version: str,
        architecture: str = "all",
        *,
        files: Mapping[str, str] | None = None,
        **fields: str,
    ) -> Path:
        """Build a package; ``fields`` are those of its control file, such as ``Depends``."""
        tree = self.directory / "trees" / f"{name}-{version}-{architecture}".replace(":", "-")
        control = {
            "Package": name,
            "Version": version,
            "Architecture": architecture,
            "Maintainer": "Tests <tests@example.com>",
            **{key.replace("_", "-"): value for key, value in fields.items()},
            "Description": "a package of tests",
        }
        (tree / "DEBIAN").mkdir(parents=True)
        text = "".join(f"{key}: {value}\n" for key, value in control.items())
        (tree / "DEBIAN/control").write_text(text)
        for path, content in (files or {}).items():
            place = tree / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        plain = version.rpartition(":")[2]
        path = f"pool/{name}/{name}_{plain}_{architecture}.deb"
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        build = ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(tree), str(file)]
        subprocess.run(build, capture_output=True, check=True)
        content = file.read_bytes()
        stanza = (
            text
            + f"Filename: {path}\nSize: {len(content)}\n"
            + f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
        )
        for one in self.architectures if architecture == "all" else [architecture]:
            self._stanzas[one].append(stanza)
        return file

    def write(
        self,
        *,
        valid_for: timedelta | None = None,
        is_signed: bool = True,
        key: SigningKey | None = None,
    ) -> None:
        """Write the indexes and the list of them; ``valid_for`` counts from now."""
        suite = self.directory / "dists" / SUITE
        lines = []
        for architecture, stanzas in self._stanzas.items():
            plain = "\n".join(stanzas).encode()
            packed = {".xz": lzma.compress(plain), ".gz": gzip.compress(plain, mtime=0)}
            # Of the plain index there is only the sha256, as in most repositories.
            digest = hashlib.sha256(plain).hexdigest()
            lines.append(f" {digest} {len(plain)} main/binary-{architecture}/Packages\n")
            for ending, content in packed.items():
                name = f"main/binary-{architecture}/Packages{ending}"
                (suite / name).parent.mkdir(parents=True, exist_ok=True)
                (suite / name).write_bytes(content)
                lines.append(f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n")
        now = datetime.now(UTC)
        fields = {
            "Origin": "Tests",
            "Suite": SUITE,
            "Codename": SUITE,
            "Date": format_datetime(now - timedelta(days=30), usegmt=True),
            "Architectures": " ".join(self.architectures),
            "Components": "main",
        }
        if valid_for is not None:
            fields["Valid-Until"] = format_datetime(now + valid_for, usegmt=True)
        text = "".join(f"{key}: {value}\n" for key, value in fields.items())
        text += "SHA256:\n" + "".join(lines)
        signed = (key or self.key).sign(text) if is_signed else text.encode()
        (suite / "InRelease").write_bytes(signed)
