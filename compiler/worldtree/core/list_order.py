"""Orders of lists that a caller can ask for; ``-`` in front means descending.

Lists are sorted by values that never change, so that a cursor stays valid and what is added or
begins meanwhile moves nothing to another page.
"""

from __future__ import annotations

from typing import Literal

#: When a task was asked for, or the name of its cluster, with those of a cluster in the default
#: order.
TaskOrder = Literal["-asked", "asked", "cluster", "-cluster"]
#: The name of a cluster, or when it was created.
ClusterOrder = Literal["name", "-name", "created", "-created"]
#: The version of a document.
VersionOrder = Literal["-version", "version"]
