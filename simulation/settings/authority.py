"""The authority itself."""

from __future__ import annotations

from simulation.settings.section import Section, choice, number


class Authority(Section):
    """Who and where."""

    name: str = choice("England typical", "Name of the authority that the scenario describes.")
    population_0_17: float = number(142_000, "Children aged 0 to 17.", unit="children", low=500, high=2_000_000, source="ONS mid-year estimate, Bradford 2018-20", confidence="D")
    area_square_miles: float = number(141, "Area within the boundary; homes lie in a disc of this area.", unit="square miles", low=1, high=5000, source="ONS, Bradford district", confidence="M", prior=(120, 160))
