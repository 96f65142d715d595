"""A real identity provider (npm `oidc-provider`) on the loopback interface, and its browser."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

_HERE = Path(__file__).parent
_CACHE = Path(__file__).parents[4] / ".cache" / "oidc-provider"
#: Seconds to install it at most.
_INSTALL_SECONDS = 120
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@contextmanager
def provider_or_skip() -> Iterator[str]:
    """Run the provider and yield its issuer; where none can be had, say so in one line."""
    node = shutil.which("node")
    packages = _installed()
    if node is None or packages is None:
        pytest.skip("logins at a real identity provider: node or its packages cannot be had")
    process = subprocess.Popen(
        [node, str(_HERE / "provider.mjs"), str(packages)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = next((line for line in process.stdout if line.strip().isdigit()), "").strip()
        assert port, "the identity provider did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


def _installed() -> Path | None:
    """Return the directory that has the provider's packages; None where they cannot be had."""
    lock = (_HERE / "package-lock.json").read_bytes()
    found = _CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if (found / "complete").exists():
        return found
    npm = shutil.which("npm")
    if npm is None:
        return None
    made = found.with_name(f"{found.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_HERE / name, made)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=made, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError):
        return None
    (made / "complete").touch()
    shutil.rmtree(found, ignore_errors=True)
    made.rename(found)
    return found


class Browser:
    """A person with a browser: follows redirects, and fills in the provider's forms."""

    def __init__(self, client: httpx2.Client, user: str) -> None:
        self._client, self._user = client, user

    def get(self, place: str) -> httpx2.Response:
        """Open a page; return the first answer of another host than the provider's, or the last."""
        return self._follow(self._client.get(place))

    def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(20):
            if answer.is_redirect:
                place = answer.url.join(answer.headers["location"])
                if "/api/v1/login/" in place.path:
                    return answer
                answer = self._client.get(place)
                continue
            form = _ACTION.search(answer.text)
            if form is None or answer.status_code != 200:
                return answer
            fields = dict(_HIDDEN.findall(answer.text))
            if fields.get("prompt") == "login":
                fields |= {"login": self._user, "password": "any"}
            place = answer.url.join(form[1].replace("&amp;", "&"))
            answer = self._client.post(place, data=fields)
        raise AssertionError(f"the login does not end: {answer.text}")
