"""Teams this week, and one invented child's life so far in words, read from Mesa's agents and the log of events."""

from __future__ import annotations

import datetime as dt
from html import escape

import numpy as np
import pandas as pd

from simulation.actions.cases import social_work_cases
from simulation.base.clock import DAYS_IN_YEAR, date_of
from simulation.base.wording import capital, day_words
from simulation.model.agents import Child, Team
from simulation.model.childrens_services import ChildrensServices
from simulation.rules.measure import plans_overdue
from simulation.start import care

MOST_EVENTS = 12


def teams(model: ChildrensServices) -> pd.DataFrame:
    """A row a team: its manager, case holders, open cases, children without a worker, plans overdue."""
    agents = sorted(model.agents_by_type[Team], key=lambda team: team.row)
    rows = [team.row for team in agents]
    cases = social_work_cases(model)
    waiting = cases[model.children.worker[cases] < 0]
    counted = {"Open cases": cases, "Without a worker": waiting, "Plans overdue": plans_overdue(model)}
    table = {
        "Team": [capital(model.team_names[row]) for row in rows],
        "Manager": [_manager(team) for team in agents],
        "Case holders": [team.n_case_holders for team in agents],
    }
    return pd.DataFrame(table | {name: _by_team(model, which)[rows] for name, which in counted.items()})


def _manager(team: Team) -> str:
    return "post vacant" if not team.manager_present else "interim" if team.manager_interim else "in post"


def _by_team(model: ChildrensServices, children: np.ndarray) -> np.ndarray:
    team = model.children.team[children]
    return np.bincount(team[team >= 0], minlength=model.teams.size)


def table_html(table: pd.DataFrame, caption: str) -> str:
    """A table with its caption and headings, every word escaped; the first column names the row."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>{"".join(f"<td>{escape(str(cell))}</td>" for cell in rest)}</tr>'
        for first, *rest in table.itertuples(index=False)
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def child_after(model: ChildrensServices, identity: int) -> int:
    """The identity of the next child in care after this one, those whose plan is overdue first; round again at the end."""
    late = plans_overdue(model)
    rows = _not_real(model, late)
    rows = rows if len(rows) else _not_real(model, model.in_care)
    known = np.sort(model.children.identity[rows])
    return int(known[np.searchsorted(known, identity, side="right") % len(known)]) if len(known) else identity


def _not_real(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Without the families of the first day, where it was read from a real return: no life of a real child is told."""
    return rows if model.scenario.stock_file is None else rows[model.children.family[rows] < care.FAMILIES]


def child_of(model: ChildrensServices, identity: int) -> Child | None:
    """The Mesa agent of this child, if the service knows the child now."""
    rows = model.children.rows
    found = rows[model.children.identity[rows] == identity]
    agent = model.agent_of("child", int(found[0])) if len(found) else None
    return agent if isinstance(agent, Child) else None


def life(model: ChildrensServices, identity: int) -> list[str]:
    """One invented child's life so far in short sentences; empty if no case of the child is open any more."""
    child = child_of(model, identity)
    if child is None:
        return []
    told = child.story()
    age = int((model.clock.day - child.birth_day) / DAYS_IN_YEAR)
    siblings = len(child.siblings)
    said = [f"Aged {age}; {siblings} more of the family known to the service." if siblings else f"Aged {age}."]
    said.append(f"Stage: {_words(told['stage'])}; came because of: {_words(told['harm'])}.")
    if told["care_day"]:
        said.append(f"In care since {_day(told['care_day'])}: {_words(told['legal'])}; homes so far: {told['n_placements']}.")
        said.append(f"Lives in: {_words(told['kind'])}, {told['distance_miles']:.0f} miles from home.")
        said.append(f"Plan: {_words(told['plan'])}, by the route {_words(told['route'])}; due {_day(told['plan_due_day'])}.")
    alone = f" Without a worker since {_day(told['unallocated_day'])}." if told["unallocated_day"] else ""
    return [*said, f"Social workers so far: {told['n_workers']}.{alone}"]


def lately(model: ChildrensServices, identity: int) -> list[str]:
    """What has happened to one child since the start, the latest last: at most a dozen dated events in words."""
    events = []
    for who, days, event, _, _ in model.log.parts:
        events += [(int(day), event) for day in days[who == identity]]
    events.sort(key=lambda one: one[0])
    return [f"{day_words(date_of(day).isoformat())}: {_words(event)}" for day, event in events[-MOST_EVENTS:]]


def _words(name: str) -> str:
    return str(name).replace("_", " ").lower()


def _day(day: dt.date | None) -> str:
    return day_words(day.isoformat()) if day else "not set"
