"""The report: made from result files alone, the same every time, safe, accessible and honest about what is missing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from fake_results import make

from simulation.report import write as writing
from simulation.report import write_report
from simulation.report.charts import causes, differences, flow, lines, money, places, waits, work
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.style import LOOK, Chart, Missing

SHOT = re.compile(r"<svg.*?</svg>", re.DOTALL)


class Page(HTMLParser):
    """What a page holds: identifiers, references, tags and text."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("aria-labelledby", "aria-describedby"):
                self.references += (value or "").split()
            elif name in ("href", "xlink:href", "src", "action", "poster", "data"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, spaces made one."""
        return " ".join(" ".join(self.words).split())


def _blank(chart: Chart) -> Chart:
    """Instead of drawing: tests of the page's words need no picture."""
    chart.svg, chart.png = '<svg viewBox="0 0 10.0 10.0" role="img"></svg>', b""
    return chart


def _page_of(folder: Path, monkeypatch: pytest.MonkeyPatch, pictures: tuple = ()) -> Page:
    """The page of a folder with some of its charts, and those not drawn."""
    monkeypatch.setattr(writing, "render", _blank)
    _only(monkeypatch, pictures)
    return Page(write_report(folder).read_text(encoding="utf-8"))


def _only(monkeypatch: pytest.MonkeyPatch, pictures: tuple) -> None:
    """A report with these charts alone."""
    monkeypatch.setattr(writing, "PICTURES", pictures)
    monkeypatch.setattr(writing, "SECTIONS", ())


def _charts(results: Results, *draws: writing.Draw) -> list[Chart | Missing]:
    """Charts of the first base, not rendered; all of them unless some are named."""
    base, levers = next(iter(results.bases.items()))
    family = Family(results, base, tuple(levers))
    every = (*writing.PICTURES, *(draw for section in writing.SECTIONS for draw in section[3]))
    made: list[Chart | Missing] = []
    with matplotlib.rc_context(LOOK):
        for draw in draws or every:
            found = draw(family)
            made += found if isinstance(found, list) else [found]
    return made


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same experiment without a report and with two runs, to be copied and spoilt."""
    return make(tmp_path_factory.mktemp("results") / "small", replications=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small experiment over a whole financial year, with its report."""
    made = make(tmp_path_factory.mktemp("results") / "fake")
    write_report(made)
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    """The page of that experiment."""
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    """The same experiment, read."""
    return Results(folder)


# ---------------------------------------------------------------------- the page


def test_page_one_asks_answers_and_says_how_far_to_trust(page: Page) -> None:
    for words in ("Do plans come in time, and what would change that?", "If nothing else changes", "Plans agreed by the second review",
                  "Answer.", "Children and staff.", "Cost.", "What this must not be used for.", "same luck in every scenario", "1 of 2 settings are priors"):  # fmt: skip
        assert words in page.text


def test_a_run_from_a_real_return_says_whose_children_it_began_with(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    assert "Every child, family and worker in it is invented" in _page_of(made, monkeypatch).text
    run = json.loads((made / "run.json").read_text(encoding="utf-8"))
    run["scenarios"][0]["stock_file"] = "ours.stock.parquet"
    (made / "run.json").write_text(json.dumps(run), encoding="utf-8")
    told = _page_of(made, monkeypatch).text
    assert "those of the authority's own return, without names" in told and "Every child, family" not in told


def test_every_part_is_there_and_in_order(page: Page) -> None:
    anchors = ["answer", "trust", "ten", "pictures", "next", "differences", "work", "children", "money", "assumptions", "made"]
    assert [found for found in page.ids if found in anchors] == anchors


def test_five_pictures_and_a_card_for_each_plan(page: Page) -> None:
    pictures = {"visits_and_plans", "where_the_weeks_go", "why_drift_happened", "workforce_and_changes", "need_and_places"}
    assert pictures <= set(page.ids)
    assert page.tags.count("article") == 2


def test_the_ten_measures_have_levels_intervals_differences_and_verdicts(page: Page, results: Results) -> None:
    row = results.figures("pct_plans_by_second_review").loc["bradford_2020"]
    assert f"{row['mean']:.1f}%" in page.text
    assert "9. Safety and return" in page.text
    assert "Beside them: knows the plan" in page.text
    assert page.text.count("better") > 10


def test_no_identifier_twice_and_every_reference_leads_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    targets = {link[1:] for link in page.links if link.startswith("#")} | set(page.references)
    assert targets <= set(page.ids)


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    assert "script" not in page.tags
    assert {link[:5] for link in page.links if not link.startswith("#")} == {"data:"}


def test_headings_do_not_skip_a_level(page: Page) -> None:
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) == 1


def test_every_chart_has_title_description_table_and_files(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    figures = re.findall(r"<figure id=\"(.*?)\".*?</figure>", text, re.DOTALL)
    assert len(figures) > 20
    for name, body in zip(figures, re.findall(r"<figure.*?</figure>", text, re.DOTALL), strict=True):
        assert f'<title id="{name}-title">' in body
        assert re.search(rf'<desc id="{name}-desc">[^<]*\d', body), "the description has the actual numbers"
        assert "<details>" in body
        assert "<table>" in body
        assert {p.suffix for p in (folder / "charts").glob(f"{name}.*")} == {".svg", ".png"}


def test_every_letter_a_chart_uses_is_on_the_page(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    used = set(re.findall(r'href="#(DejaVu[^"]+)"', text))
    assert used <= set(re.findall(r'<path id="(DejaVu[^"]+)"', text))
    assert len(used) > 40


def test_the_page_is_small(folder: Path) -> None:
    assert (folder / "report.html").stat().st_size < 4_000_000


def test_the_same_folder_gives_the_same_bytes(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    _only(monkeypatch, (lines.visits_and_plans, work.duties, flow.pathway))
    first, second = ({p.name: p.read_bytes() for p in (write_report(made), *(made / "charts").iterdir())} for _ in range(2))
    assert len(first) == 7
    assert first == second


def test_neither_model_nor_experiment_nor_mesa_is_imported(folder: Path) -> None:
    code = "import sys, simulation.report.write; print([m for m in sys.modules if m.split('.')[0] == 'mesa' or m.startswith(BAD)])"
    bad = ("simulation.model", "simulation.experiment", "simulation.rules", "simulation.settings", "simulation.profile", "simulation.forecast")
    done = subprocess.run([sys.executable, "-c", f"BAD = {bad!r}; {code}"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------------- hostile and odd names


def test_a_scenario_called_script_is_inert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _only(monkeypatch, (lines.visits_and_plans, places.siblings, differences.differences, money.money_steps))
    hostile = "<script>alert(1)</script>"
    made = make(tmp_path / "r", ids=("base", hostile), titles={"base": "</title><img src=x onerror=alert(1)> $x^2$ -->", hostile: hostile})
    text = write_report(made).read_text(encoding="utf-8")
    found = Page(text)
    assert "script" not in found.tags
    assert "img" not in found.tags
    assert hostile in found.text
    for path in (made / "charts").glob("*.svg"):
        assert "<script" not in path.read_text(encoding="utf-8")
        assert path.resolve().parent == (made / "charts").resolve()


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx"])
def test_a_downloaded_table_has_no_formulas(text: str) -> None:
    written = writing._csv([text, "n"], pd.DataFrame([[text, -3.0]]))
    assert written.splitlines()[0].startswith(("'", "\"'"))
    assert "-3.0" in written, "numbers stay numbers"


# ---------------------------------------------------------------------- honesty


def test_assumption_driven_scenarios_are_labelled_on_every_chart_that_draws_them(results: Results) -> None:
    alone = {"teams", "pathway", "map_of_placements", "difference_recruitment", "money_recruitment"}
    for chart in _charts(results):
        assert isinstance(chart, Chart)
        said = any("Assumption-driven" in text.get_text() for text in chart.figure.texts)
        assert said == (chart.name not in alone), chart.name


def test_bands_are_never_called_confidence(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "the range from run to run" in text
    assert "confidence interval" not in text.lower()
    assert "confidence band" not in text.lower()


def test_fewer_children_in_care_is_never_better(page: Page, results: Results) -> None:
    found = results.difference("recruitment", "n_looked_after")
    assert found is not None
    assert found["verdict"] == "changed"
    assert "fewer children are in care" in page.text


def test_a_safety_floor_that_gets_worse_is_said_first(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_csv(made / "comparison.csv")
    hit = (table["measure"] == "weeks_unrecognised_risk") & (table["scenario"] == "recruitment")
    table.loc[hit, ["difference", "ci_low", "ci_high", "verdict"]] = [90.0, 60.0, 120.0, "worse"]
    table.to_csv(made / "comparison.csv", index=False)
    assert "A safety measure gets worse. Weeks of unrecognised risk: +90 child-weeks" in _page_of(made, monkeypatch).text


def test_not_known_is_said_as_such(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_csv(made / "comparison.csv")
    table.loc[table["measure"] == "pct_plans_by_second_review", "verdict"] = "not known"
    table.to_csv(made / "comparison.csv", index=False)
    assert "is not known: plausible assumptions point both ways" in _page_of(made, monkeypatch).text


def test_the_record_of_earlier_forecasts_is_shown_when_it_travels(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    assert "No record of earlier forecasts" in _page_of(made, monkeypatch).text
    (made / "backtest").mkdir()
    scores = {"measure": ["cla_31march_number"] * 5, "horizon": [1, 1, 2, 2, 2], "actual": [*[100.0] * 4, None],
              "mean": [101, 99, 106, 94, 94], "p10": [95] * 5, "p90": [105, 105, 99, 105, 105], "persistence": [105] * 5}  # fmt: skip
    pd.DataFrame(scores).to_csv(made / "backtest" / "scores.csv", index=False)
    text = _page_of(made, monkeypatch).text
    assert "nearer than 'same as today' in 1 of 2 comparisons; 75% of figures fell inside the 80% range" in text
    assert "cla 31march number 1 2 1 5 100" in text


def test_failures_unread_settings_and_unfinished_runs_are_not_hidden(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    run = json.loads((made / "run.json").read_text())
    run |= {"failures": [{"scenario": "recruitment", "replication": 3}], "settings_not_read": ["court.judges"], "status": "incomplete"}
    (made / "run.json").write_text(json.dumps(run))
    text = _page_of(made, monkeypatch).text
    assert "1 replication failed and is left out" in text
    assert "court.judges" in text
    assert "status is 'incomplete'" in text


# ---------------------------------------------------------------------- other shapes of experiment


@pytest.mark.parametrize(("missing", "lost", "kept"), [
    ("weekly.parquet", (lines.visits_and_plans, lines.workforce_and_changes, places.need_and_places, work.teams), waits.where_weeks_go),
    ("placements.parquet", (places.placement_map,), places.siblings), ("children.parquet", (flow.pathway,), places.siblings),
    ("comparison.csv", (differences.differences,), places.siblings),
    ("summary.csv", (waits.where_weeks_go, work.caseloads, work.duties, work.week_cost, places.siblings), lines.visits_and_plans),
])  # fmt: skip
def test_a_missing_table_is_named_and_the_rest_is_drawn(tmp_path: Path, missing: str, lost: tuple, kept: writing.Draw) -> None:
    results = Results(make(tmp_path / "r", leave_out=(missing,), replications=2))
    told = _charts(results, *lost)
    assert all(isinstance(chart, Missing) and chart.reason.endswith(".") for chart in told)
    assert isinstance(_charts(results, kept)[0], Chart)


@pytest.mark.parametrize("missing", ["weekly.parquet", "comparison.csv", "summary.csv"])
def test_the_page_is_written_without_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    found = _page_of(make(tmp_path / "r", leave_out=(missing,), replications=2), monkeypatch, (work.teams, waits.where_weeks_go))
    assert "How far to trust it" in found.text
    assert "Not shown:" in found.text or missing == "comparison.csv"


def test_two_bases_each_have_their_own_levers_and_charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("bradford_2020", "recruitment", "bradford_2018", "leaders_earlier")
    bases = {"recruitment": "bradford_2020", "leaders_earlier": "bradford_2018"}
    found = _page_of(make(tmp_path / "r", ids=ids, bases=bases, replications=2, weeks=30), monkeypatch, (lines.visits_and_plans, differences.differences))
    assert {"visits_and_plans", "visits_and_plans_2", "difference_recruitment", "difference_leaders_earlier_2"} <= set(found.ids)
    assert "Visits and plans over time (Bradford 2018)" in found.text


def test_one_scenario_alone_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _page_of(make(tmp_path / "r", ids=("bradford_2020",), replications=1), monkeypatch)
    assert "No other plan was compared with this one." in found.text
    assert "That is few" in found.text


def test_with_many_levers_charts_draw_the_clearest_four_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("base", *(f"lever_{n}" for n in range(1, 8)))
    made = make(tmp_path / "r", ids=ids, replications=2, weeks=30)
    results = Results(made)
    family = Family(results, "base", tuple(results.bases["base"]))
    assert len(family.drawn) == 5
    text = _page_of(made, monkeypatch, (waits.where_weeks_go,)).text
    assert "3 more plans are in the cards and tables" in text
    assert text.count("Against Base") == 7


def test_a_run_shorter_than_a_year_speaks_of_the_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _page_of(make(tmp_path / "r", weeks=30, replications=2), monkeypatch)
    assert "Ten measures, the 30 weeks run" in found.text
    assert "No financial year is complete" in found.text


def test_causes_come_from_a_file_else_from_knock_outs_else_are_asked_for(tmp_path: Path) -> None:
    told = _charts(Results(make(tmp_path / "a", replications=2)), causes.why_drift)[0]
    assert isinstance(told, Chart)
    assert told.headline.startswith("Taking away worker changes would move plans agreed by the second review by +6.1 points")
    ids = ("base", "without_worker_changes")
    told = _charts(Results(make(tmp_path / "b", ids=ids, leave_out=("contributions.csv",), replications=2)), causes.why_drift)[0]
    assert isinstance(told, Chart)
    assert "Taking away worker changes" in told.headline
    told = _charts(Results(make(tmp_path / "c", ids=("base", "more"), leave_out=("contributions.csv",), replications=2)), causes.why_drift)[0]
    assert isinstance(told, Missing)
    assert "python run.py causes base --into FOLDER" in told.reason
    run = json.loads((tmp_path / "c" / "run.json").read_text())
    run["scenarios"][0]["start"] = "2020-02-29"
    (tmp_path / "c" / "run.json").write_text(json.dumps(run))
    told = _charts(Results(tmp_path / "c"), causes.why_drift)[0]
    assert isinstance(told, Missing)
    assert "python run.py causes" not in told.reason and "begins before 2020" in told.reason, "it cannot be asked of one that begins in 2020"


def test_budget_and_sufficiency_tables_and_dated_changes_are_shown(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    budget = {"scenario": "bradford_2020", "financial_year": 2021, "quarter": ["Q1", "Q2"], "row": "total", "line": "total",
              "replications": 2, "mean": 2e7, "p10": 1.9e7, "p50": 2e7, "p90": 2.2e7, "days": 91}  # fmt: skip
    pd.DataFrame(budget).to_csv(made / "budget_quarterly.csv", index=False)
    run = json.loads((made / "run.json").read_text())
    run["scenarios"][1]["changes"] = [{"from": "2020-09-01", "add": {"workforce.permanent_posts_fte": 30}, "ramp_months": 12, "note": "agreed"}]
    (made / "run.json").write_text(json.dumps(run))
    text = _page_of(made, monkeypatch).text
    assert "Budget by quarter, 2020-21: Bradford 2020" in text
    assert "Line Apr-Jun 2020 Jul-Sep 2020 Total £20.0m £20.0m" in text
    assert "from 2020-09-01: add 30 to workforce.permanent_posts_fte, over 12 months (agreed)" in text


def test_all_causes_together_end_the_waterfall_and_what_is_left_over_is_a_step(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    rows = {"cause": ["gates", "managers", "all together", "interaction"], "removed_effect": [3.0, 8.0, 14.0, 3.0],
            "alone_effect": [-2.0, -4.0, None, None], "ci_low": [2.0, 7.0, 12.0, 1.0], "ci_high": [4.0, 9.0, 16.0, 5.0],
            "level_as_it_was": 26.0, "level_with_none": 40.0}  # fmt: skip
    pd.DataFrame(rows).to_csv(made / "contributions.csv", index=False)
    chart = _charts(Results(made), causes.why_drift)[0]
    assert isinstance(chart, Chart)
    assert chart.table["Cause"].tolist() == ["Managers", "Gates", "Through one another", "All taken away"]
    assert chart.table["Effect of removing it"].tolist() == [8.0, 3.0, 3.0, 14.0]
    assert "26% as it was, 40% with none of the causes" in chart.subtitle
    assert chart.headline.startswith("Taking away managers would move plans agreed by the second review by +8 points")
    pd.DataFrame(rows | {"ci_low": None, "ci_high": None, "replications": 1, "size": 0.2}).to_csv(made / "contributions.csv", index=False)
    one = _charts(Results(made), causes.why_drift)[0]
    assert one.headline.endswith("by +8 points, in the one run made") and "would" not in one.headline
    assert one.note.startswith("1 run of each world, of an authority 20% of its size, with the same luck.")
    pd.DataFrame(rows | {"ci_low": -1.0, "ci_high": 20.0}).to_csv(made / "contributions.csv", index=False)
    assert "no cause clearly moves" in _charts(Results(made), causes.why_drift)[0].headline


def test_growth_and_unknown_settings_are_drawn_when_their_tables_are_there(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    assert _charts(Results(made), causes.growth, causes.tornado) == []
    growth = {"part": ["thresholds", "exits", "growth in the model", "growth published", "unexplained"], "children": [90.0, 40.0, 130.0, 200.0, 70.0],
              "ci_low": [80.0, 30.0, 120.0, None, None], "ci_high": [100.0, 50.0, 140.0, None, None]}  # fmt: skip
    pd.DataFrame(growth).to_csv(made / "growth.csv", index=False)
    drawn = {"scenario": "bradford_2020", "period_kind": "run", "period": "run", "measure": "pct_plans_by_second_review", "group": "all",
             "parameter": ["managers.attention", "gates.panel_slots"], "rank_correlation": [0.31, -0.62]}  # fmt: skip
    pd.DataFrame(drawn).to_csv(made / "sensitivity.csv", index=False)
    grew, tornado = _charts(Results(made), causes.growth, causes.tornado)
    assert isinstance(grew, Chart)
    assert isinstance(tornado, Chart)
    assert grew.headline == "Of +130 children in care, the largest part is thresholds: +90"
    assert tornado.table["Setting"].tolist() == ["gates.panel_slots", "managers.attention"]


def test_pay_back_and_the_split_of_the_spread_are_said(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copytree(small, tmp_path / "r")
    paid = {"scenario": ["recruitment", "no_covid"], "base": "bradford_2020", "cost_gbp": [2e6, 0.0], "cashable_saving_gbp": [5e5, 0.0],
            "avoided_cost_gbp": [3e6, 0.0], "paid_back_from": ["2022-06-30", None]}  # fmt: skip
    pd.DataFrame(paid).to_csv(made / "pay_back.csv", index=False)
    split = {"scenario": "bradford_2020", "period_kind": "year", "period": "2021", "measure": "n_looked_after", "group": "all", "share_parameters": [0.8]}
    pd.DataFrame(split).to_csv(made / "variance.csv", index=False)
    text = _page_of(made, monkeypatch).text
    assert "the plan itself costs £2.00m, fewer weeks in care avoid £3.00m and all else (posts, fees, prices)" in text
    assert "80% for children in care" in text
