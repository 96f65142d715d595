"""From a document to a bundle: ``compiler`` runs the passes of ``pass_order`` in order."""
