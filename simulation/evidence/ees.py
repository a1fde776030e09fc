"""The CSV layout of DfE's Explore Education Statistics, turned into the tidy indicator table."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from simulation.faults import Fault, Faults

MARKS = {"time_period", "time_identifier", "geographic_level"}
PLACES = ["country_code", "country_name", "region_code", "region_name", "new_la_code", "old_la_code", "la_name"]
LEVELS = {
    "local authority": ("new_la_code", "la_name"),
    "regional": ("region_code", "region_name"),
    "national": ("country_code", "country_name"),
}
COUNT = r"(number|count|headcount|children|episodes|cla)"
STOCK = r"(31 march|on 31st march)"

PATTERNS: tuple[tuple[str, str], ...] = tuple(
    (rf"{pattern}", name)
    for pattern, name in (
        # which words in the filters, then the column, mean which indicator; the first match wins
        (rf"starting to be looked after[^|]*(\|(total[^|]*))*\|{COUNT}$", "cla_started_number"),
        (rf"ceas(ing|ed) to be looked after[^|]*(\|(total[^|]*))*\|{COUNT}$", "cla_ceased_number"),
        (rf"looked after[^|]*{STOCK}[^|]*(\|(total[^|]*))*\|{COUNT}$", "cla_31march_number"),
        (r"^total( children)?\|total[^|]*\|number$", "cla_31march_number"),
        (r"age[^|]*\|(age )?under 1( year)?\|number$", "cla_31march_age_u1_number"),
        (r"age[^|]*\|(age )?1 to 4( years)?\|number$", "cla_31march_age_1_4_number"),
        (r"age[^|]*\|(age )?5 to 9( years)?\|number$", "cla_31march_age_5_9_number"),
        (r"age[^|]*\|(age )?10 to 15( years)?\|number$", "cla_31march_age_10_15_number"),
        (r"age[^|]*\|(age )?16( years)?( and over)?\|number$", "cla_31march_age_16plus_number"),
        (r"legal status\|[^|]*full care order[^|]*\|number$", "cla_31march_legal_fco_number"),
        (r"legal status\|[^|]*interim care order[^|]*\|number$", "cla_31march_legal_ico_number"),
        (r"legal status\|[^|]*placement order[^|]*\|number$", "cla_31march_legal_placement_order_number"),
        (r"legal status\|[^|]*(section 20|s20|voluntary)[^|]*\|number$", "cla_31march_legal_s20_number"),
        (r"legal status\|[^|]*(detained|child protection)[^|]*\|number$", "cla_31march_legal_detained_cp_number"),
        (r"legal status\|[^|]*youth justice[^|]*\|number$", "cla_31march_legal_youth_justice_number"),
        (r"placement[^|]*\|foster placements?\|number$", "cla_31march_placement_foster_number"),
        (
            r"placement[^|]*\|[^|]*(secure units|children.?s homes)[^|]*\|number$",
            "cla_31march_placement_childrens_homes_secure_number",
        ),
        (r"placement[^|]*\|(independent and )?semi.independent[^|]*\|number$", "cla_31march_placement_semi_independent_number"),
        (r"placement[^|]*\|(placed with )?parents[^|]*\|number$", "cla_31march_placement_parents_number"),
        (r"placement[^|]*\|placed for adoption\|number$", "cla_31march_placement_adoption_number"),
        (r"provider[^|]*\|own provision[^|]*\|number$", "cla_31march_provider_own_number"),
        (r"provider[^|]*\|private provision[^|]*\|number$", "cla_31march_provider_private_number"),
        (r"provider[^|]*\|voluntary[^|]*\|number$", "cla_31march_provider_voluntary_number"),
        (r"local[^|]*\|[^|]*inside[^|]*\|number$", "cla_31march_inside_la_number"),
        (r"local[^|]*\|[^|]*outside[^|]*\|number$", "cla_31march_outside_la_number"),
        (r"unaccompanied[^|]*\|unaccompanied[^|]*\|number$", "cla_31march_uasc_number"),
        (r"(^|\|)re.?referrals?(_number|_count)?$", "rereferrals_number"),
        (r"(^|\|)(number_of_)?referrals(_number|_count)?$", "referrals_number"),
        (r"(^|\|)(number_of_)?(section_?47|s47)[a-z_0-9]*?(s|enquiries|number|count)?$", "s47_number"),
        (r"(^|\|)(number_of_)?(icpcs?|initial_child_protection_conferences)(_number|_count)?$", "icpc_number"),
        (r"(^|\|)(at_)?episodes_31_?march|at31_episodes$", "cin_31march_number"),
        (r"(^|\|)(cpps?_|cpp_)?(at_?31_?march|at31)(_number)?$", "cpp_31march_number"),
        (r"(^|\|)agency_(worker_)?rate_fte(_perc|_percentage)?$", "sw_agency_rate_fte_pct"),
        (r"(^|\|)vacancy_rate_fte(_perc|_percentage)?$", "sw_vacancy_rate_fte_pct"),
        (r"(^|\|)turnover_rate_fte(_perc|_percentage)?$", "sw_turnover_rate_fte_pct"),
        (r"(^|\|)absence_rate_fte(_perc|_percentage)?$", "sw_absence_rate_fte_pct"),
        (r"(^|\|)(average_)?caseload(_fte|_avg)?$", "sw_caseload_avg"),
        (r"(^|\|)(in_?post|perm_inpost|in_post)_fte$", "sw_inpost_fte"),
        (r"(^|\|)(agency_fte|agency_workers?_fte)$", "sw_agency_fte"),
        (r"(^|\|)(vacancy|vacancies)_fte$", "sw_vacancy_fte"),
    )
)


def is_layout(columns: Iterable[str]) -> bool:
    """Whether the header is that of Explore Education Statistics."""
    return set(columns) >= MARKS


def year_ending(period: str) -> int:
    """The year a period ends in: ``2020`` is 2020, ``201920`` and ``2019/20`` are 2020; ValueError otherwise."""
    digits = re.sub(r"\D", "", period)
    if len(digits) == 6 and int(digits[4:]) == (int(digits[:4]) + 1) % 100:
        return int(digits[:4]) + 1
    if len(digits) == 4:
        return int(digits)
    raise ValueError(f"'{period}' is not a year such as 2020 or 201920")


def to_tidy(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    """Rows la_code, la_name, region, year, indicator, value, unit; figures with no known name keep a spelled-out one.

    A filter is any column that is not a place, a time or a number; its values and the column's name make the name of
    the indicator where no published indicator of ours matches.
    """
    faults = [
        Fault(f"{source}: row {k + 2}, column time_period", str(error))
        for k, period in enumerate(raw["time_period"])
        if (error := _period_error(period)) is not None
    ]
    unknown = sorted({x for x in raw["geographic_level"].str.casefold() if x not in LEVELS})
    needed = {column for pair in LEVELS.values() for column in pair} - set(raw.columns) if not unknown else set()
    if faults:
        raise Faults(faults[:20])
    if "new_la_code" in needed:
        raise Faults(Fault(f"{source}: row 1", "column 'new_la_code' is missing"))
    numbers, filters = _split_columns(raw)
    if not numbers:
        raise Faults(Fault(f"{source}: row 1", "has no column of numbers"))
    label = raw[filters].agg("|".join, axis=1).str.casefold() if filters else pd.Series("", index=raw.index)
    place = _places(raw)
    years = raw["time_period"].map(year_ending).astype(str)
    parts = [
        place.assign(year=years, indicator=[_name(text, column) for text in label], value=raw[column], unit=_unit(column))
        for column in numbers
    ]
    out = pd.concat(parts, ignore_index=True)
    return out[out["la_code"] != ""].drop_duplicates(["la_code", "year", "indicator"])


def _period_error(period: str) -> str | None:
    try:
        year_ending(period)
    except ValueError as error:
        return str(error)
    return None


def _split_columns(raw: pd.DataFrame) -> tuple[list[str], list[str]]:
    rest = [column for column in raw.columns if column not in MARKS and column not in PLACES]
    numbers = []
    for column in rest:
        shown = raw[column].str.strip().str.casefold()
        figures = shown[~shown.isin({"", "c", "z", "x", "u", "k", ":", "..", "-", "~", "low"})].str.replace(",", "", regex=False)
        if len(figures) and pd.to_numeric(figures, errors="coerce").notna().mean() > 0.9:
            numbers.append(column)
    return numbers, [column for column in rest if column not in numbers]


def _places(raw: pd.DataFrame) -> pd.DataFrame:
    blank = pd.Series("", index=raw.index)
    level = raw["geographic_level"].str.casefold()
    code, name = blank.copy(), blank.copy()
    for key, (code_column, name_column) in LEVELS.items():
        here = level == key
        code = code.mask(here, raw.get(code_column, blank))
        name = name.mask(here, raw.get(name_column, blank))
    return pd.DataFrame({"la_code": code, "la_name": name, "region": raw.get("region_name", blank)})


def _name(filters: str, column: str) -> str:
    text = f"{filters}|{column}".casefold().strip("|")
    for pattern, name in PATTERNS:
        if re.search(pattern, text):
            return name
    return "ees_" + re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def _unit(column: str) -> str:
    return "%" if re.search(r"percent|_perc|rate_fte", column.casefold()) else "as published"
