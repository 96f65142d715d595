#!/usr/bin/python
"""A module that a role brings along."""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.counting import words


def main():
    """Return the number of words of a text."""
    module = AnsibleModule(argument_spec={"text": {"type": "str", "required": True}})
    module.exit_json(changed=False, words=words(module.params["text"]))


if __name__ == "__main__":
    main()
