"""Steps to permanence: adoption by age at entry, work that stays owed, gates staffed with the posts, assessors free once done."""

import numpy as np
import pytest
from worlds import live, world

from simulation.actions import queues
from simulation.base.clock import DAYS_IN_YEAR, NEVER
from simulation.base.codes import Plan, Route, Stage, Step
from simulation.rules import permanence


@pytest.fixture
def model():
    return live(world(size=0.3, weeks=60), 20)


def with_plan(model, route, count=40):
    """Children whose agreed plan has this route and has not begun."""
    children, rows = model.children, model.in_care[:count]
    children.plan[rows], children.step[rows], children.route[rows] = Plan.AGREED, Step.NONE, route
    return rows


def test_the_decision_for_adoption_comes_later_the_older_the_child_was_on_entering_care(model):
    children, rows = model.children, with_plan(model, Route.ADOPTION)
    children.care_day[rows] = model.clock.day - 60
    weeks = {}
    for age in (0, 4, 6, 9):
        children.birth_day[rows] = children.care_day[rows] - int((age + 0.5) * DAYS_IN_YEAR)
        children.step[rows] = Step.NONE
        permanence._first_steps(model, rows)
        weeks[age] = (children.step_until_day[rows] - model.clock.day).mean() / 7
    assert weeks[0] < weeks[4] < weeks[6] < weeks[9]
    assert weeks[9] == pytest.approx(31 * 4.348 - 60 / 7, rel=0.2)


def test_families_are_found_sooner_for_children_who_came_as_babies(model):
    children, rows = model.children, with_plan(model, Route.ADOPTION, 60)
    children.step[rows], children.step_from_day[rows] = Step.FAMILY_FINDING, model.clock.day
    found = {}
    for age in (0, 3):
        children.birth_day[rows] = children.care_day[rows] - int((age + 0.5) * DAYS_IN_YEAR)
        found[age] = 0
        for week in range(300):
            model.clock.week = 1000 + week
            permanence._family_finding(model, rows)
            found[age] += np.count_nonzero(children.step[rows] == Step.MATCHING)
            children.step[rows], children.route[rows] = Step.FAMILY_FINDING, Route.ADOPTION
    assert found[0] > 1.6 * found[3]


@pytest.mark.parametrize(("follow", "slots"), [(1.0, 30.0), (0.5, 22.5), (0.0, 15.0)])
def test_gates_are_staffed_as_the_posts_are(model, follow, slots):
    model.p.gates.follow_posts = follow
    assert queues.staffed(model, 15.0) == pytest.approx(15.0)
    model.p.workforce.permanent_posts_fte *= 2
    assert queues.staffed(model, 15.0) == pytest.approx(slots)


def test_an_assessor_is_free_once_the_assessment_is_done_even_while_the_child_waits_for_the_worker(model):
    children, rows = model.children, with_plan(model, Route.KINSHIP, 60)
    model.p.gates.kinship_assessors = 5
    children.step[model.in_care] = Step.ACHIEVED
    done, waiting = rows[:30], rows[30:]
    children.step[rows], children.step_until_day[done], children.step_until_day[waiting] = Step.ASSESSMENT, model.clock.day - 7, NEVER
    permanence._assessments(model, rows, rows[:0])
    assert len(np.unique(children.family[waiting[children.step_until_day[waiting] != NEVER]])) == 10


def test_overdue_permanence_work_stays_owed_and_holds_the_step():
    model = live(world({"casework.hours_factor": 2.5}, size=0.3, weeks=60))
    children, duty = model.children, model.duties.index["permanence work"]
    rows = model.in_care[(children.plan[model.in_care] == Plan.AGREED) & (children.step[model.in_care] < Step.ACHIEVED)]
    held = permanence._stuck(model, rows)
    assert held.mean() > 0.25
    assert (children.duty_due[rows[held], duty] < model.clock.day - permanence.STUCK_DAYS).all()
    assert (children.stage[rows] == Stage.LOOKED_AFTER).all()
