"""Synthetic authorities differ and change as stated, each on luck of its own; the examination reads them as published, and says when it cannot tell."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from simulation.base.measures import REGISTER
from simulation.scenario import load
from simulation.validation import authorities
from simulation.validation.authorities import KEPT, SPREADS, Spread, own_luck, synthetic
from simulation.validation.examine import verdict
from simulation.validation.fact import agrees, lies, together
from simulation.validation.facts import d1, d21
from simulation.validation.facts_authorities import D3, NULLS, persistence, ranks, slopes, spread_errors, spreads
from simulation.validation.runs import COUNTED, PILOTS, Runs, as_published

MANY = 400
RATES = ["pct_agency", "pct_turnover", "caseload", "pct_vacancy"]


def test_an_authority_is_the_same_each_time_and_unlike_the_next():
    one, again, other = synthetic(3), synthetic(3), synthetic(4)
    assert one.content_hash == again.content_hash != other.content_hash
    assert one.changes == again.changes != other.changes


def test_every_spread_names_a_setting_and_its_source():
    scenario = synthetic(0)
    assert all(spread.source and isinstance(authorities._get(scenario, name), float) for name, spread in SPREADS.items())


def test_changes_come_each_october_and_leave_no_gap():
    scenario = synthetic(5)
    begins, ends = [change.starts for change in scenario.changes], [change.until for change in scenario.changes]
    assert begins[0] == scenario.start + dt.timedelta(days=1)
    assert begins[1:] == ends[:-1] and all((day.month, day.day) == (10, 1) for day in ends)
    assert ends[-1] > scenario.start + dt.timedelta(weeks=365)
    assert [form.starts for form in scenario.header.changes] == begins


def test_yearly_changes_and_walks_spread_as_stated():
    paths = np.log([authorities._path(Spread(0.5, yearly=0.2), "a", number) for number in range(MANY)])
    assert paths.std(axis=0) == pytest.approx(0.2, rel=0.15)
    assert abs(np.mean([np.corrcoef(paths[:, year], paths[:, year + 1])[0, 1] for year in range(7)])) < 0.08
    walks = np.log([authorities._path(Spread(0.5, walk=0.1), "b", number) for number in range(MANY)])
    assert walks[:, 0] == pytest.approx(0.0)
    assert walks[:, 4].std() == pytest.approx(0.2, rel=0.15)


def test_authorities_differ_as_stated_around_the_middle_one():
    name = "workforce.recruitment_effort"
    logs = np.log([authorities._differs(name, 1.0, number) for number in range(MANY)])
    assert np.median(logs) == pytest.approx(np.log(SPREADS[name].middle), abs=0.1)
    assert logs.std() == pytest.approx(SPREADS[name].between, rel=0.15)


def test_an_authority_starts_with_as_many_vacancies_as_its_own_flows_keep_open():
    typical, slow = load("england_typical"), 0.5
    values = {setting: authorities._get(typical, setting) for setting in SPREADS}
    staff = authorities._starting_staff(typical, values)
    assert staff["workforce.start_permanent_fte"] == pytest.approx(typical.parameters.workforce.start_permanent_fte)
    assert staff["workforce.start_agency_fte"] == pytest.approx(typical.parameters.workforce.start_agency_fte, rel=0.05)
    posts = values["workforce.permanent_posts_fte"]
    fewer = authorities._starting_staff(typical, values | {"workforce.recruitment_effort": slow})["workforce.start_permanent_fte"]
    balance = (posts - staff["workforce.start_permanent_fte"]) / staff["workforce.start_permanent_fte"]
    assert (posts - fewer) / fewer == pytest.approx(balance / slow)


def test_a_judged_authority_shares_the_luck_of_its_unjudged_self_alone(monkeypatch):
    seeds = {}

    def run(scenario, replication, seed, **more):
        seeds[scenario.id] = seed
        return {"weekly": pd.DataFrame({"measure": ["n_posts", "gbp_placements"]})}

    monkeypatch.setattr(authorities, "run_replication", run)
    for name, number in (("plain_3", 3), ("judged_3", 3), ("plain_4", 4)):
        assert list(own_luck(synthetic(number, name=name), 1, seed=0, weeks=1)["weekly"]["measure"]) == ["n_posts"]
    assert seeds["plain_3"] == seeds["judged_3"] != seeds["plain_4"]


def test_what_the_facts_are_made_of_is_kept():
    measures = [REGISTER[name] for name in (*D3, *NULLS, "pct_outside_boundary", *COUNTED.values())]
    counts = {name for measure in measures for name in ((measure.numerator, measure.denominator) if measure.how == "ratio" else (measure.name,))}
    assert counts <= set(KEPT) <= REGISTER.keys()


# ---- read as published


def weekly(leavers: int) -> pd.DataFrame:
    """Two years and a half of one authority: steady counts, ``leavers`` every week, more children with changes from October 2019."""
    days = pd.date_range("2018-04-07", "2020-10-31", freq="7D")
    counts = {"new_leavers": leavers, "n_social_workers": 208, "n_agency_workers": 52, "n_posts": 260, "n_vacancies": 52,
              "n_allocated_cases": 2000, "n_case_holders": 100, "n_two_worker_changes": 30, "n_looked_after": 120}  # fmt: skip
    told = pd.DataFrame([{"scenario": "plain_0", "date": day, "measure": name, "value": value} for day in days for name, value in counts.items()])
    early = (told["measure"] == "n_two_worker_changes") & (told["date"] < "2019-10-01")
    return told.assign(value=told["value"].mask(early, 12))


def test_rates_are_those_of_the_workforce_year():
    table = as_published(weekly(1))
    assert table["year"].tolist() == [2019]
    row = table.iloc[0]
    assert row["pct_turnover"] == pytest.approx(25.0)
    assert (row["pct_agency"], row["pct_vacancy"], row["caseload"], row["pct_three_workers"]) == (20.0, 20.0, 20.0, 25.0)


def made_up(slope: tuple[float, float, float], between: float = 3.0, within: float = 4.0) -> pd.DataFrame:
    """Three hundred authorities over three years whose rates are drawn independently."""
    luck = np.random.default_rng(3)
    frames = []
    own = luck.normal(0, between, (300, 4))
    for year in (2019, 2020, 2021):
        rates = own + luck.normal(0, within, (300, 4)) + year - 2000
        frame = pd.DataFrame(rates, columns=RATES).assign(year=year, authority=np.arange(300))
        frames.append(frame.assign(pct_three_workers=20 * (year - 2018) + frame[RATES[:3]].to_numpy() @ np.array(slope) + luck.normal(0, 2, 300)))
    return pd.concat(frames, ignore_index=True)


def test_slopes_are_found_within_their_errors():
    table = made_up((0.3, 0.5, 0.8))
    errors = spread_errors(table, slopes)
    assert slopes(table) == pytest.approx([0.3, 0.5, 0.8], abs=3 * errors.max())
    assert 0.005 < errors.max() < 0.05


def test_spreads_and_persistence_are_found():
    table = made_up((0, 0, 0))
    assert spreads(table, "pct_turnover") == (pytest.approx(3.0, rel=0.15), pytest.approx(4.0, rel=0.1))
    assert persistence(table)[0] == pytest.approx(9 / 25, abs=0.1)
    assert ranks(table) == pytest.approx([0, 0, 0], abs=0.15)


# ---- verdicts


@pytest.mark.parametrize(
    ("value", "error", "surely", "answer"),
    [(0.5, 0.1, False, True), (1.1, 0.1, False, None), (1.3, 0.1, False, False), (0.1, 0.1, False, True), (0.1, 0.1, True, None), (0.5, 0.1, True, True)],
)
def test_a_figure_lies_within_or_without_or_cannot_be_told(value, error, surely, answer):
    assert lies(value, error, 0.0, 1.0, surely) is answer


def test_a_figure_agrees_with_a_published_one_or_not_with_both_errors_together():
    assert agrees(0.5, 0.3, 0.3, 0.1) is True
    assert agrees(0.55, 0.1, 0.3, 0.1) is None
    assert agrees(0.6, 0.1, 0.3, 0.1) is False


def test_a_miss_outweighs_what_is_not_clear():
    assert together([True, None, False]) is False
    assert together([True, None]) is None
    assert together([True, True]) is True
    assert [verdict(within, False) for within in (True, False, None)] == ["passed", "missed", "not clear"]
    assert [verdict(within, True) for within in (True, False, None)] == ["fitted", "fitted, missed", "fitted, not clear"]


class FakeRuns(Runs):
    """Answers from a table: (run, scenario, measure) -> a value for each year, or years by replications."""

    def __init__(self, told):
        self.told = told

    def each(self, name, scenario, measure, group="all"):
        return pd.DataFrame(np.array(self.told[name, scenario, measure], float), index=range(2019, 2019 + len(self.told[name, scenario, measure])))

    def year(self, name, scenario, measure, group="all"):
        return self.each(name, scenario, measure).mean(axis=1)


def stepped(starts: float) -> FakeRuns:
    stock = [1.1, 1.2, 1.25, 1.3, 1.33]
    runs = FakeRuns({("quiet", "quiet", "new_care_starts"): [[1.0]] * 5, ("quiet", "quiet", "n_looked_after"): [[1.0]] * 5,
                     ("step", "step", "new_care_starts"): [[starts]] * 5, ("step", "step", "n_looked_after"): [[n] for n in stock]})  # fmt: skip
    runs.step_ratio = 2.0
    return runs


def test_a_step_that_does_not_bring_half_as_many_starts_again_tells_nothing():
    assert d1(stepped(1.5)).within is True
    assert d1(stepped(1.25)).within is None


def test_the_step_is_read_off_the_pilots():
    starts = {("pilots", f"pilot_{number}", "new_care_starts"): [[value]] for number, value in enumerate((100, 140, 160))}
    runs = FakeRuns(starts)
    assert runs.step_ratio == pytest.approx((PILOTS[1] * PILOTS[2]) ** 0.5, abs=0.01)


def test_a_gain_from_earlier_leaders_needs_an_interval_above_nothing():
    base = [[40.0, 40.0]] * 5
    def told(gains):
        return d21(FakeRuns({("bradford", "bradford", "n_leader_gaps"): base, ("bradford", "bradford", "pct_plans_by_second_review"): base,
                             ("bradford", "leaders_earlier", "pct_plans_by_second_review"): [[40.0 + gain for gain in gains]] * 5})).within  # fmt: skip
    assert told((1.0, 1.6)) is None
    assert told((1.3, 1.4)) is True
    assert told((-1.3, -1.4)) is False
