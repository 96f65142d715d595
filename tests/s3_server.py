"""A real S3 server of this machine for the length of a block: rclone's, which checks signatures."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCESS_KEY = "AKIATESTSOFWORLDTREE"
SECRET_KEY = "hunter2/hunter2+hunter2"
_RCLONE = Path(sys.executable).with_name("rclone")
_STARTED = re.compile(r"Starting s3 server on \[(https?://127\.0\.0\.1:\d+)/\]")


@dataclass(frozen=True)
class S3Server:
    """Where it answers, and the directory of which each directory is a bucket."""

    url: str
    buckets: Path

    def put(self, bucket: str, key: str, content: bytes) -> str:
        """Store an object in place of an earlier one; return its location."""
        file = self.buckets / bucket / key
        file.parent.mkdir(parents=True, exist_ok=True)
        part = self.buckets / "part"
        part.write_bytes(content)
        part.replace(file)
        return f"s3://{bucket}/{key}"


@contextmanager
def s3_server(directory: Path, certificate: Path | None = None) -> Iterator[S3Server]:
    """Serve the buckets in ``directory``; ``certificate`` has a certificate and its key."""
    directory.mkdir(parents=True, exist_ok=True)
    tls = [] if certificate is None else ["--cert", str(certificate), "--key", str(certificate)]
    words = [
        *(str(_RCLONE), "serve", "s3", "--config", "/dev/null", "--addr", "127.0.0.1:0"),
        *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--dir-cache-time", "0s", *tls),
        str(directory),
    ]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if match := _STARTED.search(line):
                    yield S3Server(match[1], directory)
                    break
            else:
                raise AssertionError(f"the server has not started: {''.join(said)}")
        finally:
            process.terminate()
            process.wait()
