"""What types cannot say: names that must differ, references that must lead somewhere."""

from worldtree.spec.checks.run import check_document, check_selectors

__all__ = ["check_document", "check_selectors"]
