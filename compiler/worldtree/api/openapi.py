"""Says in the OpenAPI document that errors are problems."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from worldtree.api.problems import MEDIA_TYPE

_ERRORS = ("4XX", "5XX")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
#: FastAPI's own answer to a wrong parameter, which is a problem here.
_UNUSED = ("HTTPValidationError", "ValidationError")


def describe_problems(app: FastAPI) -> None:
    """Let the document of ``app`` give errors their media type, which FastAPI cannot."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for path in document["paths"].values():
                for operation in path.values():
                    responses = operation["responses"]
                    for status in _ERRORS:
                        if status in responses:
                            responses[status]["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
                    if _ERRORS[0] in responses and _is_of_framework(responses.get("422")):
                        del responses["422"]
            for name in _UNUSED:
                document["components"]["schemas"].pop(name, None)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI documents this way to change it


def _is_of_framework(response: dict[str, Any] | None) -> bool:
    return response is not None and "HTTPValidationError" in str(response)
