"""Which tasks `--tags` and `--skip-tags` run: Ansible's own rule, and what templates leave open."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.playbook.taggable import Taggable
from hypothesis import example, given
from hypothesis import strategies as st

from worldtree.ansible.model.tag_choice import Tag, TagChoice, task_tags

_NAMES = ("deploy", "slow", "all", "tagged", "untagged", "always", "never")
_TAGS = st.lists(st.one_of(st.sampled_from(_NAMES), st.just(80)), max_size=4)
_CHOICES = st.lists(st.sampled_from((*_NAMES, "80")), max_size=3).map(tuple)


class _Task(Taggable):
    """A task as far as Ansible asks it for its tags."""

    def __init__(self, tags: list[Tag]) -> None:
        self.tags = tags
        self._loader = None
        self._parent = None

    def _get_all_taggable_objects(self) -> list[Any]:
        return []


@given(tags=_TAGS, only=_CHOICES, skip=_CHOICES)
def test_a_task_runs_where_ansible_runs_it(
    tags: list[Tag], only: tuple[str, ...], skip: tuple[str, ...]
) -> None:
    """Without `--tags`, ansible-playbook asks for `all`."""
    ansible: Any = _Task(tags)
    wanted = ansible.evaluate_tags(set(only) or {"all"}, set(skip), {})
    assert TagChoice(only, skip).runs(tags) is wanted


@example(tags=[], value=["untagged"], only=(), skip=("tagged",))
@given(tags=_TAGS, value=_TAGS, only=_CHOICES, skip=_CHOICES)
def test_what_is_known_of_a_template_holds_for_each_value(
    tags: list[Tag], value: list[Tag], only: tuple[str, ...], skip: tuple[str, ...]
) -> None:
    choice = TagChoice(only, skip)
    known = choice.runs_as_far_as_known([*tags, "{{ more }}"])
    # The value of a template is never nothing: a tag, if an empty one.
    assert known in (None, choice.runs([*tags, *(value or [""])]))


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("a, b,c", ("a", "b", "c")),
        (["a,b", "c"], ("a,b", "c")),
        (["a", ["b", 7]], ("a", "b", 7)),
        (None, ()),
    ],
)
def test_a_text_is_split_at_commas_and_an_item_of_a_list_is_not(
    value: object, tags: tuple[Tag, ...]
) -> None:
    assert task_tags(value) == tags
