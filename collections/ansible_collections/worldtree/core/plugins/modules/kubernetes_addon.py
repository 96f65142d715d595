#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Applies the objects of an addon to a cluster of Kubernetes, or removes them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_addon
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Apply the objects of an addon to a cluster of Kubernetes, or remove them
description:
  - Objects are applied on the server under the field manager C(worldtree). All of them are tried
    first, so that nothing changes where one is refused. Fields that others have set to other values
    are conflicts, which are reported with who has set them.
  - A record in the cluster (a ConfigMap in C(kube-system)) says what was applied. What is no longer
    an object of the addon is deleted, if the addon has made it and nobody else has taken it over.
    What existed before the addon loses the fields that the addon gave it, and stays.
  - Never deleted are claims of volumes, what has the annotation C(worldtree.io/prune=keep),
    namespaces with objects of others, and definitions of kinds that others have objects of.
  - Run it where kubectl and a kubeconfig are. No secret is in an argument list.
options:
  name:
    description: Name of the addon, which is the value of the label C(worldtree.io/addon).
    type: str
    required: true
  state:
    description:
      - V(present) applies the objects and waits until they are healthy.
      - V(absent) removes everything that the record names.
      - V(healthy) only checks that all of it is healthy.
      - V(reverted) brings back what was applied before O(task), or before the last change.
    type: str
    choices: [present, absent, healthy, reverted]
    default: present
  objects:
    description: Objects, each with C(apiVersion), C(kind) and C(metadata.name).
    type: list
    elements: dict
    default: []
  manifests:
    description: YAML files on the host with objects.
    type: list
    elements: path
    default: []
  kustomizations:
    description: Kustomizations that are built on the host.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Directory with its C(kustomization.yaml), among O(kustomizations[].files).
        type: str
        required: true
      files:
        description: Text by path of all files that it reads.
        type: dict
        required: true
  namespace:
    description: Namespace of objects that name none, where their kind is in namespaces.
    type: str
    default: default
  conflicts:
    description: Whether fields that others have set are a failure, or are taken over.
    type: str
    choices: [fail, take]
    default: fail
  prune:
    description: Whether what is no longer an object of the addon is deleted.
    type: bool
    default: true
  gates:
    description: Objects that must have a condition before the addon counts as ready.
    type: list
    elements: dict
    default: []
    suboptions:
      api_version:
        description: Version of the API, such as C(apps/v1).
        type: str
        required: true
      kind:
        description: Kind of the object.
        type: str
        required: true
      namespace:
        description: Its namespace; O(namespace) where it is not given.
        type: str
      name:
        description: Its name.
        type: str
        required: true
      condition:
        description: The condition, such as C(Ready).
        type: str
        required: true
  ready_seconds:
    description: Seconds until all must be healthy; 0 to not wait.
    type: int
    default: 300
  kubectl:
    description: The program kubectl.
    type: path
    default: kubectl
  kubeconfig:
    description: File that says how the cluster is reached.
    type: path
    required: true
  task:
    description: The WorldTree task to undo, for V(reverted).
    type: str
  state_dir:
    description: Directory of saved states, as that of M(worldtree.core.snapshot).
    type: path
attributes:
  check_mode:
    description: Whether it reports in check mode what it would do, as the server tells it.
    support: full
  diff_mode:
    description: Whether it shows differences; values of secrets are left out.
    support: full
"""

EXAMPLES = r"""
- name: Apply a namespace
  worldtree.core.kubernetes_addon:
    name: shop
    kubeconfig: /etc/kubernetes/admin.conf
    objects:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: shop
"""

RETURN = r"""
created:
  description: What was made, such as C(ConfigMap shop/settings).
  returned: success
  type: list
  elements: str
updated:
  description: What was changed.
  returned: success
  type: list
  elements: str
deleted:
  description: What was deleted, as the addon no longer has it.
  returned: success
  type: list
  elements: str
released:
  description: What existed before the addon, and is left to its owners.
  returned: success
  type: list
  elements: str
kept:
  description: What the addon no longer has and that was not deleted, with the reason.
  returned: success
  type: dict
remarks:
  description: What could not be brought back, and why; each is a warning too.
  returned: for O(state=reverted)
  type: list
  elements: str
