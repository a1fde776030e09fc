"""The workforce counted: measures of the week, and a row for each period in post."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.actions import staffing
from simulation.actions.staffing import SPELL, spells
from simulation.base.clock import DAYS_IN_YEAR, dates_of
from simulation.service.state import State


def workforce_table(state: State) -> pd.DataFrame:
    """A row for each worker's time here: those who have left, then those still in post (without an end)."""
    records = [*state.authority.worker_spells, *spells(state, state.workers.rows)]
    frame = pd.DataFrame(records, columns=list(SPELL))
    for day in ("start", "end"):
        frame[day] = dates_of(frame[day].to_numpy()).astype("datetime64[s]")
    for word in ("team", "function", "role", "reason_left"):
        frame[word] = frame[word].astype("category")
    frame.insert(0, "replication", np.int32(state.replication))
    return frame


def tally_workforce(state: State) -> None:
    """Standing measures of the workforce at the end of the week."""
    workers, tally, authority = state.workers, state.tally, state.authority
    permanent, agency = authority.posts.held, authority.agency_posts.held
    staffed = state.teams.present & (state.teams.n_case_holders > 0)
    for measure, value in (
        ("n_social_workers", permanent),
        ("n_agency_workers", agency),
        ("n_workforce", permanent + agency),
        ("n_posts", staffing.established(state)),
        ("n_vacancies", staffing.vacancies(state)),
        ("n_case_holders", np.count_nonzero(workers.present & workers.case_holding)),
        ("n_workers_sick", absent_share(state)[workers.present].sum()),
        ("n_manager_vacancies", np.count_nonzero(staffed & ~state.teams.manager_present)),
        ("n_leader_gaps", sum(leader.held > 0 for leader in authority.leaders)),
    ):
        tally.set(measure, value)
    tally.add("years_in_post", permanent * 7 / DAYS_IN_YEAR)
    for event in ("new_leavers", "new_starters"):
        tally.add(event, 0)


def absent_share(state: State) -> np.ndarray:
    """Share of this week that each worker is absent through sickness, by row."""
    return np.minimum(np.maximum(state.workers.sick_until_day - (state.clock.first_day - 1), 0), 7) * (1 / 7)
