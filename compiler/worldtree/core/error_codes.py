"""The registry of error codes: what each means, its exit code and its HTTP status.

``docs/build.py`` compares it with the code that raises, and writes ``docs/errors.md`` from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from worldtree.core.errors import ExitCode


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What programs know of a ``WorldTreeError`` besides its words."""

    #: One sentence.
    meaning: str
    #: That of the classes that are raised with the code.
    exit_code: ExitCode
    #: What a service that puts WorldTree behind HTTP answers with.
    http_status: HTTPStatus


def _failed(meaning: str, status: HTTPStatus) -> ErrorCode:
    return ErrorCode(meaning, ExitCode.FAILED, status)


def _input(meaning: str, status: HTTPStatus) -> ErrorCode:
    return ErrorCode(meaning, ExitCode.INPUT, status)


def _refused(meaning: str, status: HTTPStatus = HTTPStatus.CONFLICT) -> ErrorCode:
    return ErrorCode(meaning, ExitCode.REFUSED, status)


_FORBIDDEN = HTTPStatus.FORBIDDEN
_UNKNOWN = HTTPStatus.NOT_FOUND
_CONFLICT = HTTPStatus.CONFLICT
_INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
_INTERNAL = HTTPStatus.INTERNAL_SERVER_ERROR
_BAD_GATEWAY = HTTPStatus.BAD_GATEWAY
_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE
_NO_SPACE = HTTPStatus.INSUFFICIENT_STORAGE

