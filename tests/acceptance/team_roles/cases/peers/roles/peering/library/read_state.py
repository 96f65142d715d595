#!/usr/bin/python
"""A module of the team's: returns the text of a file as a fact."""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def main():
    """Return the text as the fact ``peering_state``."""
    module = AnsibleModule(argument_spec={"path": {"type": "path", "required": True}})
    text = Path(module.params["path"]).read_text(encoding="utf-8")
    module.exit_json(changed=False, ansible_facts={"peering_state": text.strip()})


if __name__ == "__main__":
    main()
