"""The real model through the runner: every column is described, and it does not matter who does the work."""

from __future__ import annotations

import pandas as pd
import pytest

from simulation.base.codes import LEGAL_CODE, LEGAL_NAME
from simulation.base.errors import Faults
from simulation.experiment.runner import run_experiment
from simulation.results.folder import Results
from simulation.results.tables import TABLES

WEEKS = 6


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Six weeks of the typical authority, two replications, in this process."""
    return run(tmp_path_factory.mktemp("model"), 0)


def run(folder, workers):
    more = {"weeks": WEEKS, "workers": workers, "out": folder / str(workers), "report": False, "progress": False}
    return Results(run_experiment(["england_typical"], 2, **more))


def test_one_process_or_two_give_the_same_values(done, tmp_path):
    assert run(tmp_path, 2).read_run()["content_hash"] == done.read_run()["content_hash"]


@pytest.mark.parametrize("table", ["weekly", "yearly", "periods", "placements", "workforce", "duties", "money", "events"])
def test_every_column_of_the_model_is_described(done, table):
    found = list(done.read(table).columns)
    assert set(found) <= set(TABLES[table].names)
    assert len(done.read(table)), "the table has rows"


def test_the_resolved_scenario_can_be_run_again(done, tmp_path):
    from simulation.scenario import load

    assert load(done.path / "scenarios" / "england_typical.yaml").content_hash == done.read_run()["scenarios"][0]["hash"]


@pytest.mark.parametrize(("name", "value", "message"), [
    ("workforce.notice_weks", 8.0, "Did you mean 'workforce.notice_weeks'"), ("workforce.notice_weeks", 9999.0, "notice_weeks is 9999; from"),
])  # fmt: skip
def test_an_ensemble_of_settings_that_cannot_be_is_refused_before_anything_is_written(tmp_path, name, value, message):
    table = pd.DataFrame({"draw": [1], "parameter": [name], "value": [value]})
    with pytest.raises(Faults, match=message):
        run_experiment(["england_typical"], 2, weeks=2, out=tmp_path / "out", ensemble=table)
    assert not (tmp_path / "out").exists()


def test_each_period_says_the_legal_status_it_began_under(done):
    periods = done.read("periods")
    place = list(periods.columns).index("legal_status_start")
    assert list(periods.columns)[place + 1] == "legal_status_end"
    begun = periods[~periods["started_before"]]
    assert set(begun["legal_status_start"]) <= set(LEGAL_NAME) - {"none"} and len(begun)
    first = done.read("placements").sort_values("start").drop_duplicates(["scenario", "replication", "child", "start"])
    seen = begun.merge(first.rename(columns={"start": "care_start"}), on=["scenario", "replication", "child", "care_start"])
    assert len(seen) > 0.9 * len(begun)
    assert (seen["legal_status_start"] == seen["legal_status"].map(dict(zip(LEGAL_CODE, LEGAL_NAME, strict=True)))).all()
