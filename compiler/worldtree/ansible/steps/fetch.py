"""Step kind ``fetch``: downloads a file, or takes a local one, checks it, copies it to the host."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps.kind import Asset, StepContext, StepKind
from worldtree.ansible.steps.ownership import FILE_MODE, OwnedParams
from worldtree.ansible.steps.parameter_types import Flag, Name, Number, Text, has_template
from worldtree.ansible.steps.state_snapshot import restore_tasks, snapshot_task, task_name

#: A digest in hexadecimal, or the address of a list of digests.
_CHECKSUM = re.compile(
    r"(?P<algorithm>md5|sha1|sha224|sha256|sha384|sha512):"
    r"(?:(?P<value>[0-9a-fA-F]+)|(?:https?|ftp|file)://\S+)"
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

#: Directory of downloads on the control node, below the user's cache directory.
_CACHE = (
    "{{ lookup('ansible.builtin.env', 'XDG_CACHE_HOME')"
    " | default(lookup('ansible.builtin.env', 'HOME') ~ '/.cache', true) }}/worldtree/fetch"
)


class FetchParams(OwnedParams):
    """Parameters of ``fetch``: those of ``ansible.builtin.get_url``; ``src`` for a local file."""

    url: Name | None = Field(
        default=None, description="Address to download from.", examples=["https://h/app.tgz"]
    )
    src: Name | None = Field(
        default=None, description="Local file instead: beside the document or in its `files/`."
    )
    dest: Name = Field(description="Absolute path on the host.", examples=["/opt/app.tgz"])
    checksum: Text | None = Field(
        default=None,
        description="`algorithm:value`; a file that does not match is rejected.",
        examples=["sha256:0ff1…"],
    )
    via: Literal["host", "control"] = Field(
        default="host",
        description="Who downloads: each host, or the control node, once for all hosts.",
    )
    timeout: Number | None = Field(default=None, description="Seconds for the connection.")
    headers: dict[str, Text] | None = Field(default=None, description="Headers of the request.")
    url_username: Text | None = Field(default=None, description="Name for basic authentication.")
    url_password: Text | None = Field(default=None, description="Password for it.")
    validate_certs: Flag | None = Field(
        default=None, description="Check the server (default true)."
    )
    force: Flag | None = Field(default=None, description="Download again on every run.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.url is None) == (self.src is None):
            msg = "give either `url` or `src`"
            raise ValueError(msg)
        if self.url and not has_template(self.url) and not _URL.match(self.url):
            msg = "`url` is not a URL; give a local file as `src`"
            raise ValueError(msg)
        known = self.checksum is not None and not has_template(self.checksum)
        if known and not _CHECKSUM.fullmatch(self.checksum or ""):
            msg = "`checksum` must be algorithm:value, such as sha256:0ff1…"
            raise ValueError(msg)
        if self.checksum and self.src and not _is_digest(self.checksum):
            msg = "`checksum` of a local file must be the digest itself, not an address"
            raise ValueError(msg)
        if self.dest.endswith("/"):
            msg = "`dest` must name the file, not its directory"
            raise ValueError(msg)
        return self


def _is_digest(checksum: str) -> bool:
    match = _CHECKSUM.fullmatch(checksum)
    return match is not None and match["value"] is not None


def _download_task(params: FetchParams, dest: str, name: str, **keywords: Any) -> PlayTask:
    args: dict[str, Any] = {"url": params.url, "dest": dest}
    own = ("owner", "group") if keywords else ()
    args.update(params.args("url", "src", "dest", "via", "mode", *own))
    args["mode"] = FILE_MODE if keywords else params.mode or FILE_MODE
    return PlayTask(name, "ansible.builtin.get_url", args, keywords)


def _copy_task(params: FetchParams, src: str) -> PlayTask:
    args: dict[str, Any] = {"src": src, "dest": params.dest}
    for key in ("owner", "group"):
        if (value := getattr(params, key)) is not None:
            args[key] = value
    args["mode"] = params.mode or FILE_MODE
    return PlayTask(task_name("Copy to", params.dest, "the file"), "ansible.builtin.copy", args)


def _checksum_tasks(params: FetchParams) -> tuple[PlayTask, ...]:
    match = _CHECKSUM.fullmatch(params.checksum or "")
    if match is None or match["value"] is None:
        return ()
    look = PlayTask(
        "Compute the checksum",
        "ansible.builtin.stat",
        {"path": params.dest, "checksum_algorithm": match["algorithm"]},
        {"register": "__worldtree_fetched", "when": "not ansible_check_mode"},
    )
    compare = PlayTask(
        "Check the checksum",
        "ansible.builtin.assert",
        {
            "that": [f"__worldtree_fetched.stat.checksum == '{match['value'].lower()}'"],
            "fail_msg": "the checksum of the file is not the one in the document",
            "quiet": True,
        },
        {"when": "not ansible_check_mode"},
    )
    return (look, compare)


def _run(params: FetchParams, context: StepContext) -> tuple[PlayTask, ...]:
    before = snapshot_task(context, files=[params.dest])
    if params.src is not None:
        return (before, _copy_task(params, params.src), *_checksum_tasks(params))
    url = str(params.url)
    if params.via == "host":
        return (
            before,
            _download_task(params, params.dest, task_name("Download", params.dest, "the file")),
        )
    name = PurePosixPath(urlsplit(url).path).name if not has_template(url) else ""
    stem = hashlib.sha256(f"{url} {params.checksum}".encode()).hexdigest()[:16]
    cached = f"{_CACHE}/{stem}-{name or 'file'}"
    here: dict[str, Any] = {
        "delegate_to": "localhost",
        # The first host does it for all, unless the condition may differ between hosts.
        **({"throttle": 1} if context.conditional else {"run_once": True}),
        "become": False,
        # The cache of the control node is not part of the cluster's state.
        "changed_when": False,
    }
    made = PlayTask(
        "Create the cache on the control node",
        "ansible.builtin.file",
        {"path": _CACHE, "state": "directory", "mode": "0700"},
        here,
    )
    get = _download_task(params, cached, "Download once on the control node", **here)
    return (before, made, get, _copy_task(params, cached))


KIND = StepKind(
    name="fetch",
    summary="Download a file, or take a local one, check it and copy it to the host.",
    params=FetchParams,
    run=_run,
    rollback=restore_tasks,
    reversibility=lambda _params: "reversible",
    assets=lambda params: () if params.src is None else (Asset(params.src),),
)
