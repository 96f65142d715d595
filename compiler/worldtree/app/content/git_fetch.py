"""Fetches one revision of a git repository as a tar, by git in processes with limits.

git gets no variable of the service but the token that the operator names for the repository. No
hooks, filters and redirects; one protocol; an address that was checked.
"""

from __future__ import annotations

import base64
import os
import shlex
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from worldtree.app.content.archive_limits import PLAIN_TAR_LIMITS
from worldtree.app.content.git_child import LOG_FILE, NO_GIT_EXIT
from worldtree.app.content.git_submodules import refuse_submodules
from worldtree.app.content.git_version import address_setting, check_version
from worldtree.app.content.repository_urls import RepositoryUrl
from worldtree.app.documents.service_policy import RepositoryAccess
from worldtree.core.errors import RefusedError
from worldtree.core.limited_process import run_limited
from worldtree.core.loopback import is_loopback_host
from worldtree.core.network_guard import AddressRefusedError, NetworkGuard
from worldtree.core.work_slots import WorkSlots

_CHILD = (sys.executable, "-I", "-m", "worldtree.app.content.git_child")
#: Seconds for what is fetched, and for a command that stays here.
_FETCH_SECONDS, _LOCAL_SECONDS = 120.0, 60.0
#: Fetches at the same time: a slow server must not hold up all requests.
_SLOTS = WorkSlots(4, "fetches too many repositories")
#: Whether the version of git was found to be right.
_CHECKED = threading.Event()
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.helper=", "gc.auto=0"),
    *("fetch.recurseSubmodules=false", "fetch.unpackLimit=1", "transfer.fsckObjects=true"),
    *("http.followRedirects=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=30"),
    *("http.proxy=", "protocol.version=2", "transfer.bundleURI=false"),
)
#: What git says -> what it means.
_REASONS = {
    "couldn't find remote ref": "revision",
    "not our ref": "revision",
    "Server does not allow request for unadvertised object": "revision",
    "Authentication failed": "access",
    "could not read Username": "access",
    "Permission denied": "access",
    "Host key verification failed": "key of the host",
    "SSL certificate problem": "certificate",
    "server certificate verification failed": "certificate",
}


@dataclass(frozen=True, slots=True)
class FetchedRevision:
    """What a revision was, and its files as a tar."""

    commit: str
    tar: bytes


def fetch_revision(
    url: RepositoryUrl,
    revision: str,
    directory: str,
    *,
    access: RepositoryAccess,
    environ: Mapping[str, str],
    scratch: Path,
) -> FetchedRevision:
    """Fetch ``directory`` (empty for all) of a repository at a revision; both were checked.

    ``environ`` has the token that ``access`` names. Raises ``RefusedError``.
    """
    addresses = _checked_addresses(url, access)
    with _SLOTS.taken(), tempfile.TemporaryDirectory(prefix="git-", dir=scratch) as name:
        place = Path(name)
        git = _Git(place, git_environ(place, url, addresses[0], access, environ))
        if not _CHECKED.is_set():
            check_version(git.run(("version",)).decode(errors="replace"))
            _CHECKED.set()
        git.run(("init", "--quiet", "--bare", "--template=", "repository"))
        pinned = address_setting(url, addresses[0])
        fetch = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules")
        git.run((*fetch, "--", url.text, revision), pinned, seconds=_FETCH_SECONDS)
        commit = git.run(("rev-parse", "--verify", "FETCH_HEAD^{commit}")).decode().strip()
        tree = f"{commit}:{directory}" if directory else commit
        refuse_submodules(git.run(("ls-tree", "-r", "-z", tree)))
        return FetchedRevision(commit, git.run(("archive", "--format=tar", tree)))


