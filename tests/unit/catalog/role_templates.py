"""Renders templates of our roles by Ansible itself, with the defaults and variables of the role.

In a process of its own, as Ansible's loader of plugins changes how modules are imported.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.core.resources import roles_dir

#: Reads {role, cases: [[template, variables], …]} as JSON, and writes the rendered texts.
_RENDER = """
import json, pathlib, sys
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins import loader
from ansible.template import Templar, trust_as_template

def trusted(value):
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return value

def variables(file):
    return trusted(yaml.safe_load(file.read_text()) or {})

loader.init_plugin_loader()
work = json.load(sys.stdin)
role = pathlib.Path(work["role"])
texts = []
for template, given in work["cases"]:
    known = {"inventory_hostname": "host1", "ansible_check_mode": False}
    known |= variables(role / "defaults/main.yml") | variables(role / "vars/main.yml") | given
    templar = Templar(loader=DataLoader(), variables=known)
    # As the action `template` does it.
    text = trust_as_template((role / "templates" / template).read_text())
    options = {"trim_blocks": True}
    texts.append(templar.template(text, escape_backslashes=False, overrides=options))
print(json.dumps(texts))
"""


def rendered(role: str, cases: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return what each template of ``role`` becomes with these variables."""
    work = {"role": str(roles_dir() / role), "cases": list(cases)}
    done = subprocess.run(
        [sys.executable, "-c", _RENDER],
        input=json.dumps(work),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    texts: list[str] = json.loads(done.stdout)
    return texts