health:
  description: Health of each object.
  returned: when it was looked at
  type: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import kubernetes_undo
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_api import (
    Api,
    ApiError,
    missing_tool,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_apply import (
    Addon,
    AddonError,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_manifests import (
    ManifestError,
    build,
    read_manifest,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_objects import (
    flattened,
    ref_of,
)
from ansible_collections.worldtree.core.plugins.module_utils.kubernetes_readiness import (
    Readiness,
    bad_words,
)

_GATE = {
    "api_version": {"type": "str", "required": True},
    "kind": {"type": "str", "required": True},
    "namespace": {"type": "str"},
    "name": {"type": "str", "required": True},
    "condition": {"type": "str", "required": True},
}
_KUSTOMIZATION = {
    "path": {"type": "str", "required": True},
    "files": {"type": "dict", "required": True},
}


def given_objects(given):
    """Return all objects that the parameters name."""
    found = list(given["objects"])
    for path in given["manifests"]:
        try:
            with open(path, encoding="utf-8") as stream:
                found += read_manifest(given["kubectl"], stream.read(), path)
        except (OSError, UnicodeDecodeError) as problem:
            raise ManifestError("{0}: {1}".format(path, problem)) from problem
    for one in given["kustomizations"]:
        found += build(given["kubectl"], one["files"], one["path"])
    return flattened(found)


def present(module, api, addon):
    """Apply the objects, delete what is no longer one, and wait."""
    given = module.params
    missing = [path for path in given["manifests"] if not os.path.exists(path)]
    if module.check_mode and missing:
        # Check mode brings no artifact to the host.
        return not_yet("{0} is not on this host yet".format(missing[0]))
    before = addon.record()
    objects = addon.prepared(given_objects(given))
    changes = addon.plan(objects)
    changed = [one for one in changes if addon.note(one)]
    wanted = {ref_of(one) for one in objects}
    old = [one for ref, one in before.items() if ref not in wanted] if given["prune"] else []
    entries = before
    if not module.check_mode:
        if changed or old:
            state = kubernetes_undo.saved_state(api, old, changes)
            kubernetes_undo.save(given["state_dir"], addon.name, state)
        entries = addon.write(changes, before)
    removal = addon.removal().run(old)
    addon.keep({r: one for r, one in entries.items() if one not in removal.done}, entries)
    result = summary(addon, removal)
    if given["ready_seconds"] and not module.check_mode:
        wanted_entries = [entries[ref] for ref in wanted]
        ready = Readiness(api, wanted_entries, given["gates"], given["namespace"])
        result["health"] = told(module, ready.wait(given["ready_seconds"]), result)
    return result


def absent(_module, _api, addon):
    """Remove everything that the record names."""
    before = addon.record()
    removal = addon.removal().run(list(before.values()))
    if before:
        addon.drop_record()
    result = summary(addon, removal)
    result["changed"] = bool(before)
    return result


def healthy(module, api, addon):
    """Check that all of it is healthy."""
    entries = addon.record()
    if not entries:
        module.fail_json(msg="the addon {0} was not applied to this cluster".format(addon.name))
    given = module.params
    ready = Readiness(api, list(entries.values()), given["gates"], given["namespace"])
    result = {"changed": False}
    result["health"] = told(module, ready.wait(given["ready_seconds"]), result)
    return result


def reverted(module, _api, addon):
    """Bring back what was applied before."""
    given = module.params
    changed, remarks = kubernetes_undo.revert(addon, given["state_dir"], given["task"])
    for remark in remarks:
        module.warn(remark)
    return {"changed": changed, "diff": addon.diff, "remarks": remarks}


_STATES = {"present": present, "absent": absent, "healthy": healthy, "reverted": reverted}


def summary(addon, removal):
    """Return the result of a change."""
    return {
        "changed": bool(addon.created or addon.updated or removal.deleted or removal.released),
        "created": addon.created,
        "updated": addon.updated,
        "deleted": removal.deleted,
        "released": removal.released,
        "kept": removal.kept,
        "diff": addon.diff,
    }


def told(module, found, result):
    """Return health by name; fails the module where something is not healthy."""
    words = bad_words(found)
    listed = {name: one.status for name, one in found.items()}
    if words:
        module.fail_json(
            msg="the addon {0} is not healthy: {1}".format(module.params["name"], words),
            **dict(result, health=listed, invocation=invocation(module)),
        )
    return listed


def not_yet(why):
    """Return the result of check mode where nothing can be tried yet."""
    return {"changed": True, "msg": "all of it would be applied: {0}".format(why)}


def invocation(module):
    """Return the parameters as results show them, without contents of the cluster."""
    left_out = ("objects", "kustomizations")
    return {"module_args": {k: v for k, v in module.params.items() if k not in left_out}}


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": list(_STATES), "default": "present"},
            "objects": {"type": "list", "elements": "dict", "default": []},
            "manifests": {"type": "list", "elements": "path", "default": []},
            "kustomizations": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": _KUSTOMIZATION,
            },
            "namespace": {"type": "str", "default": "default"},
            "conflicts": {"type": "str", "choices": ["fail", "take"], "default": "fail"},
            "prune": {"type": "bool", "default": True},
            "gates": {"type": "list", "elements": "dict", "default": [], "options": _GATE},
            "ready_seconds": {"type": "int", "default": 300},
            "kubectl": {"type": "path", "default": "kubectl"},
            "kubeconfig": {"type": "path", "required": True},
            "task": {"type": "str"},
            "state_dir": {"type": "path"},
        },
        supports_check_mode=True,
    )
    given = module.params
    missing = missing_tool(given["kubectl"], given["kubeconfig"])
    if module.check_mode and given["state"] == "present" and missing:
        # As in the check of a cluster that is not made yet.
        why = "there is no {0} yet".format(missing)
        module.exit_json(invocation=invocation(module), **not_yet(why))
    try:
        with Api(given["kubectl"], given["kubeconfig"]) as api:
            addon = Addon(
                api,
                given["name"],
                namespace=given["namespace"],
                takes_over=given["conflicts"] == "take",
                check_mode=module.check_mode,
                # Deletions and definitions are waited for, also where health is not.
                seconds=max(given["ready_seconds"], 60),
            )
            result = _STATES[given["state"]](module, api, addon)
    except (AddonError, ApiError, ManifestError) as problem:
        module.fail_json(
            msg="the addon {0}: {1}".format(given["name"], problem), invocation=invocation(module)
        )
    except OSError as problem:
        module.fail_json(
            msg="the addon {0}: its state cannot be saved: {1}".format(given["name"], problem),
            invocation=invocation(module),
        )
    module.exit_json(invocation=invocation(module), **result)


if __name__ == "__main__":
    main()
