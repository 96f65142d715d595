# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Publishes values of declared types; secret ones stay in memory."""

from __future__ import annotations

import json
import os

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.worldtree.core.plugins.plugin_utils import outputs, secret_broker
from ansible_collections.worldtree.core.plugins.plugin_utils.output_types import (
    WrongType,
    is_of,
    typed,
    wrong,
)
from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve

#: Shorter secrets are not redacted.
_MIN_LENGTH = 4


def _texts(value):
    """Yield the texts in a value, with numbers as texts."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


class ActionModule(ActionBase):
    """The action C(worldtree.core.publish)."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset(("data", "shown", "types"))
    _requires_connection = False

    @classmethod
    def finalize_task_arg(cls, name, value, templar, context):
        """Leave the values to C(run), which reports the one that cannot be rendered."""
        if name == "data" and isinstance(value, dict):
            return value
        return super().finalize_task_arg(name, value, templar, context)

    def run(self, tmp=None, task_vars=None):
        """Publish openly, pass to the secrets broker, or keep as facts."""
        result = super().run(tmp, task_vars)
        result.update(changed=False)
        known = task_vars or {}
        node, host = known.get("ansible_play_name", ""), known.get("inventory_hostname", "")
        if "data" not in self._task.args:
            self._check(node, host, known)
            return result
        shown = bool(self._task.args.get("shown"))
        data = self._values(shown)
        broker = os.environ.get(secret_broker.VARIABLE)
        if shown:
            if broker:
                self._refuse_secrets(broker, data)
            result["ansible_stats"] = {"data": data, "per_host": True, "aggregate": False}
            return result
        if self._task.check_mode:
            return result
        if not broker:
            kept = {**known.get(outputs.FACT, {})}
            kept[node] = {**kept.get(node, {}), **data}
            # Facts of this kind are never cached, so they never reach a disk.
            result["ansible_facts"] = {outputs.FACT: kept}
            return result
        try:
            for name, value in data.items():
                text = json.dumps(value, default=str)
                secret_broker.put(broker, outputs.reference(node, host, str(name)), text)
        except CannotResolve as problem:
            raise AnsibleActionFail(str(problem)) from problem
        return result

    def _values(self, shown):
        """Return the values by name, converted to the declared types."""
        data, types = self._task.args.get("data"), self._task.args.get("types") or {}
        if not isinstance(data, dict):
            raise AnsibleActionFail("`data` must be a mapping of names to values")
        found = {}
        for name, template in data.items():
            try:
                value = self._templar.template(template)
            except AnsibleError as problem:
                said = f"the output `{name}` cannot be rendered"
                # The text of the error may contain templates of secrets with their values.
                raise AnsibleActionFail(f"{said}: {problem}" if shown else said) from None
            try:
                found[name] = typed(name, value, types.get(name, "any"), shown=shown)
            except WrongType as problem:
                # Check mode has no result from which the value could come.
                if not self._task.check_mode:
                    raise AnsibleActionFail(str(problem)) from None
        return found

    def _refuse_secrets(self, broker, data):
        """Raise for an open value with a secret: it is written down, where the secret is masked."""
        try:
            secrets = [
                text for text in secret_broker.known_values(broker) if len(text) >= _MIN_LENGTH
            ]
        except CannotResolve as problem:
            raise AnsibleActionFail(str(problem)) from problem
        for name, value in data.items():
            if any(secret in text for text in _texts(value) for secret in secrets):
                raise AnsibleActionFail(
                    f"the output `{name}` contains a secret; declare it with `secret: true`"
                )

    def _check(self, node, host, known):
        """Check the types of what the play has published; missing values are accepted."""
        open_values = outputs.own(node, host)
        hidden = known.get(outputs.FACT, {}).get(node, {})
        broker = os.environ.get(secret_broker.VARIABLE)
        for name, wanted in (self._task.args.get("types") or {}).items():
            if name in open_values:
                value, shown = open_values[name], True
            elif name in hidden:
                value, shown = hidden[name], False
            elif broker:
                try:
                    text = secret_broker.ask(broker, outputs.reference(node, host, name))
                except CannotResolve:
                    continue
                value, shown = json.loads(text), False
            else:
                continue
            if not is_of(value, wanted):
                raise AnsibleActionFail(str(wrong(name, value, wanted, shown=shown)))