class _Git:
    """Runs git in a repository of its own."""

    def __init__(self, place: Path, environ: Mapping[str, str]) -> None:
        self._place, self._environ = place, environ

    def run(
        self, arguments: tuple[str, ...], setting: str = "", seconds: float = _LOCAL_SECONDS
    ) -> bytes:
        """Return what a command wrote. Raises ``RefusedError``."""
        settings = [one for one in (*_SETTINGS, setting) if one]
        options = [part for one in settings for part in ("-c", one)]
        if arguments[0] not in ("init", "version"):
            options += ["--git-dir=repository"]
        found = run_limited(
            [*_CHILD, *options, *arguments],
            directory=self._place,
            environ=self._environ,
            wall_seconds=seconds,
            output_bytes=PLAIN_TAR_LIMITS.sent_bytes,
        )
        if (found.ending, found.code) != ("exit", 0):
            raise self._failed(found.ending, found.code, arguments[0])
        return found.output

    def _failed(self, ending: str, code: int, command: str) -> RefusedError:
        if ending == "output":
            return _too_large()
        if ending in ("wall", "cpu"):
            return _unreachable("it takes longer than the service allows")
        if (ending, code) == ("exit", NO_GIT_EXIT):
            return _unreachable("git is not installed on the machine of the service")
        log = self._place / LOG_FILE
        said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        reason = next((why for text, why in _REASONS.items() if text in said), "")
        if "File too large" in said or ending == "signal":
            return _too_large()
        if reason == "revision" or command in ("rev-parse", "ls-tree", "archive"):
            return RefusedError(
                "the repository has no such revision, or not this directory in it",
                code="repository-revision-unknown",
                hint="name a branch or tag of it, or a commit that one of them has",
            )
        if reason:
            return _unreachable(f"git reports a problem with the {reason}")
        return _unreachable("git reports that it does not exist, or does not answer")


def _checked_addresses(url: RepositoryUrl, access: RepositoryAccess) -> tuple[str, ...]:
    """Return the addresses of a host, all of which may be reached. Raises ``RefusedError``."""
    guard = NetworkGuard(tuple(ip_network(one) for one in access.networks))
    try:
        found = guard.addresses(url.host, url.port)
    except AddressRefusedError:
        raise RefusedError(
            f"the host `{url.host}` of the repository has no address, or one that is not public",
            code="repository-refused",
            hint="the operator of the service may allow its network in the policy file:"
            " `networks` of the repository",
        ) from None
    if url.scheme == "http" and not guard.is_allowed_network(found):
        raise RefusedError(
            "repositories are fetched by plain HTTP in networks of the operator only",
            code="repository-refused",
            hint="use `https://`",
        )
    if url.scheme == "ssh" and not (access.identity_file and access.known_hosts_file):
        raise RefusedError(
            f"the service has no key for repositories at `{url.host}`",
            code="repository-refused",
            hint="the operator of the service may set `identity_file` and `known_hosts_file` of the"
            " repository in the policy file",
        )
    return found


def git_environ(
    place: Path,
    url: RepositoryUrl,
    address: str,
    access: RepositoryAccess,
    environ: Mapping[str, str],
) -> dict[str, str]:
    """Return all variables that git gets; the token only where nobody on the way can read it."""
    found = {
        "PATH": os.defpath,
        "HOME": str(place),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": url.scheme,
        "GIT_PROTOCOL_FROM_USER": "0",
    }
    is_private = url.scheme == "https" or is_loopback_host(address)
    if url.scheme == "ssh":
        found |= {"GIT_SSH_VARIANT": "ssh", "GIT_SSH_COMMAND": ssh_command(url, address, access)}
    elif access.token_variable and is_private:
        # In the environment of git, which only this user can read, and not in its arguments.
        user = f"{access.username}:{environ.get(access.token_variable, '')}"
        header = f"Authorization: Basic {base64.b64encode(user.encode()).decode()}"
        found |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": header,
        }
    return found


def ssh_command(url: RepositoryUrl, address: str, access: RepositoryAccess) -> str:
    """Return the command line of ssh: one address, one key, hosts that the operator knows."""
    known_as = url.host if url.port == 22 else f"[{url.host}]:{url.port}"
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": access.known_hosts_file,
        "GlobalKnownHostsFile": os.devnull,
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "HostName": address,
        "HostKeyAlias": known_as,
        "ProxyCommand": "none",
        "PermitLocalCommand": "no",
        "ClearAllForwardings": "yes",
        "ConnectTimeout": "20",
    }
    words = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    return shlex.join(["ssh", "-F", "none", "-i", access.identity_file, *words])


def _unreachable(reason: str) -> RefusedError:
    return RefusedError(
        f"the repository cannot be fetched: {reason}",
        code="repository-unreachable",
        hint="check the URL, and that the service may read the repository",
    )


def _too_large() -> RefusedError:
    return RefusedError(
        "the repository at this revision is larger than the service accepts",
        code="archive-too-large",
        hint="name the `directory` that the document needs, or upload an archive",
    )
