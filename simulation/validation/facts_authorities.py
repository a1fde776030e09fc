"""The stylised facts across authorities (D3, D5, D6, D22), judged from the synthetic ones as the published ones were."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from simulation.validation.fact import Answer, Fact, agrees, lies, together
from simulation.validation.runs import Runs

RESAMPLES = 200
FIGURES = ("pct_agency", "pct_turnover", "pct_vacancy", "caseload", "pct_three_workers")






def spread_errors(table: pd.DataFrame, of: Callable[[pd.DataFrame], np.ndarray]) -> np.ndarray:
    """Standard errors of figures ``of`` the table, by drawing authorities again with replacement (the same draws each time)."""
    codes = pd.factorize(table["authority"])[0]
    rows = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    luck = np.random.default_rng(0)
    again = []
    for _ in range(RESAMPLES):
        drawn = luck.integers(0, len(rows), len(rows))
        sample = table.iloc[np.concatenate([rows[code] for code in drawn])]
        again.append(of(sample.assign(authority=np.repeat(np.arange(len(drawn)), [len(rows[code]) for code in drawn]))))
    return np.std(again, axis=0)


def slopes(table: pd.DataFrame) -> np.ndarray:
    """Points of children with three workers for a point of agency, a point of turnover and a case; year means taken off."""
    named = ["pct_agency", "pct_turnover", "caseload", "pct_three_workers"]
    off = (table[named] - table.groupby("year")[named].transform("mean")).to_numpy()
    return np.linalg.lstsq(off[:, :3], off[:, 3], rcond=None)[0]


def ranks(table: pd.DataFrame) -> np.ndarray:
    """Rank correlations, mean of the years: caseload and turnover, vacancy and agency, agency and turnover."""
    named = ["caseload", "pct_turnover", "pct_vacancy", "pct_agency"]
    years = [one[named].rank().corr().to_numpy() for _, one in table.groupby("year")]
    mean = np.mean(years, axis=0)
    return np.array([mean[0, 1], mean[2, 3], mean[3, 1]])


def persistence(table: pd.DataFrame) -> np.ndarray:
    """Correlation of turnover with that of the year before, mean of the pairs of years."""
    wide = table.pivot_table(index="authority", columns="year", values="pct_turnover")
    return np.array([np.mean([wide[a].corr(wide[b]) for a, b in zip(wide.columns, wide.columns[1:], strict=False)])])


def spreads(table: pd.DataFrame, name: str) -> tuple[float, float]:
    """Standard deviations of a figure between authorities (for good) and within them, year means taken off."""
    wide = table.pivot_table(index="authority", columns="year", values=name)
    off = wide - wide.mean()
    count, years = off.shape
    within = float((off.sub(off.mean(axis=1), axis=0) ** 2).to_numpy().sum() / ((count - 1) * (years - 1)))
    between = max(float(off.mean(axis=1).var()) - within / years, 0.0)
    return between**0.5, within**0.5


D3 = {  # measure: (published change a year on, judged less others; standard error), per unit here
    "pct_agency": (11.2, 2.7, 1.0),
    "pct_vacancy": (9.5, 2.9, 1.0),
    "new_s47_enquiries": (72, 18, 10_000 / 71_000),
    "n_protection_plans": (17.4, 4.5, 10_000 / 71_000),
    "new_referrals": (136, 45, 10_000 / 71_000),
    "n_looked_after": (5.0, 1.5, 10_000 / 71_000),
    "mean_caseload": (-0.6, 0.7, 1.0),
}
NULLS = ("pct_turnover", "pct_three_placements")
NULL_ERROR = 1.25
"""Standard error of a change that was not detected: turnover -0.4 (1.2)."""


def d3(runs: Runs) -> Answer:
    study = runs.event_study
    study = study[study["period"] == 2022]
    told, within = [], []
    for measure, (later, error, scale) in D3.items():
        change = study[study["measure"] == measure]["change"] * scale
        told.append(f"{measure} {change.mean():+.1f} ({later:+.1f}, error {error:g})")
        within.append(agrees(change.mean(), change.sem(), later, error))
        if abs(later) > 2 * error:
            within.append(bool(np.sign(change.mean()) == np.sign(later)))
    for measure in NULLS:
        change = study[study["measure"] == measure]["change"]
        told.append(f"{measure} {change.mean():+.1f} (no detectable change)")
        within.append(agrees(change.mean(), change.sem(), 0.0, NULL_ERROR))
    count = study["number"].nunique()
    return Answer(f"{count} synthetic authorities, a year on: " + "; ".join(told), together(within))


PUBLISHED_SLOPES = {"agency": (0.30, 0.06), "turnover": (0.47, 0.12), "a case": (0.84, 0.30)}
"""Points of children with three or more workers in 2024, 147 authorities, and standard errors."""


def d5(runs: Runs) -> Answer:
    table = runs.across
    told, within = [], []
    for (name, (target, error)), slope, own in zip(PUBLISHED_SLOPES.items(), slopes(table), spread_errors(table, slopes), strict=True):
        told.append(f"{name} {slope:.2f} (error {own:.2f})")
        within += [agrees(slope, own, target, error), lies(slope, own, 0.0, np.inf, surely=True)]
    return Answer("points of three workers for a point of " + ", ".join(told), together(within))


def d6(runs: Runs) -> Answer:
    table = runs.across
    found, errors = ranks(table), spread_errors(table, ranks)
    limits = ((-0.3, 0.3, False), (0.5, 1.0, False), (0.0, 1.0, True))
    within = [lies(value, error, low, high, surely) for value, error, (low, high, surely) in zip(found, errors, limits, strict=True)]
    names = ("caseload-turnover", "vacancy-agency", "agency-turnover")
    told = (f"{name} {value:.2f} (error {error:.2f})" for name, value, error in zip(names, found, errors, strict=True))
    return Answer(", ".join(told), together(within))


def d22(runs: Runs) -> Answer:
    table = runs.across
    (value,), (error,) = persistence(table), spread_errors(table, persistence)
    told = ", ".join(f"{name.removeprefix('pct_')} {between:.1f} and {within:.1f}" for name in FIGURES[:4] for between, within in [spreads(table, name)])
    return Answer(
        f"correlation of turnover with the year before, {table['authority'].nunique()} authorities: {value:.2f} (error {error:.2f}); "
        f"standard deviations between authorities and within: {told}",
        lies(value, error, 0.1, 0.6),
    )


ACROSS_FACTS: tuple[Fact, ...] = (
    Fact("D3", "After an inadequate judgement agency, vacancies, enquiries, plans and care rise; caseload does not; turnover and moves do not change", "17 authorities, other authorities taken off", "sign, and within 2 standard errors", "DfE and Ofsted, Bradford left out", ("authorities",), d3, fitted=True),
    Fact("D5", "Changes of worker rise with agency, turnover and caseload across authorities", "slopes 0.30, 0.47, 0.84", "2 standard errors", "147 authorities, 2024", ("authorities",), d5),
    Fact("D6", "Caseload and turnover hardly correlate across authorities; vacancy and agency do", "0.02 to 0.09; 0.76 to 0.85; 0.32 to 0.48", "below 0.3; above 0.5; positive", "DfE workforce", ("authorities",), d6),
    Fact("D22", "Turnover persists from year to year", "0.35; between 3.2 and within 5.0 points (vacancy 8.8 and 6.0, agency 9.3 and 6.0, caseload 2.1 and 1.8)", "0.1 to 0.6", "DfE workforce 2017 to 2020", ("authorities",), d22, fitted=True),
)  # fmt: skip
