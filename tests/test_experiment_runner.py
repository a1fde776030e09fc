"""From scenarios to a results folder: the same values however it is run, nothing lost, nothing trusted that is damaged."""

from __future__ import annotations

import json
import re

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest
from quick_model import BASE, NAME, PLAN, Scenario

from simulation.base.errors import Faults
from simulation.base.measures import REGISTER
from simulation.experiment import runner
from simulation.experiment.plan import Plan
from simulation.experiment.precision import Precision
from simulation.experiment.runner import choose_bases, exit_code, run_experiment, tell
from simulation.results import files
from simulation.results.dictionary import markdown
from simulation.results.folder import Results, open_results
from simulation.results.tables import TABLES


def run(out, scenarios=(BASE, PLAN), replications=3, workers=0, weeks=58, **more):
    more = {"function": NAME, "report": False, "progress": False} | more
    return Results(run_experiment(list(scenarios), replications=replications, workers=workers, weeks=weeks, out=out, **more))


def values(results):
    """Everything that must be the same, however the experiment was run."""
    tables = {table: files.content_hash(results.read(table)) for table in TABLES if (results.path / TABLES[table].file).exists()}
    return results.read_run()["content_hash"], tables


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished experiment of two scenarios, three replications."""
    return run(tmp_path_factory.mktemp("done") / "out")


# ---- the folder


def test_the_folder_is_as_designed(done):
    names = {path.name for path in done.path.iterdir()}
    assert {"run.json", "datapackage.json", "scenarios", "runs", "weekly.parquet", "summary.csv", "comparison.csv"} <= names
    assert {"summary.xlsx", "children.parquet", "money.parquet", "events.parquet"} <= names
    assert (done.path / "runs" / "scenario=plan" / "replication-00003.parquet").exists()
    assert {path.name for path in (done.path / "scenarios").iterdir()} == {"base.yaml", "plan.yaml"}
    assert not list(done.path.rglob("*.partial"))


def test_run_json_says_how_it_was_made(done):
    told = done.read_run()
    assert (told["seed"], told["replications"], told["weeks"], told["status"], told["finished"]) == (0, 3, 58, "complete", 6)
    assert told["name"] == "out" and told["versions"]["numpy"] == np.__version__ and told["failures"] == []
    plan = told["scenarios"][1]
    assert (plan["id"], plan["extends"], plan["hash"]) == ("plan", "base", PLAN.content_hash)
    first = plan["parameters"][0]
    assert {"name", "value", "unit", "meaning", "source", "confidence", "origin", "prior_low", "prior_high"} <= first.keys()
    assert exit_code(done.path) == 0 and "6 replications" in tell(done.path)


def test_weekly_has_every_counted_measure_and_no_ratio(done):
    weekly = done.read("weekly")
    assert list(weekly.columns) == TABLES["weekly"].names
    assert (
        set(weekly["scenario"]) == {"base", "plan"}
        and set(weekly["replication"]) == {1, 2, 3}
        and set(weekly["week"]) == set(range(59))
    )
    assert {REGISTER[name].how for name in weekly["measure"].unique()} == {"sum", "mean", "last"}
    assert weekly["date"].min() == pd.Timestamp("2020-03-29")


def test_summary_and_comparison_have_their_columns(done):
    for table in ("summary", "comparison"):
        assert list(done.read(table).columns) == TABLES[table].names
    comparison = done.read("comparison")
    assert set(comparison["scenario"]) == {"plan"} and set(comparison["base"]) == {"base"}
    staff = comparison[(comparison["measure"] == "n_social_workers") & (comparison["period"] == "run")].iloc[0]
    assert staff["difference"] == pytest.approx(30) and staff["pairing_ratio"] < 1e-6


def test_events_are_of_the_first_replication_or_of_all(done, tmp_path):
    assert set(done.read("events")["replication"]) == {1}
    assert set(run(tmp_path / "all", [BASE], 2, events=True).read("events")["replication"]) == {1, 2}


def test_pandas_duckdb_and_excel_open_the_outputs(done):
    assert len(pd.read_parquet(done.path / "children.parquet")) == 6 * 30
    rows = duckdb.sql(f"select count(*) from read_parquet('{done.path}/weekly.parquet')").fetchall()[0][0]
    parts = duckdb.sql(
        f"select count(*) from read_parquet('{done.path}/runs/*/replication-?????.parquet', hive_partitioning=true)"
    ).fetchall()[0][0]
    assert rows == parts == len(done.read("weekly"))
    assert (
        duckdb.sql(f"select typeof(date) from read_parquet('{done.path}/weekly.parquet') limit 1")
        .fetchall()[0][0]
        .startswith("TIMESTAMP")
    )
    book = openpyxl.load_workbook(done.path / "summary.xlsx", read_only=True)
    assert {"Read me", "Main measures", "Summary", "Comparison", "Budget P50", "Assumptions", "Provenance"} <= set(book.sheetnames)
    assert [cell.value for cell in next(iter(book["Summary"].rows))] == TABLES["summary"].names


def test_text_in_the_workbook_can_never_become_a_formula(tmp_path):
    nasty = Scenario("base", title='=HYPERLINK("http://evil")', question="@SUM(1)")
    results = run(tmp_path / "out", [nasty], 1, weeks=2, command="=cmd|' /C calc'!A0")
    book = openpyxl.load_workbook(results.path / "summary.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=cmd")], "the nasty text is there"
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_data_dictionary_names_every_column(done):
    package = json.loads((done.path / "datapackage.json").read_text())
    page = markdown()
    assert {one["path"] for one in package["resources"]} == {
        table.file for table in TABLES.values() if (done.path / table.file).exists()
    }
    for resource in package["resources"]:
        path = done.path / resource["path"]
        columns = list(pd.read_csv(path, encoding="utf-8-sig", nrows=1) if path.suffix == ".csv" else pd.read_parquet(path))
        fields = resource["schema"]["fields"]
        assert [one["name"] for one in fields] == columns and all(one["description"] != "Not described." for one in fields)
        assert all(f"| `{name}` |" in page for name in columns)


# ---- the same values, however it is run


def test_one_worker_two_workers_and_none_give_the_same_values(done, tmp_path):
    assert values(run(tmp_path / "1", workers=1)) == values(done)
    assert values(run(tmp_path / "2", workers=2)) == values(done)


def test_order_does_not_matter(done, tmp_path, monkeypatch):
    tasks = Plan.tasks
    monkeypatch.setattr(Plan, "tasks", lambda self, numbers: tasks(self, numbers)[::-1])
    assert values(run(tmp_path / "out")) == values(done)


def test_more_replications_later_keep_the_first_and_equal_one_sitting(done, tmp_path):
    first = run(tmp_path / "out", replications=1)
    before = (first.path / "runs" / "scenario=base" / "replication-00001.parquet").stat().st_mtime_ns
    again = run(tmp_path / "out")
    assert values(again) == values(done)
    assert (again.path / "runs" / "scenario=base" / "replication-00001.parquet").stat().st_mtime_ns == before, (
        "kept, not run again"
    )
    assert not (again.path / "quarantine").exists()


def test_another_seed_is_another_future(done, tmp_path):
    assert values(run(tmp_path / "out", seed=1))[0] != values(done)[0]


def test_a_null_change_gives_exactly_zero(tmp_path):
    comparison = run(tmp_path / "out", [BASE, Scenario("same")], 4).read("comparison")
    numbers = comparison.loc[comparison["replications"] > 0]
    assert (numbers["difference"] == 0).all() and set(numbers["verdict"]) == {"no clear difference"}
    assert set(numbers["p_better"].dropna()) == {0.5}


# ---- resuming


def damaged(path, how):
    data = path.read_bytes()
    if how == "flip":
        path.write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "gone":
        path.unlink()
    else:
        path.write_bytes(how.encode())


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("parquet", "flip"),
        ("parquet", "cut"),
        ("parquet", "gone"),
        ("money.parquet", "flip"),
        ("json", "gone"),
        ("json", ""),
        ("json", "[1]"),
    ],
)
def test_damaged_replications_are_put_aside_and_run_again(done, tmp_path, name, how):
    results = run(tmp_path / "out", [BASE], 3, weeks=2)
    before = values(results)
    name = f"replication-00002.{name}"
    damaged(results.path / "runs" / "scenario=base" / name, how)
    again = run(tmp_path / "out", [BASE], 3, weeks=2)
    assert values(again) == before
    aside = {path.name for path in (results.path / "quarantine" / "scenario=base").iterdir()}
    assert aside and all("00002" in one for one in aside) and ((how == "gone") == (name not in aside))


def test_results_of_other_inputs_are_put_aside_and_never_mixed(tmp_path):
    first = run(tmp_path / "out", [BASE], 2, weeks=3)
    old = (first.path / "runs" / "scenario=base" / "replication-00001.parquet").read_bytes()
    changed = run(tmp_path / "out", [Scenario("base", posts=600)], 2, weeks=3)
    assert (changed.path / "quarantine" / "scenario=base" / "replication-00001.parquet").read_bytes() == old
    assert values(changed) == values(run(tmp_path / "fresh", [Scenario("base", posts=600)], 2, weeks=3))
    run(tmp_path / "out", [BASE], 2, weeks=3)
    assert len(list((first.path / "quarantine" / "scenario=base").glob("replication-00001.parquet*"))) == 2, (
        "nothing is overwritten"
    )


def test_changed_model_code_makes_results_stale(tmp_path, monkeypatch):
    from simulation.experiment import plan

    run(tmp_path / "out", [BASE], 1, weeks=2)
    monkeypatch.setattr(plan, "model_version", lambda function, rules: "newer")
    run(tmp_path / "out", [BASE], 1, weeks=2)
    assert (tmp_path / "out" / "quarantine").exists()


def test_fewer_replications_use_only_those_asked_for(tmp_path):
    run(tmp_path / "out", [BASE], 3, weeks=2)
    results = run(tmp_path / "out", [BASE], 2, weeks=2)
    assert set(results.read("weekly")["replication"]) == {1, 2} and results.read("summary")["replications"].max() == 2


# ---- going wrong


def test_a_failing_replication_is_named_and_the_rest_finish(tmp_path):
    results = run(tmp_path / "out", function="quick_model:faulty")
    told = results.read_run()
    assert [(one["scenario"], one["replication"]) for one in told["failures"]] == [("base", 2), ("plan", 2)]
    assert "two is a bad number" in told["failures"][0]["reason"] and told["failures"][0]["seed"] == 0
    assert exit_code(results.path) == 3 and "FAILED base replication 2 (seed 0)" in tell(results.path)
    assert results.read("summary")["replications"].max() == 2, "the count shows that one is missing"


def test_stopping_at_the_first_failure_keeps_what_is_finished(tmp_path):
    results = run(tmp_path / "out", [BASE], 5, function="quick_model:faulty", keep_going=False)
    assert results.read_run()["finished"] == 1 and exit_code(results.path) == 3


def test_a_second_run_in_the_folder_is_refused_and_changes_nothing(tmp_path):
    results = run(tmp_path / "out", [BASE], 1, weeks=2)
    before = (results.path / "run.json").read_bytes()
    with files.locked(results.path), pytest.raises(Faults, match="another run is writing here"):
        run(tmp_path / "out", [BASE], 2, weeks=2)
    assert (results.path / "run.json").read_bytes() == before


@pytest.mark.parametrize(("more", "message"), [
    ({"scenarios": []}, "no scenario was given"), ({"scenarios": [BASE, BASE]}, "given twice"),
    ({"replications": 0}, "--replications: 0 is not"), ({"replications": "many"}, "--replications: 'many'"),
    ({"workers": -1}, "--workers"), ({"seed": -1}, "--seed"), ({"weeks": 0}, "--weeks"),
    ({"base": "other"}, "--base: 'other' is not among"), ({"scheduler": "http://nowhere"}, "no Dask scheduler answers"), ({"scenarios": [Scenario("../up")]}, "no name for a scenario"),
    ({"scenarios": [Scenario("base", rules=("mine:Rule",))]}, "--allow-rules"),
])  # fmt: skip
def test_bad_input_is_refused_before_anything_is_written(tmp_path, more, message):
    with pytest.raises(Faults, match=message):
        run(tmp_path / "out", **more)
    assert not (tmp_path / "out" / "run.json").exists()


def test_an_interrupted_run_says_so_and_keeps_what_is_finished(tmp_path, monkeypatch):
    put, seen = Results.put, []

    def stop_after_two(self, *given):
        put(self, *given)
        seen.append(given)
        if len(seen) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Results, "put", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out", [BASE], 5, weeks=2)
    told = open_results(tmp_path / "out").read_run()
    assert told["status"] == "stopped" and len(seen) == 2
    monkeypatch.undo()
    assert values(run(tmp_path / "out", [BASE], 5, weeks=2)) == values(run(tmp_path / "fresh", [BASE], 5, weeks=2))


# ---- as many as are needed


def test_auto_stops_when_precise_and_says_so(tmp_path):
    rule = Precision(measures=("n_looked_after",), relative=0.01, minimum=4, maximum=50, look_ahead=2)
    results = run(tmp_path / "out", replications="auto", weeks=3, precision=rule)
    told = results.read_run()
    assert told["precision"]["reached"] and told["replications"] == told["precision"]["replications"] < 50
    assert {one["scenario"] for one in told["precision"]["measures"]} == {"base", "plan", "plan less base"}
    assert all(one["half_width"] <= one["target"] for one in told["precision"]["measures"])


def test_auto_stops_at_the_maximum_and_admits_it(tmp_path):
    rule = Precision(measures=("n_looked_after",), relative=1e-6, minimum=3, maximum=7, look_ahead=1)
    results = run(tmp_path / "out", [BASE], "auto", weeks=3, precision=rule)
    told = results.read_run()
    assert not told["precision"]["reached"] and told["replications"] == 7 and "Not as precise as asked" in tell(results.path)


# ---- bases and progress


def test_each_plan_is_compared_with_what_it_extends_if_that_is_here():
    other = Scenario("other", extends="elsewhere.yaml")
    assert choose_bases([BASE, PLAN, other]) == {"plan": "base", "other": "base"}
    assert choose_bases([PLAN, other]) == {"other": "plan"}
    assert choose_bases([BASE, PLAN, other], "other") == {"base": "other", "plan": "other"}


def test_progress_is_a_plain_line_per_tenth_when_not_on_a_terminal(tmp_path, capsys):
    run(tmp_path / "out", [BASE], 25, weeks=2, progress=True)
    lines = [line for line in capsys.readouterr().err.splitlines() if " of 25 replications" in line]
    assert (
        len(lines) == 10
        and re.fullmatch(r"3 of 25 replications, about \d+ min \d\d s left", lines[0])
        and lines[-1].startswith("25 of 25")
    )


def test_progress_has_a_bar_with_time_left_on_a_terminal(tmp_path):
    import io

    from simulation.experiment.progress import Progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = Progress(0, stream=Terminal())
    shown.grow(2)
    shown.step()
    shown.say("a line")
    shown.close()
    text = shown.stream.getvalue()
    assert "1/2" in text and "a line" in text


def test_the_default_folder_is_named_after_the_first_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(None, [BASE], 1, weeks=2).path.as_posix() == "results/base"
    assert runner.cores() >= 1
