"""Names of the built-in pipelines: what ``--pipeline``, node ids and components' parts call them.

Apart from their definitions in ``catalog.pipelines``, so that the command line can name them
without loading the catalog.
"""

from __future__ import annotations

CREATE_CLUSTER = "create-cluster"
VERIFY = "verify"
DESTROY_CLUSTER = "destroy-cluster"

BACKUP = "backup"
RESTORE = "restore"
REMOVE_MEMBER = "remove-member"
UPGRADE = "upgrade"
DEFRAG = "defrag"
GARBAGE_COLLECT = "garbage-collect"

ADD_HOSTS = "add-hosts"
REMOVE_HOSTS = "remove-hosts"
RENEW_CERTS = "renew-certs"

#: Those in which every component has a part.
COMMON_PIPELINES = (CREATE_CLUSTER, VERIFY, DESTROY_CLUSTER)

BUILTIN_PIPELINES = (
    *COMMON_PIPELINES,
    *(BACKUP, RESTORE, REMOVE_MEMBER, UPGRADE, DEFRAG, GARBAGE_COLLECT),
    *(ADD_HOSTS, REMOVE_HOSTS, RENEW_CERTS),
)
