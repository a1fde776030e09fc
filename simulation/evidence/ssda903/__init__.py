"""The statutory return of children looked after (SSDA903): read it, learn from it, write one from a simulation."""

from simulation.evidence.ssda903.export import Exported, export_903
from simulation.evidence.ssda903.learning import Learned, learn
from simulation.evidence.ssda903.mends import Mend, Mends
from simulation.evidence.ssda903.reading import Return, read_return

__all__ = ["Exported", "Learned", "Mend", "Mends", "Return", "export_903", "learn", "read_return"]
