"""Says in the OpenAPI document that errors are problems."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from worldtree.api.problems import MEDIA_TYPE

_ERRORS = ("4XX", "5XX")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def describe_problems(app: FastAPI) -> None:
    """Let the document of ``app`` give errors their media type, which FastAPI cannot."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            for path in generate()["paths"].values():
                for operation in path.values():
                    for status in _ERRORS:
                        found = operation["responses"].get(status)
                        if found is not None:
                            found["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI documents this way to change it
