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
_UNAUTHORIZED = HTTPStatus.UNAUTHORIZED

#: Code -> what it means, in the order of the codes.
ERROR_CODES: Mapping[str, ErrorCode] = {
    "ansible-unsupported": _refused(
        "The installed versions of Ansible and ansible-runner do not work together.", _UNAVAILABLE
    ),
    "approval-own": _refused("Nobody approves a plan of one's own in the project.", _FORBIDDEN),
    "approval-required": _refused(
        "The project requires approvals: work needs a plan that other users have approved."
    ),
    "archive-in-use": _refused("A task that waits, or a schedule, needs the archive."),
    "archive-invalid": _refused(
        "An archive cannot be read, or has an entry that is not allowed.", _INVALID
    ),
    "archive-too-large": _refused(
        "An archive, or what is in it, is larger than the service accepts.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ),
    "archive-unknown": _refused("The project has no such archive.", _UNKNOWN),
    "audit-head-invalid": _input("A head of the audit log is not a digest.", _INVALID),
    "audit-log-changed": _failed(
        "Entries of the audit log were changed, removed or inserted.", _INTERNAL
    ),
    "blackout-unknown": _refused("The project has no such blackout.", _UNKNOWN),
    "body-too-large": _refused(
        "The body of a request is larger than the service accepts.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ),
    "body-too-slow": _refused(
        "The body of a request did not arrive in time.", HTTPStatus.REQUEST_TIMEOUT
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
    "certificate-unusable": _failed(
        "The certificate or the key of the service cannot be used.", _INTERNAL
    ),
    "channel-exists": _refused("The project has a channel of this name already."),
    "channel-unknown": _refused("The project has no such channel.", _UNKNOWN),
    "cluster-exists": _refused("The cluster already has a document in the service."),
    "cluster-locked": _refused("Another task holds the lock of the cluster."),
    "cluster-name-mismatch": _refused(
        "The document is that of another cluster than the address says.", _INVALID
    ),
    "cluster-name-reserved": _refused("The name cannot be that of a cluster.", _INVALID),
    "cluster-not-in-document": _refused(
        "The document does not contain the cluster of the task.", _INVALID
    ),
    "cluster-unknown": _input("There is no cluster of this name.", _UNKNOWN),
    "compile-failed": _refused(
        "The process that compiles a document ended without an answer.", _INVALID
    ),
    "compile-limit": _refused(
        "A document is too large, or needs more time, memory or space to compile than allowed.",
        _INVALID,
    ),
    "connection-check-failed": _failed(
        "Hosts cannot be reached or used; nothing was changed.", _BAD_GATEWAY
    ),
    "content-damaged": _refused(
        "An archive in the database is not what its digest says.", _INTERNAL
    ),
    "content-refused": _refused("The policy of the project does not allow archives.", _FORBIDDEN),
    "cron-invalid": _refused("A cron expression cannot be read, or has no time.", _INVALID),
    "cursor-invalid": _refused(
        "The cursor of a list was not made by the service for this list.", _INVALID
    ),
    "delivery-unknown": _refused("The project has no such delivery.", _UNKNOWN),
    "disk-full": _failed("There is no space left on a disk.", _NO_SPACE),
    "document-changed": _refused(
        "Another request has changed the document of the cluster in the meantime.",
        HTTPStatus.PRECONDITION_FAILED,
    ),
    "document-missing": _refused("The cluster has no document in the service."),
    "document-not-single": _refused("The service takes one document at a time.", _INVALID),
    "document-not-stored": _refused(
        "The document of a file is not the one that the service has of the cluster."
    ),
    "document-unknown": _refused("The request names no document that the database has.", _UNKNOWN),
    "document-version-unknown": _refused("There is no such version of the document.", _UNKNOWN),
    "drift-unknown": _refused("Drift of the cluster was never looked for.", _UNKNOWN),
    "facts-unknown": _refused("No facts of the host are kept.", _UNKNOWN),
    "file-exists": _refused("A file that would be written already exists."),
    "file-not-written": _refused("A file cannot be written.", _INTERNAL),
    "format-unreadable": _refused(
        "Data on disk was written by a newer version of WorldTree, or is damaged.", _INTERNAL
    ),
    "graph-invalid": _failed("The graph of a plan contradicts itself.", _INTERNAL),
    "heartbeat-failed": _failed(
        "The task could not record that it is alive, and was cancelled.", _UNAVAILABLE
    ),
    "idempotency-key-in-use": _refused(
        "The first request with the Idempotency-Key is not finished."
    ),
    "idempotency-key-invalid": _refused(
        "The header Idempotency-Key cannot be read.", HTTPStatus.BAD_REQUEST
    ),
    "idempotency-key-refused": _refused(
        "The address takes or gives secrets, and keeps no answer for a repeated request.",
        HTTPStatus.BAD_REQUEST,
    ),
    "idempotency-key-reused": _refused(
        "The Idempotency-Key was used for another request.", _INVALID
    ),
    "input-invalid": _input(
        "The input has errors; each is a diagnostic with a slug of its own.", _INVALID
    ),
    "inputs-changed": _refused(
        "The document or another input of the task has changed since the task was created."
    ),
    "insecure-listener": _refused(
        "Plain HTTP would be reachable by others, who could read tokens.", _FORBIDDEN
    ),
    "internal-error": _failed(
        "The service failed; its log has the reason under the id of the request.", _INTERNAL
    ),
    "interrupted-work-uncertain": _refused(
        "The task was interrupted in work that may have taken effect, and nobody chose what to do."
    ),
    "irreversible-work": _refused(
        "The policy rolls failures back, and the plan has nodes that cannot be undone.", _FORBIDDEN
    ),
    "listener-unavailable": _failed(
        "The service cannot listen on its address and port.", _UNAVAILABLE
    ),
    "lock-lost": _failed("Another task has taken over the lock of the cluster.", _CONFLICT),
    "log-line-unknown": _input("The log of the task has no line of this number.", _UNKNOWN),
    "login-failed": _refused("A login did not succeed, or took too long.", _UNAUTHORIZED),
    "login-limited": _refused("There were too many failed logins.", HTTPStatus.TOO_MANY_REQUESTS),
    "login-missing": _refused("No login at the service is saved.", _UNAUTHORIZED),
    "login-refused": _refused("The name or the password is wrong.", _UNAUTHORIZED),
    "login-unavailable": _failed(
        "The identity provider cannot be reached, or answers wrongly.", _BAD_GATEWAY
    ),
    "login-unconfigured": _refused("The service knows no identity provider.", _UNKNOWN),
    "logins-unusable": _failed("The file of saved logins cannot be used.", _INTERNAL),
    "media-type-unsupported": _refused(
        "The body of a request has a media type that its address does not take.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "method-not-allowed": _refused(
        "The address does not take the method of the request.", HTTPStatus.METHOD_NOT_ALLOWED
    ),
    "name-invalid": _input(
        "A new name is too long, or has characters that it cannot have.", _INVALID
    ),
    "nobody-to-ask": _refused(
        "A run step by step needs somebody who decides on each node.", _INVALID
    ),
    "not-confirmed": _refused("The request needs a confirmation and has none.", _FORBIDDEN),
    "nothing-to-undo": _refused("The task has no work that a rollback can undo."),
    "notification-failed": _failed("A test message was not delivered.", _BAD_GATEWAY),
    "notify-networks-invalid": _refused(
        "WORLDTREE_NOTIFY_NETWORKS is not a list of networks.", _INTERNAL
    ),
    "oidc-misconfigured": _failed("The settings of the identity provider are wrong.", _INTERNAL),
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
    "password-missing": _refused("The user has no password that could be changed."),
    "password-unsuitable": _refused("A new password is too short or too long.", _INVALID),
    "password-wrong": _refused("The present password is another one.", _FORBIDDEN),
    "permission-missing": _refused("The caller lacks a permission.", _FORBIDDEN),
    "permission-unknown": _input("There is no such permission.", _INVALID),
    "plan-closed": _refused("The plan was applied or rejected, or is void."),
    "plan-damaged": _refused("The stored bundle of a plan is not what was stored."),
    "plan-outdated": _refused(
        "Another task has worked on the cluster since the plan was shown or compiled."
    ),
    "plan-unknown": _refused("There is no such plan.", _UNKNOWN),
    "plan-void": _refused(
        "The document of the cluster, another input of the plan or the policy has changed since."
    ),
    "policy-changed": _refused(
        "Another request has changed the policy of the project in the meantime.",
        HTTPStatus.PRECONDITION_FAILED,
    ),
    "policy-exceeds": _refused(
        "The policy of a project allows more than the operator of the service does.", _FORBIDDEN
    ),
    "policy-too-large": _refused("The policy of a project has more than 64 KiB.", _INVALID),
    "precondition-missing": _refused(
        "The request does not say which document or policy it replaces.",
        HTTPStatus.PRECONDITION_REQUIRED,
    ),
    "project-exists": _refused("There is a project of this name already."),
    "project-unknown": _input("There is no such project.", _UNKNOWN),
    "rate-limited": _refused(
        "The caller sends more requests than the service allows.", HTTPStatus.TOO_MANY_REQUESTS
    ),
    "repository-refused": _refused(
        "The policy does not allow the repository, or where it is.", _FORBIDDEN
    ),
    "repository-revision-invalid": _refused(
        "A revision or directory of a repository is not one.", _INVALID
    ),
    "repository-revision-unknown": _refused(
        "A repository has no such revision or directory.", _INVALID
    ),
    "repository-unreachable": _refused("A repository cannot be fetched.", _INVALID),
    "repository-url-invalid": _refused("The URL of a repository has another form.", _INVALID),
    "request-cancelled": _refused("The request was cancelled before it changed anything."),
    "request-forged": _refused("A request with a session came from another site.", _FORBIDDEN),
    "request-invalid": _refused(
        "A parameter or the body of a request is not as the API describes it.", _INVALID
    ),
    "request-refused": _refused("The request cannot be answered.", HTTPStatus.BAD_REQUEST),
    "role-builtin": _refused("A built-in role cannot be changed."),
    "role-in-use": _refused("Users have the role that would be deleted."),
    "role-unknown": _input("There is no such role.", _UNKNOWN),
    "route-unknown": _refused("The service has no such address.", _UNKNOWN),
    "schedule-exists": _refused("The cluster has a schedule of this name already."),
    "schedule-unknown": _refused("The cluster has no such schedule.", _UNKNOWN),
    "secret-answer-ambiguous": _refused(
        "One variable of the environment would answer several questions.", _INVALID
    ),
    "secret-answer-missing": _refused(
        "A secret has to be typed in, and nobody can be asked.", _INVALID
    ),
    "selection-empty": _refused("The selection matches no work of the task.", _INVALID),
    "server-answer-unreadable": _failed(
        "The answer of a service has a form that this program does not know.", _BAD_GATEWAY
    ),
    "server-certificate-untrusted": _failed(
        "The certificate of a service is not signed by a trusted authority, or names another host.",
        _BAD_GATEWAY,
    ),
    "server-insecure": _refused(
        "A token would be sent to another machine without encryption.", _FORBIDDEN
    ),
    "server-unknown": _failed("The address is not that of a WorldTree service.", _BAD_GATEWAY),
    "server-unreachable": _failed("A service cannot be reached.", _BAD_GATEWAY),
    "server-url-invalid": _input("The address of a service cannot be used.", _INVALID),
    "service-busy": _refused(
        "The service works on too many documents at the moment.", _UNAVAILABLE
    ),
    "service-not-installed": _failed(
        "A library that the service needs is not installed.", _UNAVAILABLE
    ),
    "service-stopping": _failed(
        "The service is about to stop, and takes no new work.", _UNAVAILABLE
    ),
    "session-invalid": _refused(
        "The session is unknown or over, or its user is disabled.", _UNAUTHORIZED
    ),
    "session-unknown": _input("There is no such session.", _UNKNOWN),
    "state-directory-unusable": _input(
        "The state directory cannot be created, or not be written, where the settings name it.",
        _UNAVAILABLE,
    ),
    "state-file-unusable": _input(
        "The database file belongs to another user, or this user may not read and write it.",
        _UNAVAILABLE,
    ),
    "store-busy": _failed(
        "Another process has been writing to the database for a long time.", _UNAVAILABLE
    ),
    "store-key-invalid": _refused(
        "The file with the key of the database's sealed files cannot be used.", _UNAVAILABLE
    ),
    "store-key-missing": _refused(
        "Files of clusters in the database are sealed with a key that this machine does not have.",
        _UNAVAILABLE,
    ),
    "store-key-wrong": _refused(
        "Files of clusters in the database are sealed with another key than this machine's.",
        _UNAVAILABLE,
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
    "stream-lost": _failed(
        "The connection to a service was lost, and the task can no longer be followed.",
        _BAD_GATEWAY,
    ),
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
    "time-zone-unknown": _refused("There is no time zone of this name.", _INVALID),
    "token-invalid": _refused(
        "The token is misspelt, unknown, revoked or expired, or its owner is disabled.",
        HTTPStatus.UNAUTHORIZED,
    ),
    "token-lifetime-exceeded": _refused(
        "A token cannot create one that ends after itself.", _FORBIDDEN
    ),
    "token-lifetime-invalid": _input("A new token would expire too early or too late.", _INVALID),
    "token-missing": _refused("The request has no token.", _UNAUTHORIZED),
    "token-scopes-exceeded": _refused(
        "A token with scopes cannot create a token with others.", _FORBIDDEN
    ),
    "token-unknown": _input("There is no such token.", _UNKNOWN),
    "user-disabled": _refused("The user is disabled."),
    "user-exists": _refused("There is a user of this name already."),
    "user-not-local": _refused("The user logs in at an identity provider."),
    "user-unknown": _input("There is no such user.", _UNKNOWN),
    "window-over": _refused("The window in which a plan may begin is over."),
    "withheld-value-needed": _refused(
        "Selected work reads a secret value that work outside of the selection sets.", _INVALID
    ),
    "work-lost": _refused(
        "Another process works on the task: the worker of this one was taken for dead."
    ),
    "work-overtaken": _refused("A later task has changed the work that would be undone."),
    "worker-died": _failed(
        "Processes of the service died while they worked on the task.", _INTERNAL
    ),
    "worker-tag-invalid": _input("A tag of workers is not valid.", _INVALID),
    "worker-unknown": _refused("There is no such worker.", _UNKNOWN),
}
