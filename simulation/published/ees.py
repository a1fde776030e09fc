"""The CSV layout of DfE's Explore Education Statistics, turned into the tidy indicator table."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

import pandas as pd

from simulation.base.errors import Fault, Faults, fault
from simulation.published import cells
from simulation.published.csv_table import told_once

MARKS = frozenset({"time_period", "time_identifier", "geographic_level"})
PLACES = ("country_code", "country_name", "region_code", "region_name", "new_la_code", "old_la_code", "la_name")
NEEDED = ("time_period", "time_identifier", "geographic_level", "new_la_code")
LEVELS = {
    "local authority": ("new_la_code", "la_name"),
    "regional": ("region_code", "region_name"),
    "national": ("country_code", "country_name"),
}
ALSO_CALLED = {"la": "local authority", "region": "regional", "country": "national"}
NOT_USED = frozenset(
    {
        "local authority district", "local enterprise partnership", "local skills improvement plan area", "institution",
        "mayoral combined authority", "multi-academy trust", "opportunity area", "parliamentary constituency",
        "planning area", "police force area", "provider", "rsc region", "school", "sponsor", "ward",
    }
)  # fmt: skip
"""Levels of Explore Education Statistics from which nothing is taken."""
COUNT = r"(number|count|headcount|children|episodes|cla)"
RATE = r"rate_per_10_?(000|k)"
TOTAL = re.compile(r"((total|all)( (children|ages?|persons|genders|sexes|episodes|workers))?|not applicable|z|)")
STOCK = re.compile(r"(children )?looked after[^|]*(at|on) (the )?31(st)? march.*")
UASC = r"(uasc|unaccompanied[^|]*)"
FIGURES_TOLD = 4
PATTERNS: tuple[tuple[str, str], ...] = (
    # the words of the filters that are no totals ("stock" where all are), then the column; the whole must match
    (rf"(children )?(who )?start(ing|ed) to be looked after[^|]*\|{COUNT}", "cla_started_number"),
    (rf"(children )?(who )?start(ing|ed) to be looked after[^|]*\|{RATE}", "cla_started_rate_per_10k"),
    (rf"(children )?(who )?ceas(ing|ed) to be looked after[^|]*\|{COUNT}", "cla_ceased_number"),
    (rf"(children )?(who )?ceas(ing|ed) to be looked after[^|]*\|{RATE}", "cla_ceased_rate_per_10k"),
    (rf"stock\|{COUNT}", "cla_31march_number"),
    (rf"stock\|{RATE}", "cla_31march_rate_per_10k"),
    (r"([^|]*looked after[^|]*\||stock\|)?(population|population_estimate|population_0_?(to_)?17)", "population_0_17"),
    (r"age[^|]*\|(age )?under 1( year)?\|number", "cla_31march_age_u1_number"),
    (r"age[^|]*\|(age )?1 to 4( years)?\|number", "cla_31march_age_1_4_number"),
    (r"age[^|]*\|(age )?5 to 9( years)?\|number", "cla_31march_age_5_9_number"),
    (r"age[^|]*\|(age )?10 to 15( years)?\|number", "cla_31march_age_10_15_number"),
    (r"age[^|]*\|(age )?16( years)?( and over)?\|number", "cla_31march_age_16plus_number"),
    (r"legal status\|[^|]*full care order[^|]*\|number", "cla_31march_legal_fco_number"),
    (r"legal status\|[^|]*interim care order[^|]*\|number", "cla_31march_legal_ico_number"),
    (r"legal status\|[^|]*placement order[^|]*\|number", "cla_31march_legal_placement_order_number"),
    (r"legal status\|[^|]*(section 20|s20|voluntary)[^|]*\|number", "cla_31march_legal_s20_number"),
    (r"legal status\|[^|]*(detained|child protection)[^|]*\|number", "cla_31march_legal_detained_cp_number"),
    (r"legal status\|[^|]*youth justice[^|]*\|number", "cla_31march_legal_youth_justice_number"),
    (r"placement[^|]*\|foster placements?\|number", "cla_31march_placement_foster_number"),
    (r"placement[^|]*\|[^|]*(secure unit|children.?s home)s[^|]*\|number", "cla_31march_placement_childrens_homes_secure_number"),
    (r"placement[^|]*\|(independent and )?semi.independent[^|]*\|number", "cla_31march_placement_semi_independent_number"),
    (r"placement[^|]*\|(placed with )?parents[^|]*\|number", "cla_31march_placement_parents_number"),
    (r"placement[^|]*\|placed for adoption\|number", "cla_31march_placement_adoption_number"),
    (r"provider[^|]*\|own provision[^|]*\|number", "cla_31march_provider_own_number"),
    (r"provider[^|]*\|private provision[^|]*\|number", "cla_31march_provider_private_number"),
    (r"provider[^|]*\|voluntary[^|]*\|number", "cla_31march_provider_voluntary_number"),
    (r"local[^|]*\|[^|]*inside[^|]*\|number", "cla_31march_inside_la_number"),
    (r"local[^|]*\|[^|]*outside[^|]*\|number", "cla_31march_outside_la_number"),
    (rf"(unaccompanied[^|]*\|{UASC}|total {UASC})\|number", "cla_31march_uasc_number"),
    (r"(stock\|)?re.?referrals?(_number|_count)?", "rereferrals_number"),
    (r"(stock\|)?(number_of_)?referrals(_number|_count)?", "referrals_number"),
    (r"(stock\|)?(number_of_)?(section_?47|s47)(_?(enquiries|number|count|s))*", "s47_number"),
    (r"(stock\|)?(number_of_)?(icpcs?|initial_child_protection_conferences)(_number|_count)?", "icpc_number"),
    (r"(stock\|)?(at_)?episodes_31_?march|(stock\|)?at31_episodes", "cin_31march_number"),
    (r"(stock\|)?(cpps?_|cpp_)?(at_?31_?march|at31)(_number)?", "cpp_31march_number"),
    (r"(stock\|)?cpps?_start(ed|s|ing)?(_number)?", "cpp_started_number"),
    (r"(stock\|)?agency_(worker_)?rate_fte(_perc|_percentage)?", "sw_agency_rate_fte_pct"),
    (r"(stock\|)?vacancy_rate_fte(_perc|_percentage)?", "sw_vacancy_rate_fte_pct"),
    (r"(stock\|)?turnover_rate_fte(_perc|_percentage)?", "sw_turnover_rate_fte_pct"),
    (r"(stock\|)?absence_rate_fte(_perc|_percentage)?", "sw_absence_rate_fte_pct"),
    (r"(stock\|)?(average_)?caseload(_fte|_avg)?", "sw_caseload_avg"),
    (r"(stock\|)?(in_?post|perm_inpost|in_post)_fte", "sw_inpost_fte"),
    (r"(stock\|)?(agency_fte|agency_workers?_fte)", "sw_agency_fte"),
    (r"(stock\|)?(vacancy|vacancies)_fte", "sw_vacancy_fte"),
)


def is_layout(columns: Iterable[str]) -> bool:
    """Whether the header is that of Explore Education Statistics."""
    return set(columns) >= MARKS


def year_ending(period: str) -> int:
    """The year a period ends in: ``2020`` is 2020, ``201920`` and ``2019/20`` are 2020; ValueError otherwise."""
    found = re.fullmatch(r"([0-9]{4})(?:[-/]?([0-9]{2}))?", period)
    if found and found[2] is None:
        return int(found[1])
    if found and int(found[2]) == (int(found[1]) + 1) % 100:
        return int(found[1]) + 1
    raise ValueError(f"'{period}' is not a year such as 2020, 201920 or 2019/20")


def to_tidy(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    """Rows la_code, la_name, region, year, indicator, value, unit, with file, row and column; it is said what is not used.

    A filter is any column that is not a place, a time or a number; its values and the column's name say which indicator
    it is. Figures that are none of ours are left out.
    """
    rows = pd.DataFrame({"file": source, "row": raw.index}).set_axis(raw.index)
    level = raw["geographic_level"].str.casefold().replace(ALSO_CALLED)
    if faults := _faults(raw, rows, level):
        raise Faults(faults)
    numbers, filters = _split_columns(raw)
    if not numbers:
        raise fault(f"{source}: row 1", "has no column of numbers")
    subjects = _subjects(raw[filters])
    place = rows.join(_places(raw, level)).assign(year=raw["time_period"].map(_year))
    parts = [
        place.assign(indicator=subjects.map(_namer(subjects, column)), subject=subjects, column=column, value=raw[column])
        for column in numbers
    ]
    return _recognised(pd.concat(parts, ignore_index=True), source)


def _faults(raw: pd.DataFrame, rows: pd.DataFrame, level: pd.Series) -> list[Fault]:
    unknown = ~level.isin([*LEVELS, *NOT_USED])
    bad_year = raw["time_period"].map(_year) == ""
    allowed = "is not one of " + ", ".join(f"'{one.capitalize()}'" for one in LEVELS)
    return [
        *told_once(rows, bad_year, "time_period", raw["time_period"], "is not a year such as 2020 or 201920"),
        *told_once(rows, unknown, "geographic_level", raw["geographic_level"], allowed),
    ]


def _year(period: str) -> str:
    try:
        return str(year_ending(period))
    except ValueError:
        return ""


def _split_columns(raw: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Columns of numbers, and filters: a column is of numbers when most of what it shows is, or it has only marks."""
    rest = [column for column in raw.columns if column not in MARKS and column not in PLACES]
    numbers = []
    for column in rest:
        shown = raw[column][~cells.is_mark(raw[column])]
        if cells.numbers(shown).notna().mean() > 0.5 if len(shown) else (raw[column] != "").any():
            numbers.append(column)
    return numbers, [column for column in rest if column not in numbers]


