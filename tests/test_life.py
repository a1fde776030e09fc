"""One child's life in sentences: dates, ages, workers in their order, places by kind, waits named."""

from __future__ import annotations

import pandas as pd
import pytest

from simulation.base.errors import Faults
from simulation.cli import main
from simulation.results import life
from simulation.results.folder import Results

CHILD = 71
EVENTS = [
    (CHILD, "2020-03-10", "referred", "", ""),
    (CHILD, "2020-03-14", "worker_changed", "-1", "5001"),
    (CHILD, "2020-06-01", "care_started", "", "section 20"),
    (CHILD, "2020-06-01", "placed", "", "foster own"),
    (CHILD, "2020-06-20", "visit_made", "", ""),
    (CHILD, "2020-07-18", "visit_made", "", ""),
    (CHILD, "2020-08-01", "plan_asked_for", "NOT_ASKED", "WORK"),
    (CHILD, "2020-08-08", "worker_left", "", ""),
    (CHILD, "2020-08-29", "worker_changed", "-1", "6001"),
    (CHILD, "2020-09-05", "worker_changed", "6001", "5001"),
    (CHILD, "2020-11-01", "plan_agreed", "", ""),
    (CHILD, "2021-06-01", "care_ceased", "", "special guardianship"),
    (99, "2020-03-02", "placed", "", "parents"),
]


@pytest.fixture
def results(tmp_path):
    """A results folder with one replication: a child whose care lies in the run, and one in care from before."""
    found = Results(tmp_path)
    found.write_run({"scenarios": [{"id": "base"}]})
    common = {"sex": "female", "disabled": False, "unaccompanied": False, "siblings_in_care": 1, "n_placements": 1}
    care = pd.DataFrame([
        {"child": CHILD, "birth_date": "2015-01-20", "care_start": "2020-06-01", "care_end": "2021-06-01", "plan_due": "2020-10-01",
         "plan_agreed": "2020-11-01", "started_before": False, **common},
        {"child": 99, "birth_date": "2010-01-01", "care_start": "2015-01-01", "care_end": None, "plan_due": None, "plan_agreed": None,
         "started_before": True, **common},
    ])  # fmt: skip
    days = ["birth_date", "care_start", "care_end", "plan_due", "plan_agreed"]
    care[days] = care[days].apply(pd.to_datetime)
    lived = pd.DataFrame([{"child": CHILD, "start": "2020-06-01", "end": "2021-06-01", "placement": "U6", "distance_miles": 6.4, "siblings_together": False}])
    lived[["start", "end"]] = lived[["start", "end"]].apply(pd.to_datetime)
    events = pd.DataFrame(EVENTS, columns=["child", "date", "event", "from", "to"]).assign(date=lambda frame: pd.to_datetime(frame["date"]))
    for table, frame in {"weekly": pd.DataFrame({"date": ["2020-02-29"]}), "periods": care, "placements": lived, "events": events}.items():
        path = found.replication_file("base", 1, table)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path)
    return found


def test_a_life_is_told_in_sentences_with_ages_places_and_waits(results):
    told = life.text(results, child=CHILD)
    assert told.splitlines()[2:] == [
        "A girl, born on 20 January 2015, with a brother or sister in care.",
        "10 March 2020, aged 5 years 1 month: the child is referred.",
        "14 March 2020, aged 5 years 1 month: the child gets a social worker.",
        "1 June 2020, aged 5 years 4 months: the child comes into care by agreement with the parents; the child goes to live with a foster "
        "carer of the authority, 6 miles from home, apart from brothers and sisters (stays 12 months).",
        "  (Meanwhile 2 visits.)",
        "1 August 2020, aged 5 years 6 months: somebody asks for a permanence plan, and work on it begins, 9 weeks after coming into care.",
        "8 August 2020, aged 5 years 6 months: the social worker leaves.",
        "29 August 2020, aged 5 years 7 months: the second social worker takes over, after 3 weeks without one.",
        "5 September 2020, aged 5 years 7 months: the first social worker takes over again.",
        "1 November 2020, aged 5 years 9 months: the permanence plan is agreed, 4 weeks after the second review at which it was due.",
        "1 June 2021, aged 6 years 4 months: the child leaves care to a special guardian, after 12 months in care.",
        "In all 1 placement in this period of care and 2 social workers.",
    ]


def test_without_a_number_a_child_whose_care_lies_in_the_run_is_told_and_how_it_was_chosen(results, capsys):
    assert main(["child", str(results.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Child {CHILD} of base, replication 1. An invented child: nobody real is described."
    assert lines[1].startswith("Chosen because referral, care and its end all lie in the run") and "--child N" in lines[1]


def test_a_child_in_care_from_before_the_run(results):
    told = life.text(results, child=99)
    assert "In care since 1 January 2015, before the run begins on 29 February 2020." in told
    assert "Still in care when the run ends." in told and "No permanence plan was agreed." in told


def test_no_life_is_told_of_a_child_of_a_real_return(results):
    results.write_run({"scenarios": [{"id": "base", "stock_file": "ours.stock.parquet"}]})
    with pytest.raises(Faults, match=r"child 99 stands for one of the real children of ours\.stock\.parquet: their future is not told"):
        life.text(results, child=99)
    assert life.text(results).startswith(f"Child {CHILD} of base")


@pytest.mark.parametrize(("how", "said"), [({"child": 5}, "child 5 was never in care"), ({"replication": 2}, "--events"), ({"scenario": "bse"}, "not among the scenarios base")])
def test_what_is_not_there_is_refused(how, said, results):
    with pytest.raises(Faults, match=said):
        life.text(results, **how)


@pytest.mark.parametrize(("days", "said"), [(1, "1 day"), (14, "14 days"), (35, "5 weeks"), (200, "7 months"), (760, "2 years 1 month")])
def test_lengths_of_time(days, said):
    assert life.lasting(days) == said
