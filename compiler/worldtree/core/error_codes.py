"""The registry of error codes: what each means, its exit code and its HTTP status.

``docs/build.py`` compares it with the code that raises, and writes ``docs/errors.md`` from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from worldtree.core.error_code import ErrorCode, failed, refused, wrong_input
from worldtree.core.identity_error_codes import IDENTITY_ERROR_CODES

_FORBIDDEN = HTTPStatus.FORBIDDEN
_UNKNOWN = HTTPStatus.NOT_FOUND
_CONFLICT = HTTPStatus.CONFLICT
_INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
_INTERNAL = HTTPStatus.INTERNAL_SERVER_ERROR
_BAD_GATEWAY = HTTPStatus.BAD_GATEWAY
_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE
_NO_SPACE = HTTPStatus.INSUFFICIENT_STORAGE

_OTHER_CODES: Mapping[str, ErrorCode] = {
    "ansible-unsupported": refused(
        "The installed versions of Ansible and ansible-runner do not work together.", _UNAVAILABLE
    ),
    "approval-own": refused("Nobody approves a plan of one's own in the project.", _FORBIDDEN),
    "approval-required": refused(
        "The project requires approvals: work needs a plan that other users have approved."
    ),
    "archive-in-use": refused("A task that waits, or a schedule, needs the archive."),
    "archive-invalid": refused(
        "An archive cannot be read, or has an entry that is not allowed.", _INVALID
    ),
    "archive-quota-exceeded": refused(
        "The project has as many archives, or as much in them, as it may."
    ),
    "archive-too-large": refused(
        "An archive, or what is in it, is larger than the service accepts.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ),
    "archive-unknown": refused("The project has no such archive.", _UNKNOWN),
    "artifact-cache-unusable": failed(
        "The directory of the artifact cache cannot be read or written.", _INTERNAL
    ),
    "artifact-lock-not-written": failed("The lock file of artifacts cannot be written.", _INTERNAL),
    "artifact-not-cached": refused(
        "The artifact cache of the machine that runs the work lacks a file that hosts need."
    ),
    "artifact-not-fetched": failed(
        "No source of an artifact has the bytes that are meant.", _BAD_GATEWAY
    ),
    "artifact-not-locked": refused(
        "The sha256 of an artifact is neither declared nor in the lock file."
    ),
    "artifact-signature-invalid": failed(
        "The signature of an artifact is not one of its bytes by the public key.", _BAD_GATEWAY
    ),
    "audit-head-invalid": wrong_input("A head of the audit log is not a digest.", _INVALID),
    "audit-log-changed": failed(
        "Entries of the audit log were changed, removed or inserted.", _INTERNAL
    ),
    "blackout-unknown": refused("The project has no such blackout.", _UNKNOWN),
    "body-too-large": refused(
        "The body of a request is larger than the service accepts.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ),
    "body-too-slow": refused(
        "The body of a request did not arrive in time.", HTTPStatus.REQUEST_TIMEOUT
    ),
    "bundle-edited": refused("A file of the bundle was edited after the bundle was compiled."),
    "bundle-not-written": failed("The bundle cannot be written to its directory.", _INTERNAL),
    "bundle-stale": refused(
        "The document or another input of the bundle has changed since it was compiled."
    ),
    "bundle-unreadable": refused(
        "The manifest of the bundle, or a file that it lists, is missing or cannot be read.",
        _INVALID,
    ),
    "cancel-not-finished": refused(
        "The task was cancelled, but has not ended within the time that the command waits."
    ),
    "certificate-unusable": failed(
        "The certificate or the key of the service cannot be used.", _INTERNAL
    ),
    "channel-exists": refused("The project has a channel of this name already."),
    "channel-unknown": refused("The project has no such channel.", _UNKNOWN),
    "cluster-exists": refused("The cluster already has a document in the service."),
    "cluster-locked": refused("Another task holds the lock of the cluster."),
    "cluster-name-mismatch": refused(
        "The document is that of another cluster than the address says.", _INVALID
    ),
    "cluster-name-reserved": refused("The name cannot be that of a cluster.", _INVALID),
    "cluster-not-in-document": refused(
        "The document does not contain the cluster of the task.", _INVALID
    ),
    "cluster-unknown": wrong_input("There is no cluster of this name.", _UNKNOWN),
    "compile-failed": refused(
        "The process that compiles a document ended without an answer.", _INVALID
    ),
    "compile-limit": refused(
        "A document is too large, or needs more time, memory or space to compile than allowed.",
        _INVALID,
    ),
    "connection-check-failed": failed(
        "Hosts cannot be reached or used; nothing was changed.", _BAD_GATEWAY
    ),
    "content-damaged": refused(
        "An archive in the database is not what its digest says.", _INTERNAL
    ),
    "content-outside": refused(
        "A document uses files outside of its directory, which a service does not get."
    ),
    "content-refused": refused("The policy of the project does not allow archives.", _FORBIDDEN),
    "content-unreadable": refused("A file beside a document cannot be read."),
    "cron-invalid": refused("A cron expression cannot be read, or has no time.", _INVALID),
    "cursor-invalid": refused(
        "The cursor of a list was not made by the service for this list.", _INVALID
    ),
    "delivery-unknown": refused("The project has no such delivery.", _UNKNOWN),
    "disk-full": failed("There is no space left on a disk.", _NO_SPACE),
    "document-changed": refused(
        "Another request has changed the document of the cluster in the meantime.",
        HTTPStatus.PRECONDITION_FAILED,
    ),
    "document-missing": refused("The cluster has no document in the service."),
    "document-not-single": refused("The service takes one document at a time.", _INVALID),
    "document-not-stored": refused(
        "The document of a file is not the one that the service has of the cluster."
    ),
    "document-unknown": refused("The request names no document that the database has.", _UNKNOWN),
    "document-version-unknown": refused("There is no such version of the document.", _UNKNOWN),
    "drift-unknown": refused("Drift of the cluster was never looked for.", _UNKNOWN),
    "facts-unknown": refused("No facts of the host are kept.", _UNKNOWN),
    "file-exists": refused("A file that would be written already exists."),
    "file-not-written": refused("A file cannot be written.", _INTERNAL),
    "format-unreadable": refused(
        "Data on disk was written by a newer version of WorldTree, or is damaged.", _INTERNAL
    ),
    "graph-invalid": failed("The graph of a plan contradicts itself.", _INTERNAL),
    "heartbeat-failed": failed(
        "The task could not record that it is alive, and was cancelled.", _UNAVAILABLE
    ),
    "idempotency-key-in-use": refused(
        "The first request with the Idempotency-Key is not finished."
    ),
    "idempotency-key-invalid": refused(
        "The header Idempotency-Key cannot be read.", HTTPStatus.BAD_REQUEST
    ),
    "idempotency-key-refused": refused(
        "The address takes or gives secrets, and keeps no answer for a repeated request.",
        HTTPStatus.BAD_REQUEST,
    ),
    "idempotency-key-reused": refused(
        "The Idempotency-Key was used for another request.", _INVALID
    ),
    "input-invalid": wrong_input(
        "The input has errors; each is a diagnostic with a slug of its own.", _INVALID
    ),
    "inputs-changed": refused(
        "The document or another input of the task has changed since the task was created."
    ),
    "insecure-listener": refused(
        "Plain HTTP would be reachable by others, who could read tokens.", _FORBIDDEN
    ),
    "internal-error": failed(
        "The service failed; its log has the reason under the id of the request.", _INTERNAL
    ),
    "interrupted-work-uncertain": refused(
        "The task was interrupted in work that may have taken effect, and nobody chose what to do."
    ),
    "irreversible-work": refused(
        "The policy rolls failures back, and the plan has nodes that cannot be undone.", _FORBIDDEN
    ),
    "listener-unavailable": failed(
        "The service cannot listen on its address and port.", _UNAVAILABLE
    ),
    "lock-lost": failed("Another task has taken over the lock of the cluster.", _CONFLICT),
    "log-line-unknown": wrong_input("The log of the task has no line of this number.", _UNKNOWN),
    "media-type-unsupported": refused(
        "The body of a request has a media type that its address does not take.",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    "method-not-allowed": refused(
        "The address does not take the method of the request.", HTTPStatus.METHOD_NOT_ALLOWED
    ),
    "name-invalid": wrong_input(
        "A new name is too long, or has characters that it cannot have.", _INVALID
    ),
    "nobody-to-ask": refused(
        "A run step by step needs somebody who decides on each node.", _INVALID
    ),
    "not-confirmed": refused("The request needs a confirmation and has none.", _FORBIDDEN),
    "nothing-to-undo": refused("The task has no work that a rollback can undo."),
    "notification-failed": failed("A test message was not delivered.", _BAD_GATEWAY),
    "notify-networks-invalid": refused(
        "WORLDTREE_NOTIFY_NETWORKS is not a list of networks.", _INTERNAL
    ),
    "offline-bundle-base-missing": refused(
        "An offline bundle holds only what is new against another one, which was not loaded."
    ),
    "offline-bundle-damaged": wrong_input(
        "A file is not an offline bundle, or a damaged, cut, manipulated or incomplete one.",
        _INVALID,
    ),
    "offline-bundle-not-sent": failed(
        "A store or a registry does not take an offline bundle.", _BAD_GATEWAY
    ),
    "offline-bundle-target-invalid": wrong_input(
        "The place that an offline bundle is to be sent to is not one.", _INVALID
    ),
    "offline-bundle-unsigned": failed(
        "An offline bundle has no signature by the public key.", _BAD_GATEWAY
    ),
    "origin-refused": refused(
        "A page of another site tried to open a stream in a browser.", _FORBIDDEN
    ),
    "orphaned-run-alive": refused(
        "The Ansible run of an interrupted task still works on hosts of the cluster."
    ),
    "orphaned-run-elsewhere": refused(
        "The Ansible run of an interrupted task was started on another machine, and may still work."
    ),
    "output-directory-occupied": refused(
        "The directory for a bundle has other content, which is not replaced."
    ),
    "plan-closed": refused("The plan was applied or rejected, or is void."),
    "plan-damaged": refused("The stored bundle of a plan is not what was stored."),
    "plan-outdated": refused(
        "Another task has worked on the cluster since the plan was shown or compiled."
    ),
    "plan-unknown": refused("There is no such plan.", _UNKNOWN),
    "plan-void": refused(
        "The document of the cluster, another input of the plan or the policy has changed since."
    ),
    "policy-changed": refused(
        "Another request has changed the policy of the project in the meantime.",
        HTTPStatus.PRECONDITION_FAILED,
    ),
    "policy-exceeds": refused(
        "The policy of a project allows more than the operator of the service does.", _FORBIDDEN
    ),
    "policy-too-large": refused("The policy of a project has more than 64 KiB.", _INVALID),
    "precondition-missing": refused(
        "The request does not say which document or policy it replaces.",
        HTTPStatus.PRECONDITION_REQUIRED,
    ),
    "project-exists": refused("There is a project of this name already."),
    "project-unknown": wrong_input("There is no such project.", _UNKNOWN),
    "rate-limited": refused(
        "The caller sends more requests than the service allows.", HTTPStatus.TOO_MANY_REQUESTS
    ),
    "repository-refused": refused(
        "The policy does not allow the repository, or where it is.", _FORBIDDEN
    ),
    "repository-revision-invalid": refused(
        "A revision or directory of a repository is not one.", _INVALID
    ),
    "repository-revision-unknown": refused(
        "A repository has no such revision or directory.", _INVALID
    ),
    "repository-submodules": refused(
        "A repository has submodules, which are not fetched.", _INVALID
    ),
    "repository-unreachable": refused("A repository cannot be fetched.", _INVALID),
    "repository-url-invalid": refused("The URL of a repository has another form.", _INVALID),
    "request-cancelled": refused("The request was cancelled before it changed anything."),
    "request-forged": refused("A request with a session came from another site.", _FORBIDDEN),
    "request-invalid": refused(
        "A parameter or the body of a request is not as the API describes it.", _INVALID
    ),
    "request-refused": refused("The request cannot be answered.", HTTPStatus.BAD_REQUEST),
    "route-unknown": refused("The service has no such address.", _UNKNOWN),
    "schedule-exists": refused("The cluster has a schedule of this name already."),
    "schedule-unknown": refused("The cluster has no such schedule.", _UNKNOWN),
    "secret-answer-ambiguous": refused(
        "One variable of the environment would answer several questions.", _INVALID
    ),
    "secret-answer-missing": refused(
        "A secret has to be typed in, and nobody can be asked.", _INVALID
    ),
    "selection-empty": refused("The selection matches no work of the task.", _INVALID),
    "server-answer-unreadable": failed(
        "The answer of a service has a form that this program does not know.", _BAD_GATEWAY
    ),
    "server-certificate-untrusted": failed(
        "The certificate of a service is not signed by a trusted authority, or names another host.",
        _BAD_GATEWAY,
    ),
    "server-insecure": refused(
        "A token would be sent to another machine without encryption.", _FORBIDDEN
    ),
    "server-unknown": failed("The address is not that of a WorldTree service.", _BAD_GATEWAY),
    "server-unreachable": failed("A service cannot be reached.", _BAD_GATEWAY),
    "server-url-invalid": wrong_input("The address of a service cannot be used.", _INVALID),
    "service-busy": refused("The service works on too many documents at the moment.", _UNAVAILABLE),
    "service-not-installed": failed(
        "A library that the service needs is not installed.", _UNAVAILABLE
    ),
    "service-stopping": failed(
        "The service is about to stop, and takes no new work.", _UNAVAILABLE
    ),
    "signing-key-unusable": wrong_input("A private key cannot be used to sign.", _INVALID),
    "source-date-epoch-invalid": wrong_input("SOURCE_DATE_EPOCH is not a time.", _INVALID),
    "state-directory-unusable": wrong_input(
        "The state directory cannot be created, or not be written, where the settings name it.",
        _UNAVAILABLE,
    ),
    "state-file-unusable": wrong_input(
        "The database file belongs to another user, or this user may not read and write it.",
        _UNAVAILABLE,
    ),
    "store-busy": failed(
        "Another process has been writing to the database for a long time.", _UNAVAILABLE
    ),
    "store-key-invalid": refused(
        "The file with the key of the database's sealed files cannot be used.", _UNAVAILABLE
    ),
    "store-key-missing": refused(
        "Files of clusters in the database are sealed with a key that this machine does not have.",
        _UNAVAILABLE,
    ),
    "store-key-wrong": refused(
        "Files of clusters in the database are sealed with another key than this machine's.",
        _UNAVAILABLE,
    ),
    "store-misconfigured": failed(
        "The database URL is wrong, or the driver for it is missing.", _UNAVAILABLE
    ),
    "store-not-compacted": failed("The database file cannot be compacted.", _INTERNAL),
    "store-schema-newer": failed(
        "A newer version of WorldTree has migrated the database.", _UNAVAILABLE
    ),
    "store-schema-older": failed(
        "The schema of the server's database is older than the program and waits for an upgrade.",
        _UNAVAILABLE,
    ),
    "store-unavailable": failed("The database cannot be used.", _UNAVAILABLE),
    "stream-lost": failed(
        "The connection to a service was lost, and the task can no longer be followed.",
        _BAD_GATEWAY,
    ),
    "stream-position-invalid": wrong_input(
        "The number after which a stream is to begin is not a valid one.", _INVALID
    ),
    "streams-exhausted": refused("As many streams are open as the service allows.", _UNAVAILABLE),
    "sync-failed": failed("Files cannot be synced to disk.", _INTERNAL),
    "task-ambiguous": wrong_input("The id of a task is abbreviated and matches several.", _INVALID),
    "task-bundle-missing": refused("The task's copy of its bundle is missing."),
    "task-continued": refused("Another task has continued the task."),
    "task-document-unknown": refused("The document of the task is unknown."),
    "task-finished": refused("The task has already ended."),
    "task-imported": refused("The task ran elsewhere and was imported: only its results are here."),
    "task-is-rollback": refused("The task is a rollback, which cannot be rolled back."),
    "task-not-begun": refused(
        "The task has not begun: it is queued, waits, or was refused before it began."
    ),
    "task-not-replannable": refused("The task cannot continue with another plan."),
    "task-only-checked": refused("The task was a check: it changed nothing."),
    "task-queued": refused("The task is in the queue of the service already."),
    "task-recorded-twice": failed("Another process records the same task.", _CONFLICT),
    "task-rolled-back": refused("The task was rolled back, or is being rolled back."),
    "task-running": refused("The task is running."),
    "task-unknown": wrong_input("There is no such task.", _UNKNOWN),
    "time-zone-unknown": refused("There is no time zone of this name.", _INVALID),
    "window-over": refused("The window in which a plan may begin is over."),
    "withheld-value-needed": refused(
        "Selected work reads a secret value that work outside of the selection sets.", _INVALID
    ),
    "work-lost": refused(
        "Another process works on the task: the worker of this one was taken for dead."
    ),
    "work-overtaken": refused("A later task has changed the work that would be undone."),
    "worker-died": failed(
        "Processes of the service died while they worked on the task.", _INTERNAL
    ),
    "worker-tag-invalid": wrong_input("A tag of workers is not valid.", _INVALID),
    "worker-unknown": refused("There is no such worker.", _UNKNOWN),
}

#: Code -> what it means, in the order of the codes.
ERROR_CODES: Mapping[str, ErrorCode] = dict(
    sorted({**IDENTITY_ERROR_CODES, **_OTHER_CODES}.items())
)
