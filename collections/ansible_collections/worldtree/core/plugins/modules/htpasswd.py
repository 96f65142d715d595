#!/usr/bin/python
# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Writes a file of users with passwords as bcrypt."""

from __future__ import annotations

DOCUMENTATION = r"""
module: htpasswd
author:
  - WorldTree contributors (@worldtree-io)
version_added: 0.1.0
short_description: Write a file of users with passwords as bcrypt
description:
  - The file has exactly these users. Where each one's password is that of the file already, it
    stays as it is.
  - It uses the host's own C(crypt) (libxcrypt or musl), so that no package has to be installed.
options:
  path:
    description: The file.
    type: path
    required: true
  users:
    description: Mapping of user to password.
    type: dict
    required: true
  cost:
    description: Base-2 logarithm of the rounds of bcrypt.
    type: int
    default: 10
attributes:
  check_mode:
    description: Whether it reports in check mode what it would do.
    support: full
  diff_mode:
    description: Whether it shows differences.
    support: none
extends_documentation_fragment:
  - ansible.builtin.files
"""

EXAMPLES = r"""
- name: Write the users
  worldtree.core.htpasswd:
    path: /etc/registry/htpasswd
    users:
      puller: "{{ puller_password }}"
    mode: "0640"
"""

RETURN = r"""
written:
  description: Users whose password was written, as it was another one or none.
  returned: always
  type: list
  elements: str
"""

import ctypes
import ctypes.util
import hmac
import os
import secrets
import tempfile

from ansible.module_utils.basic import AnsibleModule

#: Letters of bcrypt's own form of base 64.
_LETTERS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#: bcrypt reads no more bytes of a password.
_MOST = 72


def crypt_function():
    """Return the host's ``crypt``; raises OSError where it has none, or one without bcrypt."""
    for name in ("libcrypt.so.1", "libcrypt.so.2", ctypes.util.find_library("crypt"), None):
        try:
            function = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        function.restype = ctypes.c_char_p
        function.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
        if (function(b"x", b"$2b$04$" + b"." * 22) or b"").startswith(b"$2b$"):
            return function
    raise OSError("the host has no crypt with bcrypt, such as libxcrypt")


def matches(crypt, password, known):
    """Tell whether C(known) is a bcrypt hash of the password."""
    if not known.startswith("$2"):
        return False
    # Apache writes the same form with another letter.
    setting = "$2b$" + known.split("$", 2)[2]
    found = (crypt(password.encode(), setting.encode()) or b"").decode()
    return hmac.compare_digest(found, setting)


def hashed(crypt, password, cost):
    """Return a new bcrypt hash of the password."""
    salt = "".join(secrets.choice(_LETTERS) for _ in range(21)) + secrets.choice(".Oeu")
    return crypt(password.encode(), "$2b${0:02d}${1}".format(cost, salt).encode()).decode()


def read_users(path):
    """Return user -> hash of a file; none where there is no file."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except FileNotFoundError:
        return {}
    pairs = [line.split(":", 1) for line in lines if ":" in line and not line.startswith("#")]
    return dict(pairs)


def problem_of(users):
    """Return what is wrong with users or passwords, or None; without a password."""
    for name, password in users.items():
        if not name or any(letter in name for letter in ": \n\r\t#"):
            return "{0!r} is no name of a user".format(name)
        if not password:
            return "the password of {0} is empty".format(name)
        if "\0" in password or len(password.encode()) > _MOST:
            return "the password of {0} has more than {1} bytes, or a NUL".format(name, _MOST)
    return None


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "users": {"type": "dict", "required": True, "no_log": True},
            "cost": {"type": "int", "default": 10},
        },
        add_file_common_args=True,
        supports_check_mode=True,
    )
    path = module.params["path"]
    users = {name: str(value) for name, value in module.params["users"].items()}
    problem = problem_of(users)
    if problem is not None:
        module.fail_json(msg=problem)
    if not 4 <= module.params["cost"] <= 17:
        module.fail_json(msg="`cost` is from 4 to 17")
    try:
        crypt = crypt_function()
        known = read_users(path)
        right = {name for name, word in users.items() if matches(crypt, word, known.get(name, ""))}
        written = sorted(set(users) - right)
        changed = bool(written) or list(known) != list(users)
        if changed and not module.check_mode:
            lines = [
                (name, known[name] if name in right else hashed(crypt, word, module.params["cost"]))
                for name, word in users.items()
            ]
            write(path, "".join("{0}:{1}\n".format(*line) for line in lines))
    except OSError as error:
        module.fail_json(msg="{0}: {1}".format(path, error.strerror or error))
    if not (module.check_mode and not os.path.exists(path)):
        arguments = module.load_file_common_arguments(module.params)
        changed = module.set_fs_attributes_if_different(arguments, changed)
    module.exit_json(changed=changed, written=written)


def write(path, text):
    """Write the file beside its place, readable by nobody else, and rename it."""
    number, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".htpasswd-")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


if __name__ == "__main__":
    main()
