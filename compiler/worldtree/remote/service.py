"""What the commands ask a service for, in terms of tasks, documents and entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldtree.core.next_steps import NextStep
from worldtree.remote.client import ApiClient, quoted
from worldtree.remote.problems import ServerError
from worldtree.remote.results import read_event, unreadable_answer
from worldtree.results.events import Event

#: Items and events of a page.
_PAGE, _EVENT_PAGE = 200, 1000


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
        return self._mapping("/me/permissions")

    # ---- documents -----------------------------------------------------------------------------

    def validate(self, text: str) -> Mapping[str, Any]:
        """Return whether a document is valid, and every diagnostic."""
        found: Mapping[str, Any] = self.client.send_document("POST", "/validate", text)
        return found

    def wanted_document(self, cluster: str) -> StoredDocument | None:
        """Return the wanted document of a cluster; None without one."""
        try:
            found = self._mapping(f"/clusters/{quoted(cluster)}/documents/wanted")
            return StoredDocument(
                _field(found, "body", str), _field(found, "version", int), found["digest"]
            )
        except ServerError as problem:
            if problem.status == 404 and problem.code != "route-unknown":
                return None
            raise

    def store_document(self, cluster: str, text: str, etag: str | None, file: str) -> int:
        """Store the wanted document in place of that with ``etag``; return its version."""
        path = f"/clusters/{quoted(cluster)}"
        found = self.client.send_document("PUT", path, text, file=file, if_match=etag)
        version: int = _field(found, "version", int)
        return version

    # ---- tasks ---------------------------------------------------------------------------------

    def run(self, cluster: str, work: Mapping[str, Any]) -> str:
        """Ask for a pipeline of a stored document; return the id of the task."""
        found = self.client.post(f"/clusters/{quoted(cluster)}/tasks", work)
        return _task_id(found)

    def ask_of_task(self, task: str, what: str, body: Mapping[str, Any] | None = None) -> str:
        """Ask to ``cancel``, ``resume``, ``retry`` or ``rollback``; return the task of it."""
        found = self.client.post(f"/tasks/{quoted(task)}/{what}", body)
        return _task_id(found)

    def task(self, task: str, *, outputs: bool = False) -> Mapping[str, Any]:
        """Return the view of a task, also by the beginning of its id."""
        return self._mapping(f"/tasks/{quoted(task)}", outputs=outputs, details=True)

    def tasks(self, cluster: str | None, limit: int) -> list[Mapping[str, Any]]:
        """Return tasks, newest first, as `-o json` shows them."""
        found = self._items("/tasks", limit, cluster=cluster, details=True)
        return [one for one, _ in zip(found, range(limit), strict=False)]

    def newest_task(
        self,
        clusters: Sequence[str] | None,
        rather_than: Collection[str] = (),
        *,
        refused: bool = True,
    ) -> str:
        """Return the id of the newest task of ``clusters`` (None: of all).

        One of the commands ``rather_than``, with these one that has not begun, and without
        ``refused`` one that was refused, is chosen only without any other. Raises ``ServerError``
        without a task.
        """
        first = None
        for one in self._newest(clusters):
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
        raise ServerError(words, code="task-unknown", next_steps=[step], status=404)

    def _newest(self, clusters: Sequence[str] | None) -> Iterator[Mapping[str, Any]]:
        """Yield tasks of some clusters, newest first."""
        if clusters is not None and len(clusters) == 1:
            yield from self._items("/tasks", _PAGE, cluster=clusters[0])
            return
        for one in self._items("/tasks", _PAGE):
            if clusters is None or one["cluster"] in clusters:
                yield one

    def events(self, task: str) -> Iterator[tuple[Event, Mapping[str, Any]]]:
        """Yield the events of a task with their whole output, each with its item of the page."""
        after: Any = 0
        while after is not None:
            page = self._mapping(
                f"/tasks/{quoted(task)}/events",
                after=after,
                limit=_EVENT_PAGE,
                outputs=True,
                details=True,
            )
            for one in page.get("items", ()):
                yield read_event(one), one
            after = page.get("next")

    def audit(self, cluster: str | None, limit: int) -> list[Mapping[str, Any]]:
        """Return audit entries, newest first."""
        found = self._items("/audit", limit, cluster=cluster)
        return [one for one, _ in zip(found, range(limit), strict=False)]

    # ---- pages ---------------------------------------------------------------------------------

    def _items(self, path: str, wanted: int, **query: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self._mapping(path, limit=min(wanted, _PAGE), cursor=cursor, **query)
            yield from page.get("items", ())
            cursor = page.get("next")
            if cursor is None:
                return

    def _mapping(self, path: str, **query: Any) -> Mapping[str, Any]:
        found = self.client.get(path, **query)
        if not isinstance(found, dict):
            raise unreadable_answer(f"`{path}`")
        return found


def _task_id(found: Any) -> str:
    name: str = _field(found, "task_id", str)
    return name


def _field(found: Any, name: str, kind: type) -> Any:
    if not isinstance(found, dict) or not isinstance(found.get(name), kind):
        raise unreadable_answer(f"`{name}`")
    return found[name]