def _subjects(filters: pd.DataFrame) -> pd.Series:
    """What the filters of each row single out: their words without totals, ``stock`` for all children on 31 March."""
    if not len(filters.columns):
        return pd.Series("", index=filters.index)
    label = filters.agg("|".join, axis=1).str.casefold()
    return label.map({text: _subject(text.split("|")) for text in label.unique()})


def _subject(words: list[str]) -> str:
    told = [word for word in words if not TOTAL.fullmatch(word) and not STOCK.fullmatch(word)]
    on_31_march = any(STOCK.fullmatch(word) for word in words) or words[:2] in (["total", "total"], ["total children", "total"])
    return "|".join(told) or ("stock" if on_31_march else "")


def _namer(subjects: pd.Series, column: str) -> dict[str, str]:
    """The indicator of each subject in one column; subjects of which none of ours speaks are not in it."""
    named = {text: _name(f"{text}|{column}".strip("|")) for text in subjects.unique()}
    return {text: name for text, name in named.items() if name}


def _name(text: str) -> str:
    return next((name for pattern, name in PATTERNS if re.fullmatch(pattern, text)), "")


def _places(raw: pd.DataFrame, level: pd.Series) -> pd.DataFrame:
    """Code, name and region of each row; the country is England where nothing else is said."""
    blank = pd.Series("", index=raw.index)
    code, name = blank.copy(), blank.copy()
    for key, (code_column, name_column) in LEVELS.items():
        here = level == key
        code = code.mask(here, raw.get(code_column, blank))
        name = name.mask(here, raw.get(name_column, blank))
    name = name.mask((level == "national") & (name == ""), "England")
    return pd.DataFrame({"la_code": code, "la_name": name, "region": raw.get("region_name", blank)})


