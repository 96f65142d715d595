"""Generates the JSON Schema (draft 2020-12) of a document, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from worldtree.spec import reserved
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.models.play import PLAY_KEYS, WORK_KEYS
from worldtree.spec.models.step import COMMON_KEYS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_ID = "https://worldtree.io/schemas/v1alpha1/cluster.json"

Schema = dict[str, Any]

#: Keys of a step that calls one role.
_ONLY_OF_ROLES = frozenset({"role", "entry"})

#: Keys that are allowed without a value (``vars:``), as an empty mapping or list.
_NULLABLE = frozenset(
    {
        "after",
        "ansible",
        "before",
        "components",
        "environment",
        "facts",
        "groups",
        "hooks",
        "handlers",
        "hosts",
        "labels",
        "members",
        "modules",
        "needs",
        "policy",
        "postTasks",
        "preTasks",
        "replace",
        "roles",
        "ssh",
        "vars",
    }
)


def document_schema(
    components: Mapping[str, Schema] | None = None, kinds: Mapping[str, Schema] | None = None
) -> Schema:
    """Return the schema of a cluster document.

    ``components`` maps names of components to the schemas of their configurations, ``kinds`` names
    of step kinds to those of their parameters; each may have its own ``$defs``. Without them any
    component or kind is allowed.
    """
    schema = ClusterDocument.model_json_schema(
        by_alias=True, mode="validation", schema_generator=_Generator
    )
    definitions: dict[str, Schema] = schema["$defs"]
    _forbid_other_keys(definitions)
    definitions["Vars"] = _variables_schema(definitions["Spec"]["properties"]["vars"])
    _adjust_keys(definitions)
    need = definitions["Need"]
    need["oneOf"] = [{"required": ["task"]}, {"required": ["module"]}]
    definitions["Need"] = {"anyOf": [{"type": "string", "minLength": 1}, need]}
    definitions["DocumentArtifactSource"] = {
        "anyOf": [{"type": "string", "minLength": 1}, definitions["DocumentArtifactSource"]]
    }
    definitions["PlayRole"] = {
        "anyOf": [{"type": "string", "minLength": 1}, definitions["PlayRole"]]
    }
    definitions["Step"] = _step_schema(definitions["Step"], kinds, definitions)
    _require_hosts_or_inventory(definitions["Spec"])
    if components is not None:
        field = definitions["Spec"]["properties"]["components"]
        del field["patternProperties"]
        field["properties"] = {
            name: {"anyOf": [_embed(f"component-{name}", part, definitions), {"type": "null"}]}
            for name, part in sorted(components.items())
        }
    return {"$schema": DIALECT, "$id": SCHEMA_ID, **schema, "title": "WorldTree cluster document"}


def model_schema(model: type[BaseModel]) -> Schema:
    """Return the schema of a component's or kind's model for ``document_schema``."""
    return model.model_json_schema(by_alias=True, mode="validation", schema_generator=_Generator)


class _Generator(GenerateJsonSchema):
    """Omits titles, which repeat the keys, and defaults of whole mappings."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - part of the base
        return False

    def encode_default(self, dft: Any) -> Any:
        return {} if isinstance(dft, BaseModel) else super().encode_default(dft)


def _forbid_other_keys(value: Any) -> None:
    """Allow only keys that match the pattern of a mapping, if it has one."""
    if isinstance(value, dict):
        if "patternProperties" in value:
            value.setdefault("additionalProperties", False)
        for item in value.values():
            _forbid_other_keys(item)
    elif isinstance(value, list):
        for item in value:
            _forbid_other_keys(item)


def _variables_schema(field: Schema) -> Schema:
    taken = sorted(
        reserved.MAGIC_VARIABLES | reserved.TEMPLATE_FUNCTIONS | reserved.TEMPLATE_KEYWORDS
    )
    return {
        "description": "Ansible variables; values may be anything, templates included.",
        "type": ["object", "null"],
        "patternProperties": field["patternProperties"],
        "additionalProperties": False,
        "propertyNames": {
            "not": {"anyOf": [{"enum": taken}, {"pattern": f"^{reserved.OWN_PREFIX}"}]}
        },
    }


