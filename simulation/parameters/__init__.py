"""Every setting of the model, section by section: one file and one class a section."""

from __future__ import annotations

from pydantic import Field

from simulation.parameters.authority import Authority
from simulation.parameters.base import Section
from simulation.parameters.casework import Casework
from simulation.parameters.court import Court
from simulation.parameters.covid import Covid
from simulation.parameters.demand import Demand
from simulation.parameters.front_door import FrontDoor
from simulation.parameters.gates import Gates
from simulation.parameters.inspection import Inspection
from simulation.parameters.leadership import Leadership
from simulation.parameters.managers import Managers
from simulation.parameters.money import Money
from simulation.parameters.permanence import Permanence
from simulation.parameters.placing import Placing
from simulation.parameters.practice import Practice
from simulation.parameters.stock import Stock
from simulation.parameters.supply import Supply
from simulation.parameters.wellbeing import Wellbeing
from simulation.parameters.workforce import Workforce


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
