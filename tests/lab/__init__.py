"""Real test hosts: booted systemd-nspawn containers on one machine, reached over real SSH.

``python -m lab up`` is the front door for people, :func:`lab.labs.up` for tests and molecule.
Only the standard library is used, so that any Python >= 3.11 on the machine can run it.
"""
