"""The recipe page: its file and every change it shows can be read, and the plan's parts come about."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from simulation.base.codes import Kind
from simulation.model import ChildrensServices
from simulation.scenario import load
from simulation.scenario.effects import doubts, effects

PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
PLAN = ROOT / "docs" / "examples" / "posts_home_conferences.yaml"
HEAD = "schema_version: 1\nextends: bradford_2020.yaml\n"


def test_the_file_is_in_order_raises_no_doubt_and_holds_the_three_parts():
    plan = load(PLAN)
    assert doubts(plan) == []
    assert {effect.name: (effect.before, effect.after) for effect in effects(plan)} == {
        "workforce.permanent_posts_fte": (467.5, 487.5),
        "supply.own_homes_ordered": (0, 1),
        "practice.family_group_conference_share": (0, 0.8),
    }


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_each_block_of_the_page_can_be_read(block, write):
    assert doubts(load(write(HEAD + block))) == []


@pytest.mark.parametrize("change", re.findall(r"`((?:add|set|multiply): {[^`]*})`", PAGE))
def test_each_line_of_the_table_can_be_read(change, write):
    assert effects(load(write(f"{HEAD}changes:\n  - {{from: 2021-09, {change}}}\n")))


def test_posts_home_and_conferences_come_about(write):
    """In a small and early copy of the plan: posts are there, the home opens with two beds, conferences are held."""
    text = PLAN.read_text(encoding="utf-8").replace("2021-09", "2020-04").replace(", ramp_months: 6", "")
    plan = load(write(text, "plan.yaml"), ["supply.own_home_lead_weeks=4"])
    model = ChildrensServices(plan, 1, weeks=16)
    before = np.count_nonzero(model.placements.present & (model.placements.kind == Kind.HOME_OWN))
    for _ in range(16):
        model.step()
    homes = (model.placements.present & (model.placements.kind == Kind.HOME_OWN)).nonzero()[0]
    history = model.tally.history
    assert len(homes) == before + 1
    assert np.count_nonzero(model.placements.places[homes] == 2) == 1
    price, two_bed = model.placements.price_gbp[homes], model.placements.places[homes] == 2
    assert price[two_bed] == pytest.approx(1.6 * price[~two_bed].mean()), "a small home has the same manager and waking nights"
    assert history["new_family_group_conferences", "all"].sum() > 0
    assert Path(plan.path).name == "plan.yaml" and model.p.workforce.permanent_posts_fte > 460
