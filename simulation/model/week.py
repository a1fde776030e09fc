"""The week, in order: one visible list, each line a rule."""

from __future__ import annotations

from simulation.rules.allocation import Allocation
from simulation.rules.changes import Changes
from simulation.rules.demand import Families, Newborns, Unaccompanied
from simulation.rules.duties import Duties
from simulation.rules.front_door import Decisions, Outcomes, Plans
from simulation.rules.gates import Conferences, PermanencePanel
from simulation.rules.hours import Hours, Sickness
from simulation.rules.journey import Birthdays, EarlyReturns
from simulation.rules.leadership import Leadership
from simulation.rules.managers import Managers, SignOff, Supervision
from simulation.rules.market import Market
from simulation.rules.measure import Measure
from simulation.rules.money import Money
from simulation.rules.moves import Moves
from simulation.rules.permanence import Permanence, PlanProgress, SecondReviews
from simulation.rules.placing import Placing
from simulation.rules.proceedings import Court, LegalGateway
from simulation.rules.protected_teams import ProtectedTeams
from simulation.rules.supply import Supply
from simulation.rules.wellbeing import Wellbeing
from simulation.rules.workforce import AgencyCover, Leaving, Recruitment
from simulation.service.rule import Rule

WEEK: tuple[type[Rule], ...] = (
    Changes,  # 1 dated changes take effect
    Leadership,  # 2 leaders come and go
    Leaving, Recruitment, AgencyCover, ProtectedTeams, Sickness, Hours,  # 3 workforce
    Families, Newborns, Unaccompanied,  # 4 demand
    Decisions,  # 5 front door
    Allocation,  # 6
    Duties, Outcomes, PlanProgress,  # 7 duties and hours, and what their end brings
    Managers, Supervision, SignOff,  # 8 managers
    Conferences, LegalGateway, PermanencePanel, Court,  # 9 gates
    Plans, SecondReviews, Permanence, EarlyReturns,  # 10 permanence
    Moves, Placing,  # 11 placing
    Supply, Market,  # 12 supply
    Birthdays,  # 13 journey
    Wellbeing,  # 14
    Money,  # 15
    Measure,  # 16
)  # fmt: skip


def with_extra(extra: list[type[Rule]]) -> list[type[Rule]]:
    """The week with the user's own rules before the last line, Measure; one that names ``after`` goes there."""
    week = list(WEEK)
    for rule in extra:
        after = getattr(rule, "after", "")
        names = [known.__name__ for known in week]
        week.insert(names.index(after) + 1 if after in names else len(week) - 1, rule)
    return week
