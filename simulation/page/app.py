"""The interactive page: Mesa's own SolaraViz around one model for each browser session. Needs the extra ``page``.

What it shows is in ``simulation/page``; ``python run.py page`` starts it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from typing import Any

import solara
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter
from solara.alias import rv
from solara.components.applayout import sidebar_portal

from simulation.model.mesa_bridge import forget
from simulation.page import people, pictures
from simulation.page.levers import ModelOnPage, levers, scenarios
from simulation.page.serve import CHOSEN
from simulation.scenario import Scenario, load

CAUTION = (
    "Everyone here is invented. One run is one possible future, not a forecast: look here to see how the service works, and use "
    "the command run, which compares many runs on common random numbers, for answers."
)
LUCKS = 20
FIRST = "bradford_2020"


@solara.component
def Layout(children: Any = ()) -> Any:
    """Controls beside the page on a screen, above it on a phone; Solara's own layout hides one of them there."""
    words = f"<h1>Headroom, week by week</h1><p class=caution>{escape(CAUTION)}</p>"
    with rv.Html(tag="div", class_="headroom") as whole:
        solara.HTML(tag="header", unsafe_innerHTML=words)
        rv.Html(tag="aside", attributes={"aria-label": "Controls and levers"}, children=sidebar_portal.use_portal())
        rv.Html(tag="main", children=list(children))
    return whole


@solara.component
def Page() -> None:
    """The whole page: what it is, which scenario, and the run."""
    name, choose = solara.use_state(os.environ.get(CHOSEN, FIRST))
    known = solara.use_memo(lambda: scenarios(os.environ.get(CHOSEN, FIRST)), [])
    solara.Title("Headroom, week by week")
    with solara.Column():
        solara.Select("Scenario", values=known, value=name, on_value=choose)
        Run(name).key(name)


@solara.component
def Run(name: str) -> None:
    """One scenario's model in this session (never shared between sessions), its controls and its pictures."""
    scenario = solara.use_memo(lambda: load(name), [name])
    model = solara.use_reactive(solara.use_memo(lambda: ModelOnPage(scenario), [name]))
    before: Any = solara.use_ref({})

    def begun() -> Callable[[], None]:
        ending = model.value

        def ended() -> None:
            if ending.clock.week > pictures.SOME:
                before.current = pictures.series(ending)
            forget(ending)

        return ended

    solara.use_effect(begun, [model.value])
    solara.HTML(tag="p", unsafe_innerHTML=f"<b>{escape(scenario.title)}.</b> {escape(scenario.question)}")
    SolaraViz(model, components=[], model_params=controls(scenario), play_interval=300, name="Headroom")
    with solara.Div(classes=["pictures"]):
        for picture in pictures.PICTURES:
            Drawn(model.value, picture, before)
        Teams(model.value)
        OneChild(model.value)
        Plan(model.value)


def controls(scenario: Scenario) -> dict[str, Any]:
    """Mesa's controls: the scenario fixed, a slider for the luck, and one for each lever."""
    luck = {"type": "SliderInt", "label": "Luck: which of the possible futures", "value": 1, "min": 1, "max": LUCKS, "step": 1}
    sliders = {
        lever.name: {
            "type": "SliderInt" if lever.step >= 1 else "SliderFloat",
            "label": lever.label,
            "value": lever.value,
            "min": lever.low,
            "max": lever.high,
            "step": lever.step,
        }
        for lever in levers(scenario)
    }
    return {"scenario": scenario, **sliders, "replication": luck}


@solara.component
def Drawn(model: ModelOnPage, picture: pictures.Picture, before: Any) -> None:
    """One picture, drawn again each time Mesa says that weeks have gone by."""
    update_counter.get()
    chart = pictures.draw(model, picture, before.current)
    told = f"<h2>{escape(chart.headline)}</h2><p>{escape(chart.subtitle)} {pictures.today(model)}.</p>"
    solara.HTML(tag="section", unsafe_innerHTML=told + pictures.key(model, picture) + chart.svg)


@solara.component
def Teams(model: ModelOnPage) -> None:
    """Teams this week."""
    update_counter.get()
    table = people.table_html(people.teams(model), f"Each team on {pictures.today(model)}")
    box = f'<div class="scroll" tabindex="0" role="region" aria-label="Table of teams">{table}</div>'
    solara.HTML(tag="section", unsafe_innerHTML=f"<h2>Teams</h2>{box}")


@solara.component
def OneChild(model: ModelOnPage) -> None:
    """One invented child's life so far, and a button for the next."""
    update_counter.get()
    child, look = solara.use_state(people.child_after(model, -1))
    told = people.life(model, child) or ["The service knows this child no more."]
    lately = "".join(f"<li>{escape(one)}</li>" for one in people.lately(model, child))
    with solara.Div():
        words = "".join(f"<p>{escape(one)}</p>" for one in told)
        head = "<h2>One child's life so far</h2><p>An invented child. Those whose plan is overdue come first.</p>"
        solara.HTML(tag="section", unsafe_innerHTML=f"{head}{words}<h3>Lately</h3><ul>{lately}</ul>")
        solara.Button("Another child", on_click=lambda: look(people.child_after(model, child)))


@solara.component
def Plan(model: ModelOnPage) -> None:
    """The moved levers as a scenario file, and the command that answers with many runs."""
    told = "<p>No lever is moved yet. Move one, then press Reset: the run before stays as thin grey lines.</p>"
    if model.plan:
        told = f"<p>Save this as my_plan.yaml:</p><pre tabindex=0>{escape(model.plan)}</pre><p>Then type:</p>"
        command = f"python run.py run {model.scenario.path.stem} my_plan.yaml --replications 20 --out results/my_plan"
        told += f"<pre tabindex=0>{escape(command)}</pre>"
    solara.HTML(tag="section", unsafe_innerHTML=f"<h2>For an answer, run the plan</h2>{told}")
