"""The state under WORLDTREE_HOME: ``Store.open(home)``.

SQLAlchemy takes most of a second to load, so nothing is imported here: import
``worldtree.store.store`` where a store is opened.
"""