def _recognised(found: pd.DataFrame, source: str) -> pd.DataFrame:
    """The figures that are ours and have a place; how many they are, and which are not, is said."""
    coded = ~cells.is_mark(found["la_code"]) | ((found["la_code"] == "") & (found["la_name"] != ""))
    ours = found["indicator"].notna() & coded
    figures = ~cells.is_mark(found["value"])
    others = found[figures & coded & found["indicator"].isna()]
    lost = figures & ~coded & found["indicator"].notna()
    told = (others["subject"] + " " + others["column"]).str.strip().value_counts()
    if not ours.any():
        raise fault(source, f"no figure is recognised; it has {_listed(told)}")
    print(
        f"{source}: {(figures & ours).sum()} figures of {found[ours]['indicator'].nunique()} indicators are recognised"
        + (f"; not used: {_listed(told)}" if len(told) else "")
        + (f"; {lost.sum()} figures of areas without a code are left out" if lost.any() else "")
        + ".",
        file=sys.stderr,
    )
    return found[ours].assign(unit=lambda rows: rows["column"].map(_unit)).drop(columns="subject").reset_index(drop=True)


def _listed(told: pd.Series) -> str:
    some = [f"'{name}' ({count})" for name, count in told.head(FIGURES_TOLD).items()]
    return ", ".join(some) + (f" and {len(told) - FIGURES_TOLD} others" if len(told) > FIGURES_TOLD else "")


def _unit(column: str) -> str:
    return "%" if re.search(r"percent|_perc|rate_fte", column.casefold()) else "as published"
