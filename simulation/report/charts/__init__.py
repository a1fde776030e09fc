"""The charts: each takes a family of scenarios and gives a ``Chart``, or a ``Missing`` that says what would make it."""
