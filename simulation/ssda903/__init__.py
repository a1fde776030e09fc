"""The statutory return of children looked after (SSDA903): read it, learn from it, write one from a simulation."""

from __future__ import annotations

from simulation.ssda903.corrections import Correction, Corrections
from simulation.ssda903.export import Exported, export_903
from simulation.ssda903.learning import Learned, learn
from simulation.ssda903.reading import Return, read_return

__all__ = ["Correction", "Corrections", "Exported", "Learned", "Return", "export_903", "learn", "read_return"]
