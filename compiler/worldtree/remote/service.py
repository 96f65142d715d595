"""What the commands ask a service for, in terms of tasks, documents and entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from worldtree.core.next_steps import NextStep
from worldtree.remote.client import ApiClient, quoted
from worldtree.remote.problems import ServerError
from worldtree.remote.results import read_event, unreadable_answer
from worldtree.remote.server_url import ServerInputError
from worldtree.results.events import Event

#: Items and events of a page.
_PAGE, _EVENT_PAGE = 200, 1000


#: What commands read of a task, of an item of the list of tasks, and of an entry of the audit log.
_TASK_KEYS = (
    *("task_id", "cluster", "pipeline", "command", "status", "message", "started", "asked"),
    *("actor", "problem", "nodes", "resumable", "last_event"),
)
_ITEM_KEYS = (
    *("id", "cluster", "command", "status", "started", "created", "duration"),
    *("hosts", "changed", "failed"),
)
_ENTRY_KEYS = ("time", "who", "what", "cluster", "task_id", "detail")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document that the service has."""

    text: str
    version: int
    digest: str


class RemoteService:
    """One project of a service; every method raises what ``ApiClient`` raises."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    def permissions(self) -> Mapping[str, Any]:
        """Return who the caller is and what it may do in the project."""
        return with_keys(self.mapping("/me/permissions"), "/me/permissions", "name", "permissions")

    # ---- documents -----------------------------------------------------------------------------

    def validate(self, text: str, archive: str | None = None) -> Mapping[str, Any]:
        """Return whether a document is valid beside an archive, and every diagnostic."""
        found = self.client.send_document("/validate", text, archive=archive)
        return with_keys(found, "/validate", "valid", "items")

    def compile(self, asked: Mapping[str, Any], file: str) -> Mapping[str, Any]:
        """Return plan, warnings and, where it is asked for, the bundle of a document.

        Raises ``InputError`` for what is wrong in the document, which its places call ``file``.
        """
        found = self.client.post("/compile", asked, file=file)
        return with_keys(found, "/compile", "plan", "items", "bundle")

    def keep_archive(self, plain: bytes, compressed: bytes, name: str) -> str:
        """Let the service have a tar, unless it has it; return the digest by which it is named.

        ``plain`` is the form in which the service keeps it, ``compressed`` what is sent.
        """
        digest = sha256(plain).hexdigest()
        try:
            self.mapping(f"/archives/{digest}")
            return digest
        except ServerError as problem:
            # Who may bring archives need not be allowed to see them.
            if problem.code not in ("archive-unknown", "permission-missing"):
                raise
        found = self.client.send_archive("/archives", compressed, name=name)
        kept: str = _field(found, "digest", str)
        return kept

    def wanted_document(self, cluster: str) -> StoredDocument | None:
        """Return the wanted document of a cluster; None without one."""
        try:
            found = self.mapping(f"/clusters/{quoted(cluster)}/documents/wanted")
            return StoredDocument(
                _field(found, "body", str), _field(found, "version", int), found["digest"]
            )
        except ServerError as problem:
            if problem.status == 404 and problem.code != "route-unknown":
                return None
            raise

    # ---- tasks ---------------------------------------------------------------------------------

    def run(
        self,
        cluster: str,
        work: Mapping[str, Any],
        *,
        etag: str | None = None,
        file: str | None = None,
    ) -> str:
        """Ask for a pipeline of a stored document; return the id of the task.

        Where ``work`` has a document, this is stored with the task in place of that with ``etag``,
        and diagnostics call it ``file``.
        """
        path = f"/clusters/{quoted(cluster)}/tasks"
        return _task_id(self.client.post(path, work, file=file, if_match=etag))

    def detect_drift(self, cluster: str, work: Mapping[str, Any]) -> str:
        """Ask to compare hosts with a stored document; return the id of the task."""
        return _task_id(self.client.post(f"/clusters/{quoted(cluster)}/drift", work))

    def gather_facts(self, cluster: str, work: Mapping[str, Any]) -> str:
        """Ask to gather facts of hosts of a stored document; return the id of the task."""
        return _task_id(self.client.post(f"/clusters/{quoted(cluster)}/facts", work))

    def ask_of_task(self, task: str, what: str, body: Mapping[str, Any] | None = None) -> str:
        """Ask to ``cancel``, ``resume``, ``retry`` or ``rollback``; return the task of it."""
        found = self.client.post(f"/tasks/{quoted(task)}/{what}", body)
        return _task_id(found)

    def task(self, task: str, *, outputs: bool = False) -> Mapping[str, Any]:
        """Return the view of a task, also by the beginning of its id."""
        path = f"/tasks/{quoted(task)}"
        found = self.mapping(path, outputs=outputs, details=True)
        return with_keys(found, path, *_TASK_KEYS)

    def tasks(
        self, cluster: str | None, limit: int, order: str | None = None
    ) -> list[Mapping[str, Any]]:
        """Return tasks in ``order``, by default newest first, as `-o json` shows them."""
        found = self.items("/tasks", limit, cluster=cluster, details=True, sort=order)
        return [with_keys(one, "/tasks", *_ITEM_KEYS) for one in islice(found, limit)]

    def newest_task(
        self,
        clusters: Sequence[str] | None,
        rather_than: Collection[str] = (),
        *,
        refused: bool = True,
    ) -> str:
        """Return the id of the newest task of ``clusters`` (None: of all).

        One of the commands ``rather_than``, with these one that has not begun, and without
        ``refused`` one that was refused, is chosen only without any other. Raises
        ``ServerInputError`` without a task.
        """
        first = None
        for item in self._newest(clusters):
            one = with_keys(item, "/tasks", *_ITEM_KEYS, "ended")
            first = first or one["id"]
            if rather_than and (one["command"] in rather_than or one["started"] is None):
                continue
            if not refused and one["started"] is None and one["ended"] is not None:
                continue
            return str(one["id"])
        if first is not None:
            return str(first)
        if clusters is None or not self.tasks(None, 1):
            words, step = "there are no tasks yet", NextStep("apply", "", "create the first one")
        else:
            named = ", ".join(f"`{cluster}`" for cluster in clusters)
            words = f"there is no task of cluster {named} yet"
            step = NextStep("list-tasks", "", "see all tasks")
        raise ServerInputError(words, code="task-unknown", next_steps=[step])

    def _newest(self, clusters: Sequence[str] | None) -> Iterator[Mapping[str, Any]]:
        """Yield tasks of some clusters, newest first."""
        if clusters is not None and len(clusters) == 1:
            yield from self.items("/tasks", _PAGE, cluster=clusters[0])
            return
        for one in self.items("/tasks", _PAGE):
            if clusters is None or one["cluster"] in clusters:
                yield one

    def events(self, task: str) -> Iterator[tuple[Event, Mapping[str, Any]]]:
        """Yield the events of a task with their whole output, each with its item of the page."""
        after: Any = 0
        while after is not None:
            page = self.mapping(
                f"/tasks/{quoted(task)}/events",
                after=after,
                limit=_EVENT_PAGE,
                outputs=True,
                details=True,
            )
            for one in _field(page, "items", list):
                yield read_event(one), one
            after = page.get("next")

    def audit(self, cluster: str | None, limit: int) -> list[Mapping[str, Any]]:
        """Return audit entries, newest first."""
        found = self.items("/audit", limit, cluster=cluster)
        return [with_keys(one, "/audit", *_ENTRY_KEYS) for one in islice(found, limit)]

    # ---- pages ---------------------------------------------------------------------------------

    def items(self, path: str, wanted: int = _PAGE, **query: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a list, page by page; ``wanted`` are those that are needed."""
        cursor: str | None = None
        while True:
            page = self.mapping(path, limit=min(wanted, _PAGE), cursor=cursor, **query)
            yield from _field(page, "items", list)
            cursor = page.get("next")
            if cursor is None:
                return

    def items_of_cluster(self, path: str, wanted: int = _PAGE) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a list of a cluster; none where the service has no such cluster."""
        try:
            yield from self.items(path, wanted)
        except ServerError as problem:
            if problem.code != "cluster-unknown":
                raise

    def whole_list(self, path: str, *keys: str, **query: Any) -> list[Mapping[str, Any]]:
        """Return the items, with these keys, of a list that is one page."""
        items = _field(self.mapping(path, **query), "items", list)
        return [with_keys(one, path, *keys) for one in items]

    def mapping(self, path: str, **query: Any) -> Mapping[str, Any]:
        """Return the data at ``path``."""
        found = self.client.get(path, **query)
        if not isinstance(found, dict):
            raise unreadable_answer(f"`{path}`")
        return found


def with_keys(found: Any, path: str, *keys: str) -> Mapping[str, Any]:
    """Return data that has these keys; raises ``WorldTreeError`` for other data."""
    if not isinstance(found, dict) or not all(key in found for key in keys):
        raise unreadable_answer(f"`{path}`")
    return found


def _task_id(found: Any) -> str:
    name: str = _field(found, "task_id", str)
    return name


def _field(found: Any, name: str, kind: type) -> Any:
    if not isinstance(found, dict) or not isinstance(found.get(name), kind):
        raise unreadable_answer(f"`{name}`")
    return found[name]
