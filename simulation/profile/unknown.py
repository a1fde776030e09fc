"""What is not known of an authority's years ahead, as walks of its settings: sized before the start, the same for any path.

The spread of the stock becomes a walk of the ways into care; levels of the front door, prices and people's rates wander as
they did before, and neighbouring levels of the front door together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.profile import tuning
from simulation.profile.expect import (
    LEVELS,
    PEOPLE,
    PRICES,
    Targets,
    log_sd,
    response,
    stock_covariance,
)
from simulation.profile.trend import STARTED, STOCK, Known
from simulation.scenario.form import WalkForm

Floats = NDArray[np.float64]
Loads = dict[str, Floats]
"""How much a log moves with each source of uncertainty, year by year."""
MOST = 8.0
"""A setting wanders by no more than this factor; referrals by less, for which there must be room from the start."""
SMALLEST = 0.002
"""Loadings below this in every year are left out."""
WORDS = {
    tuning.ENTRIES: "ways into care: so that children looked after spread as they did before the start",
    tuning.REFERRALS: "referrals: as they strayed from their expectation before the start",
    "front_door.s47_share": "enquiries for each referral",
    "front_door.conference_share": "conferences for each enquiry",
    "front_door.plan_share": "protection plans for each conference",
    "workforce.agency_cover_share": "agency workers",
    "workforce.recruitment_effort": "vacancies",
    "workforce.leaving_per_year": "leaving",
}


def walks(known: Known, code: str, expected: Targets) -> list[WalkForm]:
    """The walks of one authority: levels that a fit turns, and yearly rises of prices."""
    loads = shock_loads(known, code, expected)
    found = []
    for knob in tuning.KNOBS:
        by = _of_knob(knob, loads)
        if by and not knob.from_start:
            note = f"not known: {WORDS.get(knob.settings[0], knob.indicator)}"
            most = tuning.MOST_REFERRALS if knob.settings == (tuning.REFERRALS,) else MOST
            shift = _shift_of_knob(knob, loads)
            found.append(_form(dict.fromkeys(knob.settings, _power(knob)), by, note, shift=shift, most=most))
    for setting, indicator in tuning.INFLATION.items():
        if indicator in loads:
            found.append(_form({setting: 1.0}, loads[indicator], f"not known: rises of {indicator}", rise=True))
    return [walk for walk in found if walk.by]


def shock_loads(known: Known, code: str, expected: Targets) -> dict[str, Loads]:
    """Loadings of each thing that is not known on sources of its own; those of the front door share with the level before."""
    found = {"entries": _entries(known, expected)}
    level: dict[str, Loads] = {}
    step: dict[str, Loads] = {}
    for name in (*LEVELS[:4], *PRICES, *PEOPLE):
        if name not in expected.median:
            continue
        level[name], step[name] = {f"{name} level": np.ones(1)}, {f"{name} step": np.ones(1)}
        before = LEVELS[LEVELS.index(name) - 1] if name in LEVELS[1:] else ""
        if before in level:
            tie = known.tie(before, name)
            for each in (level, step):
                each[name] = _sum(each[before], each[name], tie, float(np.sqrt(1 - tie**2)))
        found[name] = _path(level[name], step[name], log_sd(known, code, name, expected, expected.horizons))
    return found


def _entries(known: Known, expected: Targets) -> Loads:
    """Ways into care so that the log stock has the spread and persistence that it had before."""
    years = expected.horizons
    turnover = float(np.mean(expected[STARTED]) / expected.stock_now)
    root = np.linalg.cholesky(stock_covariance(known.spread(STOCK)[0], years))
    levels = np.linalg.inv(response(turnover, years)) @ root
    return {f"entries {year + 1}": levels[:, year] for year in range(years)}


def _path(level: Loads, step: Loads, sd: Floats) -> Loads:
    """A path whose standard deviation in each year is ``sd``: mostly one shock that stays, partly one that grows."""
    year = np.arange(1, len(sd) + 1) / len(sd)
    stays, grows = np.sqrt(1 - 0.25 * year) * sd, 0.5 * np.sqrt(year) * sd
    return _sum({name: share * stays for name, share in level.items()}, {name: share * grows for name, share in step.items()})


def _of_knob(knob: tuning.Knob, loads: dict[str, Loads]) -> Loads:
    if knob.settings == (tuning.ENTRIES,):
        return _sum(loads["entries"], loads.get("referrals_number", {}), 1.0, -tuning.ENTRIES_PER_REFERRAL)
    if not knob.shock or knob.shock not in loads:
        return {}
    return _sum(loads[knob.shock], loads.get(knob.below, {}), 1.0, -1.0)


def _shift_of_knob(knob: tuning.Knob, loads: dict[str, Loads]) -> Floats:
    """So that each *level* has a mean of one: a conversion's own mean makes up for its moving against the level before it."""
    if knob.settings == (tuning.ENTRIES,):
        return -_variance(loads["entries"]) / 2 + tuning.ENTRIES_PER_REFERRAL * _variance(loads.get("referrals_number", {})) / 2
    return -_variance(loads[knob.shock]) / 2 + _variance(loads.get(knob.below, {})) / 2


def _variance(loads: Loads) -> Floats:
    return np.asarray(sum((load**2 for load in loads.values()), start=np.zeros(1)))


def _power(knob: tuning.Knob) -> float:
    """How far a setting moves for what is drawn: ways into care answer to their factor by half, others in full."""
    return 1 / tuning.ENTRY_ELASTICITY if knob.settings == (tuning.ENTRIES,) else 1.0


def _sum(one: Loads, other: Loads, of_one: float = 1.0, of_other: float = 1.0) -> Loads:
    total = {name: of_one * value for name, value in one.items()}
    for name, value in other.items():
        total[name] = total.get(name, 0.0) + of_other * value
    return total


def _form(
    moves: dict[str, float], by: Loads, note: str, shift: Floats | None = None, rise: bool = False, most: float = MOST
) -> WalkForm:
    kept = {name: [round(float(load), 4) for load in loads] for name, loads in by.items() if np.abs(loads).max() >= SMALLEST}
    told = None if shift is None else [round(float(each), 4) for each in shift]
    return WalkForm(moves=moves, by=kept, rise=rise, note=note, shift=told, most=most)
