"""Archives of tests, and how they are sent."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from unit.api.service import Service


def packed(files: dict[str, str], mode: str = "w:gz") -> bytes:
    """An archive of these files."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode=mode) as archive:  # type: ignore[call-overload]  # A mode.
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return found.getvalue()


def upload(service: Service, body: bytes, query: str = "", **more: Any) -> Any:
    more.setdefault("Content_Type", "application/gzip")
    return service.call("POST", f"/archives{query}", body=body, **more)
