"""``spec.distribution``: how artifacts reach many hosts."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from worldtree.spec.artifact_locations import has_credentials, is_path, location_problem
from worldtree.spec.models.base import DocModel, validation_problem
from worldtree.spec.models.types import LabelKey, PositiveInt

_SIZE = re.compile(r"([0-9]{1,15})([KMGT]?)", re.ASCII)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def _bandwidth(value: Any) -> int:
    match = _SIZE.fullmatch(str(value)) if isinstance(value, (str, int)) else None
    number = int(match[1]) << _UNITS[match[2]] if match and value is not True else 0
    if number < 1:
        raise validation_problem(
            "wrong-value",
            "`bandwidth` is not a number of bytes per second",
            hint="examples: 500K, 100M, 1G; the units are powers of 1024",
        )
    return number


def _mirror(value: Any) -> str:
    if not isinstance(value, str) or is_path(value) or not value.startswith(("http:", "https:")):
        raise validation_problem(
            "bad-artifact-source",
            "a mirror is a URL that hosts can reach",
            hint="for example https://mirror.example.com/artifacts",
        )
    if has_credentials(value):
        raise validation_problem(
            "secret-in-clear",
            "the URL has a user or a password",
            "Hosts get it as it stands here.",
            "let the mirror serve its files to the hosts without credentials",
        )
    problem = location_problem(value)
    if problem is not None:
        raise validation_problem("bad-artifact-source", problem[0], hint=problem[1])
    return value


class Distribution(DocModel):
    """How artifacts reach hosts: by default over the connection of each host, as fast as it is."""

    bandwidth: (
        Annotated[
            int,
            PlainValidator(_bandwidth),
            WithJsonSchema({"type": ["integer", "string"], "pattern": f"^{_SIZE.pattern}$"}),
        ]
        | None
    ) = Field(
        default=None,
        description="Bytes per second that are sent to all hosts together, such as `100M`.",
        examples=["100M"],
    )
    transfers: PositiveInt | None = Field(
        default=None, description="Files that are sent at once.", examples=[8]
    )
    mirror: Annotated[str, PlainValidator(_mirror), WithJsonSchema({"type": "string"})] | None = (
        Field(
            default=None,
            description="A web server from which hosts get files by themselves, checked by their "
            "sha256; it has the layout of the artifact cache.",
            examples=["https://mirror.example.com/artifacts"],
        )
    )
    seeds: LabelKey | None = Field(
        default=None,
        description="A label: of the hosts with the same value of it one gets a file first, and "
        "gives it to the others.",
        examples=["rack"],
    )
