"""Parameters of every kind that writes a path: owner, group, mode."""

from __future__ import annotations

from pydantic import Field

from worldtree.ansible.steps.kind import StepParams
from worldtree.ansible.steps.parameter_types import Mode, Text

#: Default mode of a file.
FILE_MODE = "0644"
#: Default mode of a directory.
DIRECTORY_MODE = "0755"


class OwnedParams(StepParams):
    """Owner, group and mode; the default owner is the user that the step runs as."""

    owner: Text | None = Field(default=None, description="Name of the owner.", examples=["root"])
    group: Text | None = Field(default=None, description="Name of the group.", examples=["root"])
    mode: Mode | None = Field(
        default=None,
        description=(
            "File mode in quotes, octal or symbolic. Default: '0644' for a file, '0755' for a "
            "directory."
        ),
        examples=["0640", "u=rw,g=r"],
    )
