"""What reaches people: where results go, what a workbook and a comparison say, and what a scenario says of its own values."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest
from quick_model import BASE, PLAN, Scenario
from test_experiment_runner import run

from simulation.base.errors import Faults
from simulation.cli import running
from simulation.cli.main import parser
from simulation.experiment.compare import compare_all, comparison_text
from simulation.experiment.pay_back import in_words
from simulation.experiment.place import default_folder, what_becomes
from simulation.experiment.plan import Plan
from simulation.experiment.provenance import about_scenario, parameters
from simulation.results.folder import Results
from simulation.results.summary import KEYS, Matrix, summarise
from simulation.results.workbook import write_workbook
from simulation.scenario import base_of, load

TEXT = """schema_version: 1
title: Mine
stock:  # DfE, 31 March 2020
  looked_after: 1300
  plan_missing_share: 0.5  # our own audit of 'drift', May
workforce: {notice_weeks: 9}
placing: {own_acceptance: 0.12}  # fitted: "carers were full"
uncertain:
  casework.reading_in_hours: [1, 9]
changes:
  - {from: 2020-09, add: {workforce.permanent_posts_fte: 30}, ramp_months: 12, note: funded}
"""


# ---- where results go


def test_each_set_of_scenarios_has_a_default_folder_of_its_own(write):
    base, fees, cap = (Scenario(name) for name in ("bradford_2020", "bradford_2020_foster_fees", "bradford_2020_agency_cap"))
    made = [default_folder(given).as_posix() for given in ([base], [fees], [base, fees], [base, cap], [base, fees, cap])]
    assert made[:3] == ["results/bradford_2020", "results/bradford_2020_foster_fees", "results/bradford_2020_and_foster_fees"]
    assert len(set(made)) == len(made)
    many = [Scenario(f"plan_number_{number}_of_many") for number in range(9)]
    assert len(default_folder(many).name) < 60 and default_folder(many) != default_folder(many[:-1])
    path = write(TEXT)
    assert default_folder([load(path)]) != default_folder([load(path, ["workforce.notice_weeks=10"])]), "--set makes another experiment"


def test_what_becomes_of_results_that_are_there_is_said(tmp_path):
    plan, out = Plan([BASE, PLAN], weeks=6, function="quick_model:run_replication"), Results(tmp_path / "out")
    assert what_becomes(out, plan) == [f"Results go to {out.path}."]
    run(out.path, [BASE, PLAN], 2, weeks=6)
    told = what_becomes(out, plan)
    assert "tables and report are replaced" in told[0] and told[1:] == ["4 replications of the same inputs are kept and not run again."]
    told = what_becomes(out, Plan([BASE], weeks=7, function="quick_model:run_replication"))
    assert told[1].startswith("2 replications made from other inputs") and "nothing is deleted" in told[1]
    assert told[2].startswith("Replications of plan stay in")


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_quick_trial_does_not_replace_a_finished_page(tmp_path):
    folder = run(tmp_path / "out", [BASE, PLAN], 2, weeks=6).path
    before = contents(folder)
    for scenarios, replications, weeks, said in (
        ([BASE, PLAN], 1, 5, "4 replications made from other inputs"),
        ([BASE], 2, 6, "the replications of plan"),
        ([BASE, PLAN], 1, 6, "2 replications beyond the number asked for"),
    ):
        with pytest.raises(Faults) as refused:
            run(folder, scenarios, replications, weeks=weeks, replace=False)
        assert said in str(refused.value) and "--replace" in str(refused.value) and "out_trial" in str(refused.value)
        assert contents(folder) == before
    assert run(folder, [BASE, PLAN], 3, weeks=6, replace=False).read_run()["finished"] == 6, "more of the same replaces nothing"
    assert run(folder, [BASE, PLAN], 1, weeks=5, replace=True).read_run()["weeks"] == 5


def test_an_old_report_does_not_stand_beside_new_tables(tmp_path, capsys):
    folder = run(tmp_path / "out", [BASE], 1, weeks=4).path
    (folder / "report.html").write_text("of the first run")
    run(folder, [BASE], 2, weeks=4, progress=True)
    assert not (folder / "report.html").exists()
    assert "The report of an earlier run is removed" in capsys.readouterr().err


def test_progress_says_what_is_being_written(tmp_path, capsys):
    run(tmp_path / "out", [BASE], 2, weeks=4, progress=True)
    said = capsys.readouterr().err
    assert "2 of 2 replications, all run" in said and "of 0" not in said
    for part in ("Gathering 2 replications", "Working out summaries", "Writing summary.xlsx"):
        assert part in said
    run(tmp_path / "out", [BASE], 2, weeks=4, progress=True)
    assert "of 0" not in capsys.readouterr().err, "what was there is counted out of what is wanted"


def test_a_plan_run_alone_names_the_command_that_compares_it(write, capsys, monkeypatch):
    base, plan = write(TEXT, "ours.yaml"), write("schema_version: 1\nextends: ours.yaml\nweeks: 40\n", "plan.yaml")
    given = parser().parse_args(["run", str(plan), "--weeks", "4", "--replications", "3", "--set", "workforce.notice_weeks=9"])
    monkeypatch.chdir(base.parent)
    told = running._plan_alone([load(plan, given.set)], given)
    assert "compared with nothing" in told
    assert f"run.py run ours.yaml {plan} --set workforce.notice_weeks=9 --replications 3 --weeks 4 --out results/plan_set_" in told
    assert running._plan_alone([load(base), load(plan)], given) == "" == running._plan_alone([load(base)], given)
    assert base_of(load("bradford_2020_foster_fees")) == "bradford_2020"


# ---- a scenario's own values


def test_a_scenarios_own_value_cites_its_file_and_remark(write):
    told = {one["name"]: one for one in parameters(load(write(TEXT), ["demand.referral_factor=1.1"]))}
    assert told["stock.looked_after"]["source"] == "DfE, 31 March 2020 (said of the whole section) (try.yaml:4)"
    assert told["stock.plan_missing_share"]["source"] == "our own audit of 'drift', May (try.yaml:5)"
    assert told["workforce.notice_weeks"]["source"] == "try.yaml:6, which names no source"
    assert told["placing.own_acceptance"]["source"] == 'fitted: "carers were full" (try.yaml:7)'
    assert told["demand.referral_factor"]["source"] == "given on the command line"
    assert told["workforce.notice_weeks"]["confidence"] == "S"
    assert told["workforce.team_size"]["origin"] == "default" and told["workforce.team_size"]["source"].startswith("general knowledge")


def test_the_range_of_a_default_is_not_put_beside_another_value(write):
    told = {one["name"]: (one["prior_low"], one["prior_high"]) for one in parameters(load(write(TEXT)))}
    assert told["placing.own_acceptance"] == (None, None), "0.12 stands outside the default's 0.01 to 0.03, which nobody draws"
    assert told["workforce.team_size"] == (5, 8)
    assert told["casework.reading_in_hours"] == (1, 9), "the scenario's own range"


def workbook(tmp_path, write, extra=""):
    base, plan = load(write(TEXT.replace("changes:\n", "changes:\n" + extra), "ours.yaml")), None
    plan = load(write("schema_version: 1\nextends: ours.yaml\nchanges:\n  - {from: 2021-01, set: {workforce.notice_weeks: 4}, note: '=cmd'}\n", "plan.yaml"))
    results = run(tmp_path / "out", [BASE, PLAN], 3, weeks=110)
    about = {**results.read_run(), "scenarios": [about_scenario(base, ""), about_scenario(plan, "ours")]}
    names = ("summary", "comparison", "sufficiency", "budget_quarterly", "budget_yearly", "start_check")
    tables = {name: results.read(name) for name in names} | dict.fromkeys(("variance", "sensitivity", "pay_back"))
    for frame in tables.values():
        if frame is not None and "scenario" in frame:
            frame["scenario"] = frame["scenario"].replace({"base": "ours", "plan": "plan"})
    write_workbook(results, tables, about)
    return openpyxl.load_workbook(results.path / "summary.xlsx")


def test_the_workbook_is_laid_out_for_people(tmp_path, write):
    book = workbook(tmp_path, write)
    assert book.sheetnames[:3] == ["Read me", "Main measures", "Comparison"]
    assert {row[0].value for row in book["Read me"].iter_rows(min_row=2)} >= set(book.sheetnames) - {"Read me"}, "each sheet is explained"
    for sheet in book:
        assert sheet.freeze_panes and sheet.column_dimensions["A"].width > 8, sheet.title
    money = book["Budget P50"]
    assert {cell.number_format for cell in money[2][3:]} == {"#,##0;[Red]-#,##0"} and money["B1"].value == "row"
    assert all(cell.value == round(cell.value) for row in money.iter_rows(min_row=2, min_col=4) for cell in row if cell.value is not None), "whole pounds"
    assert [cell.value for cell in money[1][3:7]] == ["Apr-Jun 2020", "Jul-Sep 2020", "Oct-Dec 2020", "Jan-Mar 2021"]
    main = {row[1].value: row for row in book["Main measures"].iter_rows(min_row=2)}
    net = main["Net outturn: gross spend less income."]
    assert net[4].number_format.startswith("#,##0;") and net[4].value > 1000 and net[2].value == "2021-22"
    shown = {book[name].cell(2, 1).value for name in ("Budget mean", "Budget P50", "Sufficiency")}
    assert shown == {"Mine (ours)"} and [cell.value for cell in book["Main measures"][1][4:6]] == ["Mine (ours)", "Mine (plan)"], "titles, not files"
    need = next(row for row in book["Sufficiency"].iter_rows(min_row=2) if row[3].value == "children")
    assert {cell.number_format for cell in need[5:8]} == {"#,##0"} and book["Sufficiency"]["E1"].value == "2020-21 mean"
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_workbook_shows_a_plans_dated_changes_once_and_a_settings_source(tmp_path, write):
    book = workbook(tmp_path, write)
    rows = [[cell.value for cell in row] for row in book["Dated changes"].iter_rows(min_row=2)]
    assert [row[:6] for row in rows] == [
        ["ours", "2020-09-01", None, "workforce.permanent_posts_fte", "add", 30],
        ["plan", "2021-01-01", None, "workforce.notice_weeks", "set to", 4],
    ], "what the plan shares with its base stands under the base alone"
    assert rows[0][6:] == [12, "funded", "ours.yaml:11"] and rows[1][7] == "=cmd"
    head, *lines = ([cell.value for cell in row] for row in book["Assumptions"].iter_rows())
    own = next(dict(zip(head, line, strict=True)) for line in lines if line[1] == "stock.plan_missing_share")
    assert own["source"].startswith("our own audit") and own["given by"] == "ours.yaml:5" and own["ours"] == 0.5 and own["drawn from"] is None


# ---- intervals and words


def matrix(columns, weeks=52):
    """Two replications or more of some measures in 2021 and in a stub of 2022."""
    years = (("year", "2021"), ("part year", "2022"))
    keys = pd.DataFrame([(*year, name, "all", unit) for year in years for name, unit in columns], columns=KEYS)
    keys["weeks"] = np.where(keys["period"] == "2021", weeks, 9)
    values = np.array([*columns.values()]).T
    return Matrix(keys, np.hstack([values, values]), np.arange(1, len(values) + 1), np.arange(1, len(values) + 1))


def test_an_interval_is_cut_at_what_is_possible():
    data = matrix({("n_unallocated", "children"): [0, 1, 200], ("pct_visits_on_time", "%"): [90, 99, 100], ("gbp_overspend", "GBP"): [-5, 5, 90]})
    told = summarise(data, "a").set_index("measure")
    told = told[told["period"] == "2021"]
    assert told.loc["n_unallocated", "ci_low"] == 0 and told.loc["pct_visits_on_time", "ci_high"] == 100
    assert told.loc["n_unallocated", "ci_high"] > 200, "only what cannot be is cut off"
    assert told.loc["gbp_overspend", "ci_low"] < 0, "money may be negative"


def test_few_pairs_are_apparent_and_never_clear():
    for pairs, certainty in ((4, "apparent"), (10, "clear")):
        base = {("pct_visits_on_time", "%"): list(np.arange(pairs) % 3 + 90.0), ("n_looked_after", "children"): [100.0] * pairs}
        more = {key: [value + 2 * (key[1] == "%") for value in values] for key, values in base.items()}
        told = compare_all({"a": matrix(base), "b": matrix(more)}, {"b": "a"}).set_index(["measure", "period"])
        assert tuple(told.loc[("pct_visits_on_time", "2021"), ["verdict", "certainty"]]) == ("better", certainty)
        assert tuple(told.loc[("n_looked_after", "2021"), ["verdict", "certainty"]]) == ("no clear difference", "")


def test_compare_leads_with_the_whole_year_in_words():
    columns = {("gbp_net", "GBP"): [100e6, 101e6, 102e6], ("pct_visits_on_time", "%"): [90, 91, 92]}
    more = {key: [value + step for value, step in zip(values, (1.0e6, 1.2e6, 1.1e6) if key[1] == "GBP" else (2, 2.1, 1.9), strict=True)] for key, values in columns.items()}
    told = comparison_text(compare_all({"a": matrix(columns), "b": matrix(more)}, {"b": "a"}))
    first, *lines = told.splitlines()
    assert first == "b less a, financial year 2020-21, 3 pairs of runs:", "not the nine weeks of 2021-22"
    assert any(line.startswith("  Visits on time: 91% to 93%, +2 points [+1.8 to +2.2]") for line in lines)
    assert any(line.startswith("  Net outturn: £101m to £102m, +£1.10m [") for line in lines)
    assert "seems better" in told and "few runs" in told


def test_pay_back_is_said_in_sentences():
    row = {"money_from": "2020-11-07", "usable_from": "", "cost_gbp": 237_000, "cashable_saving_gbp": -618_000, "avoided_cost_gbp": 1_280_000,
           "net_gbp": -425_000, "capital_gbp": 0, "net_outturn_gbp": -425_000, "net_p10_gbp": -913_000, "net_p90_gbp": 116_000, "paid_back_from": "2021-05-08"}  # fmt: skip
    assert in_words(row) == (
        "Over the run it saves £425k in all (8 futures in 10: saves £913k to costs £116k). Net outturn is made of this: the plan's own lines cost £237k "
        "from 7 November 2020, fewer weeks in care avoid £1.28m and other lines, posts and fees among them, rise by £618k. On the mean it has paid back "
        "from 8 May 2021."
    )
    never = in_words(row | {"paid_back_from": "", "cost_gbp": 0, "money_from": ""})
    assert "the plan has no lines of its own, fewer weeks" in never and never.endswith("it has not paid back within the run.")


@pytest.mark.parametrize(("weeks", "found"), [(None, ["covid.rebound"]), (60, []), (400, ["covid.rebound"])])
def test_a_base_cut_short_is_not_told_of_what_had_no_time_to_be_read(write, weeks, found):
    from simulation.scenario import given_but_not_read, watched

    base = write("schema_version: 1\nweeks: 104\ncovid: {rebound: 0.1}\n", "ours.yaml")
    plan = write("schema_version: 1\nextends: ours.yaml\ncasework: {reading_in_hours: 3}\n", "plan.yaml")
    assert given_but_not_read(watched(load(base)), weeks) == found
    assert given_but_not_read(watched(load(plan)), weeks) == ["casework.reading_in_hours"], "what it extends is not its own"
    assert given_but_not_read(watched(load(plan, ["covid.rebound=0.2"])), weeks) == ["casework.reading_in_hours", "covid.rebound"]
