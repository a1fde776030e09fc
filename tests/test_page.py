"""The interactive page: levers, pictures, teams, one child's life, the command; and, where the extra is installed, the page itself."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import socket
import tomllib
from pathlib import Path

import numpy as np
import pytest

from simulation.base.errors import Faults
from simulation.cli import main, shared
from simulation.page import levers, people, pictures, serve
from simulation.scenario import load
from simulation.scenario.names import settings

POSTS, CAP, SHARE = "workforce.permanent_posts_fte", "workforce.agency_cap_fte", "casework.permanence_team_share"
WEEKS = 20
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def model() -> levers.ModelOnPage:
    """Some weeks of a packaged scenario, no lever moved."""
    made = levers.ModelOnPage(load("bradford_2020"))
    for _ in range(WEEKS):
        made.step()
    return made


class TestLevers:
    @pytest.mark.parametrize("name", ["bradford_2020", "england_typical", "bradford_2020_agency_cap"])
    def test_every_lever_stays_within_what_its_setting_allows(self, name: str) -> None:
        for lever in levers.levers(load(name)):
            known = settings()[lever.name]
            assert known.low <= lever.low <= lever.value <= lever.high <= known.high
            assert lever.low < lever.high
            assert lever.label.startswith(f"{known.meaning.rstrip('.')} ({known.unit}")
            assert lever.beyond == ("as in the scenario" in lever.label)

    def test_left_alone_they_change_nothing(self) -> None:
        scenario = load("bradford_2020")
        assert levers.with_levers(scenario, {lever.name: lever.value for lever in levers.levers(scenario)}) is scenario
        assert levers.with_levers(scenario, {}) is scenario
        assert levers.plan_text(scenario, {}) == ""

    def test_a_moved_lever_replaces_the_scenarios_own_last_change(self) -> None:
        scenario = load("bradford_2020")
        schedule = levers.with_levers(scenario, {POSTS: 500, CAP: 130}).schedule()
        assert [schedule.value(POSTS, day) for day in (scenario.start, dt.date(2020, 4, 1), dt.date(2024, 1, 1))] == [447, 500, 500]
        assert [schedule.value(CAP, scenario.start + dt.timedelta(day)) for day in (6, 7)] == [20_000, 130]

    def test_the_plan_as_a_file_is_the_same_scenario(self, write) -> None:
        scenario, values = load("bradford_2020"), {POSTS: 500, SHARE: 0.12}
        plan = load(write(levers.plan_text(scenario, values), "my_plan.yaml"))
        first = [(change.starts, change.operator, change.values) for change in plan.changes]
        assert first == [(change.starts, change.operator, change.values) for change in levers.with_levers(scenario, values).changes]

    def test_the_model_steps_the_moved_levers(self) -> None:
        made = levers.ModelOnPage(load("bradford_2020"), 2, **{SHARE: 0.12})
        made.step()
        assert (made.replication, made.p.casework.permanence_team_share) == (2, 0.12)
        assert f"{{{SHARE}: 0.12}}" in made.plan

    def test_a_region_is_not_offered(self) -> None:
        offered = levers.scenarios("mine.yaml")
        assert offered[0] == "mine.yaml"
        assert "bradford_2020" in offered
        assert "west_yorkshire" not in offered


class TestPictures:
    def test_counts_are_of_the_past_quarter(self, model) -> None:
        starts = pictures.past_quarter(model, "new_care_starts")
        weekly = [model.tally.filed("new_care_starts", week) for week in range(WEEKS + 1)]
        assert np.isnan(starts[: pictures.QUARTER]).all()
        assert starts[13:].tolist() == [sum(weekly[week - 12 : week + 1]) for week in range(13, WEEKS + 1)]

    def test_shares_are_of_what_they_add_up_to(self, model) -> None:
        visits = pictures.past_quarter(model, "pct_visits_on_time")
        due, made = ([model.tally.filed(f"new_visits_{what}", week) for week in range(WEEKS + 1)] for what in ("due", "on_time"))
        assert np.isnan(visits[:4]).all()
        assert visits[4] == pytest.approx(100 * sum(made[:5]) / sum(due[:5]))
        assert visits[-1] == pytest.approx(100 * sum(made[-13:]) / sum(due[-13:]))

    @pytest.mark.parametrize("picture", pictures.PICTURES, ids=lambda picture: picture.name)
    def test_each_is_drawn_and_told(self, model, picture) -> None:
        alone, beside = pictures.draw(model, picture), pictures.draw(model, picture, pictures.series(model))
        assert len(alone.figure.axes[0].lines) == len(picture.panels[0])
        assert len(beside.figure.axes[0].lines) == 2 * len(picture.panels[0])
        assert f"On {pictures.today(model)}:" in alone.alt
        assert f"<desc id=\"{picture.name}-desc\">{alone.alt}" in alone.svg
        assert pictures.key(model, picture).count("<li>") == sum(map(len, picture.panels))

    def test_the_first_week_has_figures_or_says_when(self) -> None:
        made = levers.ModelOnPage(load("bradford_2020"))
        told = [pictures.draw(made, picture).alt for picture in pictures.PICTURES]
        assert "visits on time (in some weeks)" in told[0]
        assert re.search(r"children in care 1,2\d\d", told[1])


class TestPeople:
    def test_teams_add_up_to_the_measures(self, model) -> None:
        table = people.teams(model)
        assert table["Without a worker"].sum() == model.tally.filed("n_unallocated", WEEKS)
        assert table["Plans overdue"].sum() == model.tally.filed("n_plans_overdue", WEEKS)
        assert set(table["Manager"]) <= {"in post", "interim", "post vacant"}
        assert people.table_html(table.assign(Team="<b>"), "Teams").count("&lt;b&gt;") == len(table)

    def test_one_child_after_another_those_overdue_first_and_round_again(self, model) -> None:
        seen = [people.child_after(model, -1)]
        while (following := people.child_after(model, seen[-1])) not in seen:
            seen.append(following)
        assert following == seen[0]
        assert len(seen) == model.tally.filed("n_plans_overdue", WEEKS) > 1

    def test_no_life_is_told_of_a_child_of_a_real_return(self, model, monkeypatch) -> None:
        monkeypatch.setattr(type(model.scenario), "stock_file", Path("ours.stock.parquet"))
        chosen = people.child_after(model, -1)
        seen = [chosen]
        while (following := people.child_after(model, seen[-1])) not in seen:
            seen.append(following)
        assert len(seen) > 5
        starts = [people.child_of(model, child).care_day > model.clock.day - 7 * WEEKS for child in seen]
        assert all(starts)

    def test_a_life_is_told_in_words(self, model) -> None:
        child = people.child_after(model, -1)
        told = " ".join(people.life(model, child))
        assert told.startswith("Aged ")
        assert "In care since" in told
        assert "_" not in told
        lately = people.lately(model, child)
        assert 0 < len(lately) <= people.MOST_EVENTS
        assert all(re.match(r"\d+ \w+ \d{4}: [a-z0-9 ]+$", line) for line in lately)

    def test_a_child_no_longer_known_has_none(self, model) -> None:
        assert people.life(model, -5) == people.lately(model, -5) == []


class TestCommand:
    def test_without_the_extra_it_says_what_to_install(self, monkeypatch, capsys) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        assert main(["page"]) == shared.BAD_INPUT
        assert capsys.readouterr().err == f"page: the interactive page is an extra that is not installed; to install it: {serve.INSTALL}\n"

    def test_a_region_and_a_taken_port_are_refused(self, monkeypatch) -> None:
        monkeypatch.setattr(serve, "NEEDED", ())
        with pytest.raises(Faults, match="one authority"):
            serve.serve("west_yorkshire", 8765)
        with socket.socket() as other:
            other.bind((serve.HERE, 0))
            other.listen()
            with pytest.raises(Faults, match=r"--port: .* is taken"):
                serve.serve("bradford_2020", other.getsockname()[1])

    @pytest.mark.parametrize("port", ["80", "65536", "x"])
    def test_a_port_out_of_range_is_refused(self, port: str) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["page", "--port", port])
        assert stop.value.code == shared.BAD_INPUT

    def test_the_server_reports_to_nobody_and_serves_this_machine_alone(self) -> None:
        told = serve.settings_of_server("bradford_2020")
        assert told["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
        assert serve.HERE == "127.0.0.1"
        assert {path.name for path in (ROOT / "simulation/page/assets").iterdir()} == {"custom.css", "custom.js"}

    def test_the_extra_pins_what_was_seen_to_work_offline(self) -> None:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        assert extras["page"] == ["mesa[rec]==3.3.1", "solara==1.58.2", "solara-assets==1.58.2", "ipyvue<2", "ipyvuetify<2"]


@pytest.mark.filterwarnings("ignore")
class TestThePageItself:
    """Needs the extra ``page``; skipped where it is not installed."""

    def test_two_sessions_have_a_model_each_and_step_alone(self) -> None:
        solara = pytest.importorskip("solara", reason="the extra 'page' is not installed")
        import ipyvuetify
        import ipywidgets

        from simulation.page import app

        def said(shown) -> str:
            every = shown.find(ipywidgets.Widget).widgets
            return " ".join(str(getattr(widget, part, "")) for widget in every for part in ("children", "template"))

        sessions = [solara.render(app.Layout(children=[app.Page()]), handle_error=False)[1] for _ in range(2)]
        sessions[0].find(ipyvuetify.Btn, children=["Step"]).widget.click()
        assert [re.findall(r"Step: \d+", said(shown)) for shown in sessions] == [["Step: 1"], ["Step: 0"]]
        assert [re.findall(r"Each team on ([\w ]+)", said(shown))[0] for shown in sessions] == ["7 March 2020", "29 February 2020"]
        assert all("not a forecast" in said(shown) for shown in sessions)
        for shown in sessions:
            shown.close()
