"""The rules of the week: one short file a rule family; their order is in ``simulation/model/week.py``."""
