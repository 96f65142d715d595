"""Plan -> plays as data: every node as one play, its rollback, and how layers hang together.

- ``role_calls(plan, index, bag) -> RoleCalls``: the roles that the plan needs and how plays of
  the bundle call them; ``RoleCalls.of(node)`` is the second argument of ``lower``.
- ``lower(plan, role_of, kinds) -> Lowered``: pure; ``kinds`` is ``worldtree.ansible.steps.kinds()``
  and parameters must have passed ``steps.check`` before.
"""

from worldtree.ansible.bundle.lower.lower import lower
from worldtree.ansible.bundle.lower.lowered import CalledRole, Layer, LoweredPlan
from worldtree.ansible.bundle.lower.role_calls import RoleCalls, role_calls

__all__ = ["CalledRole", "Layer", "LoweredPlan", "RoleCalls", "lower", "role_calls"]
