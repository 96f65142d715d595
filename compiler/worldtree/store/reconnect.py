"""Waits for a server that is away: it restarts, or the network to it is broken."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, event

from worldtree.store.db_errors import is_away

_RETRY_SECONDS = 0.5


def wait_for_server(engine: Engine, seconds: float) -> None:
    """Make new connections of ``engine`` wait for the server, ``seconds`` at most.

    Most work begins with a check of its connection, so that it waits instead of failing. What is
    in the middle of a transaction fails: see ``busy.wait_while_busy``.
    """
    if engine.dialect.name == "sqlite":
        return

    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        end = time.monotonic() + seconds
        while True:
            try:
                return dialect.connect(*arguments, **options)
            except dialect.loaded_dbapi.OperationalError as error:
                if not is_away(error) or time.monotonic() > end:
                    raise
            time.sleep(_RETRY_SECONDS)

    event.listen(engine, "do_connect", connect)
