"""Plain data for `-o json|yaml`, and for any other interface: dicts and lists, ready for JSON.

Times are UTC in ISO 8601, durations are seconds. Tests pin each shape.
"""
