"""Cross-field checks: names that must differ, and references that must have a target."""

from worldtree.spec.checks.run import check_document, check_selectors

__all__ = ["check_document", "check_selectors"]
