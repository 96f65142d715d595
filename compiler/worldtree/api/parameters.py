"""Parameters that several routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query

from worldtree.app.page_cursors import MAX_EVENTS, MAX_PAGE

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Items of the page at most.")]
EventLimit = Annotated[int, Query(ge=1, le=MAX_EVENTS, description="Items of the page at most.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before, none for the first.")
]
#: How the parameter of an order of a list is described.
ORDER = Query(
    alias="sort",
    description="What the list is sorted by, with `-` in front descending; a cursor belongs to it.",
)
After = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="Number of the last event that was read.")
]
#: A text of the database: it holds no null character.
NO_NULL = r"^[^\x00]*$"
Name = Annotated[str, Path(min_length=1, max_length=200, pattern=NO_NULL)]
Filter = Annotated[str | None, Query(max_length=500, pattern=NO_NULL)]
IfMatch = Annotated[str | None, Header(max_length=4000)]
#: Where a role is given; ``*`` for all projects.
RoleProject = Annotated[
    str,
    Query(
        alias="project", min_length=1, max_length=200, description="Name of the project, or `*`."
    ),
]