#: Code -> what it means, in the order of the codes.
ERROR_CODES: Mapping[str, ErrorCode] = {
    "ansible-unsupported": _refused(
        "The installed versions of Ansible and ansible-runner do not work together.", _UNAVAILABLE
    ),
    "bundle-edited": _refused("A file of the bundle was edited after the bundle was compiled."),
    "bundle-not-written": _failed("The bundle cannot be written to its directory.", _INTERNAL),
    "bundle-stale": _refused(
        "The document or another input of the bundle has changed since it was compiled."
    ),
    "bundle-unreadable": _refused(
        "The manifest of the bundle, or a file that it lists, is missing or cannot be read.",
        _INVALID,
    ),
    "cancel-not-finished": _refused(
        "The task was cancelled, but has not ended within the time that the command waits."
    ),
    "cluster-locked": _refused("Another task holds the lock of the cluster."),
    "cluster-not-in-document": _refused(
        "The document does not contain the cluster of the task.", _INVALID
    ),
    "cluster-unknown": _input("No task ever ran on a cluster of this name.", _UNKNOWN),
    "connection-check-failed": _failed(
        "Hosts cannot be reached or used; nothing was changed.", _BAD_GATEWAY
    ),
    "disk-full": _failed("There is no space left on a disk.", _NO_SPACE),
    "document-changed": _refused(
        "Another request has changed the document of the cluster in the meantime.",
        HTTPStatus.PRECONDITION_FAILED,
    ),
    "file-exists": _refused("A file that would be written already exists."),
    "file-not-written": _refused("A file cannot be written.", _INTERNAL),
    "format-unreadable": _refused(
        "Data on disk was written by a newer version of WorldTree, or is damaged.", _INTERNAL
    ),
    "graph-invalid": _failed("The graph of a plan contradicts itself.", _INTERNAL),
    "heartbeat-failed": _failed(
        "The task could not record that it is alive, and was cancelled.", _UNAVAILABLE
    ),
    "input-invalid": _input(
        "The input has errors; each is a diagnostic with a slug of its own.", _INVALID
    ),
    "inputs-changed": _refused(
        "The document or another input of the task has changed since the task was created."
    ),
    "interrupted-work-uncertain": _refused(
        "The task was interrupted in work that may have taken effect, and nobody chose what to do."
    ),
    "irreversible-work": _refused(
        "The policy rolls failures back, and the plan has nodes that cannot be undone.", _FORBIDDEN
    ),
    "lock-lost": _failed("Another task has taken over the lock of the cluster.", _CONFLICT),
    "log-line-unknown": _input("The log of the task has no line of this number.", _UNKNOWN),
    "nobody-to-ask": _refused(
        "A run step by step needs somebody who decides on each node.", _INVALID
    ),
    "not-confirmed": _refused("The request needs a confirmation and has none.", _FORBIDDEN),
    "nothing-to-undo": _refused("The task has no work that a rollback can undo."),
    "origin-refused": _refused(
        "A page of another site tried to open a stream in a browser.", _FORBIDDEN
    ),
    "orphaned-run-alive": _refused(
        "The Ansible run of an interrupted task still works on hosts of the cluster."
    ),
    "orphaned-run-elsewhere": _refused(
        "The Ansible run of an interrupted task was started on another machine, and may still work."
    ),
    "output-directory-occupied": _refused(
        "The directory for a bundle has other content, which is not replaced."
    ),
    "permission-missing": _refused("The caller lacks a permission.", _FORBIDDEN),
    "plan-outdated": _refused(
        "Another task has worked on the cluster since the plan was shown or compiled."
    ),
    "project-exists": _refused("There is a project of this name already."),
    "request-cancelled": _refused("The request was cancelled before it changed anything."),
    "secret-answer-ambiguous": _refused(
        "One variable of the environment would answer several questions.", _INVALID
    ),
    "secret-answer-missing": _refused(
        "A secret has to be typed in, and nobody can be asked.", _INVALID
    ),
    "selection-empty": _refused("The selection matches no work of the task.", _INVALID),
    "state-directory-unusable": _input(
        "The state directory cannot be created, or not be written, where the settings name it.",
        _UNAVAILABLE,
    ),
    "store-busy": _failed(
        "Another process has been writing to the database for a long time.", _UNAVAILABLE
    ),
    "store-misconfigured": _failed(
        "The database URL is wrong, or the driver for it is missing.", _UNAVAILABLE
    ),
    "store-not-compacted": _failed("The database file cannot be compacted.", _INTERNAL),
    "store-schema-newer": _failed(
        "A newer version of WorldTree has migrated the database.", _UNAVAILABLE
    ),
    "store-schema-older": _failed(
        "The schema of the server's database is older than the program and waits for an upgrade.",
        _UNAVAILABLE,
    ),
    "store-unavailable": _failed("The database cannot be used.", _UNAVAILABLE),
    "stream-position-invalid": _input(
        "The number after which a stream is to begin is not a valid one.", _INVALID
    ),
    "streams-exhausted": _refused("As many streams are open as the service allows.", _UNAVAILABLE),
    "sync-failed": _failed("Files cannot be synced to disk.", _INTERNAL),
    "task-ambiguous": _input("The id of a task is abbreviated and matches several.", _INVALID),
    "task-bundle-missing": _refused("The task's copy of its bundle is missing."),
    "task-continued": _refused("Another task has continued the task."),
    "task-document-unknown": _refused("The document of the task is unknown."),
    "task-finished": _refused("The task has already ended."),
    "task-imported": _refused(
        "The task ran elsewhere and was imported: only its results are here."
    ),
    "task-is-rollback": _refused("The task is a rollback, which cannot be rolled back."),
    "task-not-begun": _refused(
        "The task has not begun: it is queued, waits, or was refused before it began."
    ),
    "task-not-replannable": _refused("The task cannot continue with another plan."),
    "task-only-checked": _refused("The task was a check: it changed nothing."),
    "task-queued": _refused("The task is in the queue of the service already."),
    "task-recorded-twice": _failed("Another process records the same task.", _CONFLICT),
    "task-rolled-back": _refused("The task was rolled back, or is being rolled back."),
    "task-running": _refused("The task is running."),
    "task-unknown": _input("There is no such task.", _UNKNOWN),
    "withheld-value-needed": _refused(
        "Selected work reads a secret value that work outside of the selection sets.", _INVALID
    ),
    "work-overtaken": _refused("A later task has changed the work that would be undone."),
}
