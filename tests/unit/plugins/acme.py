"""A package as others write them: a component with its role, a pipeline, a step kind, secrets."""

from __future__ import annotations

from pathlib import Path

from unit.plugins.packages import write_package

_COMPONENT = '''
from collections.abc import Mapping

from pydantic import Field

from worldtree.catalog.builders import entry_module
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.catalog.pipeline import PipelineDefinition, PipelineParameters
from worldtree.spec.models.secrets import Reference

WORLDTREE_PLUGIN_API = 1


class NoticeConfig(ComponentConfig):
    """A notice on every host."""

    text: str = Field("hello", description="The text.")
    directory: str = Field(description="Where it is written.", examples=["/srv"])


class RepeatParameters(PipelineParameters):
    copies: int = Field(1, ge=1, description="How often.")
    share: float = Field(0.5, description="Of how many.")
    names: tuple[str, ...] = Field((), description="Who reads it.")
    password: Reference | None = Field(None, description="What opens it.")


class CompareParameters(PipelineParameters):
    mark: str = Field(">", description="What stands between the two texts.")


class NeedyParameters(PipelineParameters):
    target: str = Field(description="Where it goes.")


def _module(config, context):
    copies = getattr(context.parameters, "copies", 1)
    password = getattr(context.parameters, "password", None)
    words = [config.text] * copies + ([password] if password else [])
    return entry_module(
        "notice",
        "main",
        "all",
        {
            "notice_text": " ".join(words),
            "notice_directory": config.directory,
        },
    )


def _compare(config, context):
    """Write what the document said before, and what a fact says."""
    before = context.previous.config("notice").text if context.previous else "nothing"
    systems = sorted(facts["ansible_system"] for facts in context.facts.values())
    return entry_module(
        "notice",
        "main",
        "all",
        {
            "notice_text": f"{before} {context.parameters.mark} {config.text} on {systems}",
            "notice_directory": config.directory,
        },
    )


def _remove(config, context):
    return entry_module("notice", "remove", "all", {"notice_directory": config.directory})


COMPONENT = Component(
    name="notice",
    summary="A notice on every host.",
    config=NoticeConfig,
    host_role="all",
    pipelines={
        "create-cluster": _module,
        "destroy-cluster": _remove,
        "repeat": _module,
        "compare": _compare,
        "needy": _module,
    },
)
COMPARE = PipelineDefinition(
    name="compare",
    summary="Writes the notice of the document before, too.",
    parameters=CompareParameters,
    takes_previous=True,
    takes_facts=True,
)
NEEDY = PipelineDefinition(
    name="needy", summary="Needs a parameter.", parameters=NeedyParameters
)
PIPELINE = PipelineDefinition(
    name="repeat", summary="Writes the notice several times.", parameters=RepeatParameters
)
'''

_SPECS = """
argument_specs:
  main: &options
    short_description: Writes the notice.
    options:
      notice_text: {type: str, default: hello}
      notice_directory: {type: str, required: true}
  rollback: *options
  remove: *options
"""

_TASKS = """
- name: Write the notice
  ansible.builtin.template:
    src: notice.j2
    dest: "{{ notice_directory }}/notice"
    mode: "0644"
"""

_ROLLBACK = """
- name: Remove the notice
  ansible.builtin.file:
    path: "{{ notice_directory }}/notice"
    state: absent
"""

_SECRETS = """
from worldtree.secrets.provider import Provider


class Echo(Provider):
    def resolve(self, rest):
        return rest
"""

_STEPS = """
from dataclasses import replace

from worldtree.ansible.steps.pause import KIND as PAUSE

KIND = replace(PAUSE, name="rest")
"""


def write_acme(site: Path) -> None:
    """Install the package ``acme-notice`` into ``site``; everything in it is sound."""
    write_package(
        site,
        "acme-notice",
        {
            "acme_notice/__init__.py": "",
            "acme_notice/component.py": _COMPONENT,
            "acme_notice/secrets.py": _SECRETS,
            "acme_notice/steps.py": _STEPS,
            "acme_notice/roles/notice/defaults/main.yml": "notice_text: hello\n",
            "acme_notice/roles/notice/meta/argument_specs.yml": _SPECS,
            "acme_notice/roles/notice/tasks/main.yml": _TASKS,
            "acme_notice/roles/notice/tasks/rollback.yml": _ROLLBACK,
            "acme_notice/roles/notice/tasks/remove.yml": _ROLLBACK,
            "acme_notice/roles/notice/templates/notice.j2": "{{ notice_text }}\n",
        },
        {
            "worldtree.components": {"notice": "acme_notice.component:COMPONENT"},
            "worldtree.pipelines": {
                "compare": "acme_notice.component:COMPARE",
                "needy": "acme_notice.component:NEEDY",
                "repeat": "acme_notice.component:PIPELINE",
            },
            "worldtree.secret_providers": {"echo": "acme_notice.secrets:Echo"},
            "worldtree.steps": {"rest": "acme_notice.steps:KIND"},
        },
        version="1.2",
    )


def write_broken(site: Path) -> None:
    """Install the package ``acme-broken`` into ``site``; nothing in it can be used."""
    lacks_role = _COMPONENT.replace('name="notice"', 'name="bare"')
    write_package(
        site,
        "acme-broken",
        {
            "acme_broken/__init__.py": "",
            "acme_broken/imports.py": "import acme_is_not_installed\n",
            "acme_broken/bare.py": lacks_role,
            "acme_broken/future.py": _COMPONENT.replace("PLUGIN_API = 1", "PLUGIN_API = 9"),
        },
        {
            "worldtree.components": {
                "imports": "acme_broken.imports:COMPONENT",
                "bare": "acme_broken.bare:COMPONENT",
                "future": "acme_broken.future:COMPONENT",
            },
            "worldtree.secret_providers": {"gone": "acme_broken.imports:Gone"},
        },
    )
