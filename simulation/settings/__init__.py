"""Every setting of the model, section by section: one file and one class a section."""

from __future__ import annotations

from pydantic import Field

from simulation.settings.authority import Authority
from simulation.settings.casework import Casework
from simulation.settings.court import Court
from simulation.settings.covid import Covid
from simulation.settings.demand import Demand
from simulation.settings.front_door import FrontDoor
from simulation.settings.gates import Gates
from simulation.settings.inspection import Inspection
from simulation.settings.leadership import Leadership
from simulation.settings.managers import Managers
from simulation.settings.money import Money
from simulation.settings.permanence import Permanence
from simulation.settings.placing import Placing
from simulation.settings.practice import Practice
from simulation.settings.section import Section
from simulation.settings.stock import Stock
from simulation.settings.supply import Supply
from simulation.settings.wellbeing import Wellbeing
from simulation.settings.workforce import Workforce


class Parameters(Section):
    """Every setting of the model."""

    authority: Authority = Field(default_factory=Authority)
    stock: Stock = Field(default_factory=Stock)
    demand: Demand = Field(default_factory=Demand)
    front_door: FrontDoor = Field(default_factory=FrontDoor)
    casework: Casework = Field(default_factory=Casework)
    workforce: Workforce = Field(default_factory=Workforce)
    managers: Managers = Field(default_factory=Managers)
    leadership: Leadership = Field(default_factory=Leadership)
    gates: Gates = Field(default_factory=Gates)
    court: Court = Field(default_factory=Court)
    permanence: Permanence = Field(default_factory=Permanence)
    placing: Placing = Field(default_factory=Placing)
    supply: Supply = Field(default_factory=Supply)
    money: Money = Field(default_factory=Money)
    practice: Practice = Field(default_factory=Practice)
    inspection: Inspection = Field(default_factory=Inspection)
    covid: Covid = Field(default_factory=Covid)
    wellbeing: Wellbeing = Field(default_factory=Wellbeing)
