"""Wellbeing: an index of observable conditions, reported only."""

from __future__ import annotations

from simulation.settings.section import Section, number


class Wellbeing(Section):
    """Points on an index from 0 to 100; never calibrated, priced or optimised."""

    base_points: float = number(70, "Points with every condition met.", unit="points", low=0, high=100, source="scale by convention", confidence="J", prior=(60, 80))
    plan_unknown_points: float = number(10, "Points lost while the plan has not been explained.", unit="points", low=0, high=50, source="Coram Voice 2017, 2018: direction only", confidence="J", prior=(5, 15))
    reasons_unknown_points: float = number(5, "Points lost while the child does not know why they came into care.", unit="points", low=0, high=50, source="Coram Voice 2017, 2018: direction only", confidence="J", prior=(2, 10))
    worker_change_points: float = number(5, "Points lost for each change of worker in the past year, up to two.", unit="points", low=0, high=50, source="Coram Voice: three or more workers and less trust", confidence="J", prior=(2, 10))
    recent_move_points: float = number(8, "Points lost in the six months after a move.", unit="points", low=0, high=50, source="placement stability reviews: direction only", confidence="J", prior=(4, 12))
    separation_points: float = number(8, "Points lost while apart from a sibling against the plan.", unit="points", low=0, high=50, source="reviews: direction only", confidence="J", prior=(4, 12))
