"""Placing: whatever comes, every child is in exactly one place or an emergency night, and no place is over capacity."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_places import add_children, add_places, check_conserved, next_week, tiny

from simulation.actions.carers import stop_taking
from simulation.actions.placement_counts import placements_table
from simulation.actions.places import Reason, vacate
from simulation.base.codes import Ceased, Kind, Stage
from simulation.rules.market import Market, read_balance
from simulation.rules.moves import Moves
from simulation.rules.placing import Placing
from simulation.rules.supply import Supply

KINDS = [Kind.FOSTER_OWN, Kind.FOSTER_AGENCY, Kind.HOME_OWN, Kind.HOME_PRIVATE, Kind.SUPPORTED]

places = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 5), st.integers(0, 3), st.floats(-40, 40)), min_size=1, max_size=15)
families = st.lists(st.tuples(st.integers(1, 4), st.floats(0.1, 17.5), st.floats(0, 1)), min_size=1, max_size=8)
weeks = st.lists(st.tuples(families, st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=5)


def _world(given_places, replication):
    model = tiny(
        replication, placing__own_acceptance=0.5, placing__disruptions_per_year=3.0, placing__kin_chance=0.3, supply__deregistrations_per_year=0.9,
        supply__closed_with_child_share=0.5, supply__rest_chance=0.5, supply__staying_put_share=0.5, supply__others_stay_years=0.2,
    )  # fmt: skip
    for kind, count, others, x in given_places:
        add_places(model, kind=kind, places=count, filled_by_others=min(others, count) if kind not in (Kind.FOSTER_OWN, Kind.HOME_OWN) else 0, x_miles=x, outside=abs(x) > 6.7)
    supply = Supply()
    supply.start(model)
    read_balance(model)
    return model, [Moves(), Placing(), supply, Market()]


@settings(max_examples=25, deadline=None)
@given(places, weeks, st.integers(1, 1000))
def test_conserved_whatever_comes(given_places, given_weeks, replication):
    model, rules = _world(given_places, replication)
    children, arrived, left = model.children, 0, 0
    for entering, leaving, closing in given_weeks:
        for size, years, complexity in entering:
            family = 10_000 + arrived
            add_children(model, size, years=years, complexity=complexity, family=family)
            arrived += size
        for rule in rules:
            rule.step(model)
            if not isinstance(rule, Moves):
                check_conserved(model)
        lived = np.flatnonzero(children.present & (children.kind != Kind.NONE))[:leaving]
        vacate(model, lived, model.clock.day, staying_put=True, ceased=Ceased.EIGHTEEN)
        children.free(lived)
        left += len(lived)
        open_rows = np.flatnonzero(model.placements.present & (model.placements.state == 0) & np.isin(model.placements.kind, KINDS))[:closing]
        stop_taking(model, open_rows, 0.5, Reason.CLOSURE)
        check_conserved(model)
        next_week(model)
    in_care = children.present & (children.stage == Stage.LOOKED_AFTER)
    assert in_care.sum() == arrived - left  # no child is lost
    _episodes_join_up(placements_table(model))


def _episodes_join_up(told):
    """Each child's episodes follow one another without a gap or an overlap; only the last may go on."""
    for _, mine in told.groupby("child"):
        assert (mine["end"].iloc[:-1].to_numpy() == mine["start"].iloc[1:].to_numpy()).all()
        assert mine["end"].iloc[:-1].notna().all()
        assert (mine["reason_ceased"].iloc[:-1] == "X1").all()
