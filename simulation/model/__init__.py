"""The model: the week, rules of one's own, ``ChildrensServices``, regions, and a run's tables."""

from simulation.model.childrens_services import ChildrensServices
from simulation.model.replication import run_replication

__all__ = ["ChildrensServices", "run_replication"]
