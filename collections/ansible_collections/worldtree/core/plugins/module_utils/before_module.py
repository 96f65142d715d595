# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Records the state before a change in the process of the module that makes the change.

WorldTree adds a call of C(run) to the start of that module, and what to record to its parameters.
Without that parameter the module runs as it is.
"""

from __future__ import annotations

import json

from ansible.module_utils import basic
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.worldtree.core.plugins.module_utils import before_record

#: The parameter with those of M(worldtree.core.snapshot). The module itself does not see it.
PARAMETER = "_worldtree_before"
#: Parameters of this prefix are Ansible's own, such as the one of check mode.
_INTERNAL = "_ansible_"


def record():
    """Record what the parameters of this process name; return its module and whether it was new."""
    module = AnsibleModule(argument_spec=before_record.argument_spec(), supports_check_mode=True)
    return module, before_record.record(module)


def run():
    """Record what the parameters name, or end the process with the reason why that failed."""
    if basic._ANSIBLE_ARGS is None:  # A module that is run by hand reads its parameters itself.
        return
    given = json.loads(basic._ANSIBLE_ARGS)
    own = given["ANSIBLE_MODULE_ARGS"]
    wanted = own.pop(PARAMETER, None)
    if wanted is None:
        return
    internal = {name: value for name, value in own.items() if name.startswith(_INTERNAL)}
    internal["_ansible_module_name"] = "worldtree.core.snapshot"
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**internal, **wanted}}).encode()
    record()
    # The module reads its own ones when it starts, and so does one that starts itself again.
    basic._ANSIBLE_ARGS = json.dumps(given).encode()
