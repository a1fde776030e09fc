"""Mesa's words work on the model: agents are views of rows, made at the first touch and kept in step."""

from __future__ import annotations

import gc
import weakref

import mesa
import numpy as np
import pytest

from simulation.base.codes import Kind, Stage
from simulation.model import ChildrensServices, run_replication
from simulation.model.agents import Authority, Child, Court, SocialWorker
from simulation.model.mesa_bridge import forget
from simulation.scenario.load import load


@pytest.fixture(scope="module")
def model() -> ChildrensServices:
    model = ChildrensServices("england_typical", weeks=6)
    for _ in range(3):
        model.step()
    return model


def test_agents_are_not_made_until_touched():
    fresh = ChildrensServices("england_typical", weeks=1)
    assert fresh._in_step.made is None
    fresh.step()
    assert fresh._in_step.made is None


def test_agents_and_columns_agree(model):
    looked_after = model.agents_by_type[Child].select(lambda child: child.stage == Stage.LOOKED_AFTER)
    assert len(looked_after) == len(model.in_care)
    loads = model.agents_by_type[SocialWorker].agg("caseload", sum)
    assert loads == model.workers.caseload[model.workers.rows].sum()


def test_agents_are_kept_in_step_with_rows(model):
    before = len(model.agents_by_type[Child])
    model.step()
    assert len(model.agents_by_type[Child]) == len(model.children)
    assert before != len(model.children)


def test_one_authority_and_one_court(model):
    assert len(model.agents_by_type[Authority]) == 1
    (court,) = model.agents_by_type[Court]
    assert court.cases == len(model.cases) > 0
    assert court.weeks_open > 0


def test_a_childs_story_has_dates(model):
    child = model.agents_by_type[Child].select(lambda agent: agent.stage == Stage.LOOKED_AFTER)[0]
    assert child.story()["birth_day"].year > 1995
    assert (child.story()["stage"], child.story()["kind"]) == (Stage(child.stage).name, Kind(child.kind).name)
    child.complexity = 0.25
    assert model.children.complexity[child.row] == np.float32(0.25)


def test_data_collector_reads_columns(model):
    collector = mesa.DataCollector(model_reporters={"looked after": lambda m: len(m.in_care)})
    collector.collect(model)
    assert collector.get_model_vars_dataframe()["looked after"].iloc[-1] == len(model.in_care)


def test_a_model_stops_by_itself():
    short = ChildrensServices("england_typical", weeks=2)
    for _ in range(5):
        short.step()
    assert short.clock.week == 2
    assert not short.running


def test_a_finished_model_is_freed():
    model = ChildrensServices("england_typical", weeks=1)
    gone = weakref.ref(model)
    forget(model)
    del model
    gc.collect()
    assert gone() is None


def test_run_replication_is_a_pure_function():
    scenario = load("england_typical")
    before = scenario.content_hash
    one, two = (run_replication(scenario, 3, seed=5, weeks=4)["weekly"] for _ in range(2))
    assert one.equals(two)
    assert scenario.content_hash == before
    assert not one.equals(run_replication(scenario, 4, seed=5, weeks=4)["weekly"])