def _adjust_keys(definitions: Mapping[str, Schema]) -> None:
    for definition in definitions.values():
        properties = definition.get("properties", {})
        if "vars" in properties:
            field = properties["vars"]
            kept = {key: field[key] for key in ("description", "examples") if key in field}
            properties["vars"] = {"$ref": "#/$defs/Vars", **kept}
        for key in _NULLABLE & properties.keys():
            field = properties[key]
            kind = field.get("type")
            if kind in ("object", "array"):
                field["type"] = [kind, "null"]
            elif "$ref" in field and key != "vars":
                reference = {"$ref": field.pop("$ref")}
                properties[key] = {"anyOf": [reference, {"type": "null"}], **field}


def _step_schema(step: Schema, kinds: Mapping[str, Schema] | None, definitions: Schema) -> Schema:
    known = COMMON_KEYS | PLAY_KEYS
    properties = {k: v for k, v in step["properties"].items() if k in known}
    play = {"anyOf": [{"required": [key]} for key in WORK_KEYS if key != "handlers"]}
    no_play = {"not": {"anyOf": [{"required": [key]} for key in sorted(PLAY_KEYS)]}}
    made: Schema = {"type": "object", "description": step["description"], "properties": properties}
    if kinds is None:
        return {
            **made,
            "if": play,
            "then": {"propertyNames": {"enum": sorted(known - _ONLY_OF_ROLES)}},
            "else": {
                **no_play,
                "if": {"required": ["role"]},
                "then": {"propertyNames": {"enum": sorted(COMMON_KEYS)}},
                "else": {
                    "not": {
                        "anyOf": [
                            {"required": ["entry"]},
                            {"propertyNames": {"enum": sorted(COMMON_KEYS)}},
                        ]
                    }
                },
            },
        }
    for name, part in sorted(kinds.items()):
        # A bare value is short for one parameter; the kind itself validates it.
        parameters = _embed(f"step-{name}", part, definitions)
        properties[name] = {
            "anyOf": [parameters, {"not": {"type": "object"}}],
            "description": part.get("description", ""),
        }
    others = [{"required": [key]} for key in (*sorted(_ONLY_OF_ROLES), *sorted(kinds))]
    one_of: list[Schema] = [
        {"required": ["role"], **no_play},
        {**play, "not": {"anyOf": others}},
        *(
            {"required": [name], "allOf": [{"not": {"required": ["entry"]}}, no_play]}
            for name in sorted(kinds)
        ),
    ]
    return {**made, "additionalProperties": False, "oneOf": one_of}


def _require_hosts_or_inventory(spec: Schema) -> None:
    """Refuse both ``hosts`` and ``inventory``; work on this machine alone needs neither."""
    spec["oneOf"] = [
        {"not": {"anyOf": [{"required": ["hosts"]}, {"required": ["inventory"]}]}},
        {
            "required": ["hosts"],
            "properties": {
                "hosts": {"type": "array", "minItems": 1},
                "inventory": {"anyOf": [{"type": "null"}, {"type": "array", "maxItems": 0}]},
            },
        },
        {
            "required": ["inventory"],
            "properties": {
                "hosts": {"maxItems": 0},
                "inventory": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1}]},
            },
        },
    ]


def _embed(name: str, part: Schema, definitions: Schema) -> Schema:
    """Add ``part`` and its definitions under ``name`` and return a reference to it."""
    inner = {key: value for key, value in part.items() if key not in ("$defs", "title")}
    own = part.get("$defs", {})
    for key, value in own.items():
        definitions[f"{name}-{key}"] = _prefix_references(value, name, own)
    definitions[name] = _prefix_references(inner, name, own)
    return {"$ref": f"#/$defs/{name}"}


def _prefix_references(value: Any, name: str, own: Mapping[str, Any]) -> Any:
    """Return ``value`` with references to its own definitions prefixed with ``name``."""
    if isinstance(value, list):
        return [_prefix_references(item, name, own) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _prefix_references(item, name, own) for key, item in value.items()}
    target = made.get("$ref")
    if isinstance(target, str) and target.removeprefix("#/$defs/") in own:
        made["$ref"] = f"#/$defs/{name}-{target.removeprefix('#/$defs/')}"
    return made
