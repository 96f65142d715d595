"""Plan -> plays as data: every node as one play, its rollback, and how layers hang together.

``lower(plan, roles, kinds) -> Lowered`` is pure. ``roles`` maps the role names that nodes use to
``CalledRole`` (its name in the bundle, whether it has a precheck and a rollback); ``kinds`` is
``worldtree.ansible.steps.kinds()``. Parameters must have passed ``steps.check`` before.
"""

from worldtree.ansible.lower.lower import lower
from worldtree.ansible.lower.model import CalledRole, Layer, Lowered

__all__ = ["CalledRole", "Layer", "Lowered", "lower"]
