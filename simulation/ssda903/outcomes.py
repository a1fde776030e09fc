"""The smaller tables of an exported return, each from what the simulation knows and, where it knows nothing, by lot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.clock import day_number
from simulation.base.dice import Dice, normal
from simulation.ssda903 import words
from simulation.ssda903.invented import child_numbers, pupil_numbers
from simulation.ssda903.shaping import care_periods

ETHNIC_GROUPS = {"white": "WBRI", "mixed": "MWBC", "asian": "APKN", "black": "BAFR", "other": "OOTH"}
REVIEW_WAIT_DAYS = (28, 91, 182)
SHARES = {"HEALTH_CHECK": 0.90, "IMMUNISATIONS": 0.87, "TEETH_CHECK": 0.76, "HEALTH_ASSESSMENT": 0.90}
"""Shares with each check in the year (DfE outcomes of looked-after children, 2023, rounded): by lot, not simulated."""
MISSING_SHARE = 0.2
"""Share of children of ten and over with a time missing, so that it is about 11% of all (DfE 2020)."""
LEAST_DAYS_MISSED_FROM = 30
CONVICTED_SHARE, SUBSTANCE_SHARE, SDQ_MEAN, SDQ_SPREAD, SDQ_RETURNED = 0.03, 0.03, 14.4, 7.0, 0.8


def years_of_age(birth: pd.Series, day: pd.Timestamp) -> pd.Series:
    """Whole years of age on a day."""
    had = (birth.dt.month < day.month) | ((birth.dt.month == day.month) & (birth.dt.day <= day.day))
    return day.year - birth.dt.year - (~had).astype(int)


def keys(dice: Dice, children: pd.Series) -> np.ndarray:
    """Dice keys of children."""
    return dice.keys(children.to_numpy(np.int64))


def header(children: pd.DataFrame, year: int, cared: pd.Series) -> pd.DataFrame:
    """One row a child: sex, birth date, ethnicity, pupil number; no simulated child is a mother.

    Whether she is a mother is asked only of those ``cared`` for in the year.
    """
    female = children["sex"].astype(str).str.upper().str.startswith(("F", "2"))
    codes = np.where(female, "F", "M") if year >= 2025 else np.where(female, "2", "1")
    told = children["ethnicity"].astype(str).str.strip()
    known = told.str.upper().isin(words.ETHNICITY.codes)
    group = told.str.lower().str.split().str[0].map(ETHNIC_GROUPS).fillna("NOBT")
    school = children["birth_date"] + pd.DateOffset(years=4) <= pd.Timestamp(f"{year - 2}-08-31")
    return pd.DataFrame({
        "CHILD": child_numbers(children["child"]), "SEX": codes, "DOB": children["birth_date"],
        "ETHNIC": told.str.upper().where(known, group), "UPN": pupil_numbers(children["child"], school),
        "MOTHER": np.where(female & children["child"].isin(cared), "0", ""), "MC_DOB": pd.NaT,
    })  # fmt: skip


def uasc(children: pd.DataFrame, year: int) -> pd.DataFrame:
    """Unaccompanied children: that status ceases on the eighteenth birthday."""
    alone = children[children["unaccompanied"].astype(bool)]
    made = header(alone, year, alone["child"])[["CHILD", "SEX", "DOB"]]
    return made.assign(DUC=made["DOB"] + pd.DateOffset(years=18))


def reviews(
    episodes: pd.DataFrame, events: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, dice: Dice
) -> pd.DataFrame:
    """Reviews held in the year: the simulation's own, or on their due days where it did not keep them."""
    care = care_periods(episodes)
    held = events[events["event"] == "review_held"][["child", "date"]]
    made = held if len(held) else _due_reviews(care, last)
    made = made.merge(care[["child", "START", "END", "DOB"]], on="child")
    inside = (made["date"] >= made["START"]) & ~(made["date"] >= made["END"]) & made["date"].between(first, last)
    made = made[inside].drop_duplicates(["child", "date"]).sort_values(["child", "date"])
    when = np.array([day_number(str(day.date())) for day in made["date"]], dtype=np.int64)
    luck = dice.roll("takes part in review", keys(dice, made["child"]), when) if len(made) else np.empty(0)
    old = (made["date"] >= made["DOB"] + pd.DateOffset(years=4)).to_numpy()
    part = np.where(old, np.select([luck < 0.55, luck < 0.7, luck < 0.9], ["PN1", "PN3", "PN5"], "PN6"), "PN0")
    return pd.DataFrame({"CHILD": child_numbers(made["child"]), "DOB": made["DOB"], "REVIEW": made["date"], "REVIEW_CODE": part})


def _due_reviews(care: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """Due days: within 20 working days, then three months, then every six months."""
    parts: list[pd.DataFrame] = []
    days = 0
    longest = int((last - care["START"].min()).days) if len(care) else 0
    waits = list(REVIEW_WAIT_DAYS[:2])
    while days <= longest:
        days += waits.pop(0) if waits else REVIEW_WAIT_DAYS[2]
        parts.append(pd.DataFrame({"child": care["child"], "date": care["START"] + pd.Timedelta(days=days)}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"child": [], "date": pd.to_datetime([])})


def decisions(episodes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Decisions that a child should be placed for adoption, all years: made before the placement order, ended if it was."""
    order = care_periods(episodes[episodes["LS"] == "E1"])
    made = order[["child", "REC"]].assign(ORDER=order["START"], UNTIL=order["END"])
    care = care_periods(episodes)["START"].reindex(made.index)
    luck = dice.roll("decision to order", keys(dice, made["child"]))
    early = made["ORDER"] - pd.to_timedelta((20 + luck * 60).astype(int), unit="D")
    made["DATE_PLACED"] = early.where(early > care, care + pd.Timedelta(days=1))
    made["DATE_PLACED"] = made["DATE_PLACED"].where(made["DATE_PLACED"] <= made["ORDER"], made["ORDER"])
    ended = made["UNTIL"].notna() & ~made["REC"].isin(["E11", "E12"])
    made["DATE_PLACED_CEASED"] = made["UNTIL"].where(ended)
    why = pd.Series(np.where(luck < 0.5, "RD3", "RD1"), index=made.index, dtype=object)
    made["REASON_PLACED_CEASED"] = why.where(ended, None)
    placed = episodes[episodes["PLACE"].isin(words.ADOPTIVE_PLACES)].groupby("PERIOD")["START"].min()
    return made.assign(MOVED=placed.reindex(made.index))


def placed_for_adoption(
    made: pd.DataFrame, births: pd.Series, first: pd.Timestamp, last: pd.Timestamp, here: pd.Series
) -> pd.DataFrame:
    """Decisions in force at some time of the year, of the children returned."""
    ceased = made["DATE_PLACED_CEASED"]
    now = made[(made["DATE_PLACED"] <= last) & (ceased.isna() | (ceased >= first)) & made["child"].isin(here)]
    later = now["DATE_PLACED_CEASED"] > last
    return pd.DataFrame({
        "CHILD": child_numbers(now["child"]), "DOB": now["child"].map(births), "DATE_PLACED": now["DATE_PLACED"],
        "DATE_PLACED_CEASED": now["DATE_PLACED_CEASED"].mask(later),
        "REASON_PLACED_CEASED": now["REASON_PLACED_CEASED"].mask(later, None),
    })  # fmt: skip


def ad1(
    made: pd.DataFrame, episodes: pd.DataFrame, births: pd.Series, first: pd.Timestamp, last: pd.Timestamp, dice: Dice
) -> pd.DataFrame:
    """Children adopted in the year and their adopters (whose number and sex are by lot)."""
    adopted = episodes[episodes["REC"].isin(["E11", "E12"]) & episodes["END"].between(first, last)]
    now = made[made.index.isin(adopted["PERIOD"])]
    luck = dice.roll("adopters", keys(dice, now["child"]))
    match = now["MOVED"] - pd.Timedelta(days=14)
    kind = np.select([luck < 0.6, luck < 0.72, luck < 0.86, luck < 0.97], ["MF L11", "MF L3", "MM L12", "F1 L0"], "M1 L0")
    sex, law = (pd.Series([each.split()[part] for each in kind], index=now.index, dtype=object) for part in (0, 1))
    carers = adopted.set_index("PERIOD")["PLACE"].reindex(now.index).isin(["A3", "A5"])
    return pd.DataFrame({
        "CHILD": child_numbers(now["child"]), "DOB": now["child"].map(births), "DATE_INT": now["DATE_PLACED"],
        "DATE_MATCH": match.where(match > now["DATE_PLACED"], now["DATE_PLACED"]), "FOSTER_CARE": carers.astype(int).astype(str),
        "NB_ADOPTR": np.where(sex.isin(["M1", "F1"]), "1", "2"), "SEX_ADOPTR": sex, "LS_ADOPTR": law,
    })  # fmt: skip


def previous_permanence(episodes: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Children who started in the year: none was adopted or under special guardianship before (the simulation does not say)."""
    once = episodes[(episodes["RNE"] == "S") & (episodes["START"] >= first)].drop_duplicates("child")
    made = pd.DataFrame({"CHILD": child_numbers(once["child"]), "DOB": once["DOB"]})
    return made.assign(PREV_PERM="Z1", LA_PERM=None, DATE_PERM=None)


def missing(
    episodes: pd.DataFrame, events: pd.DataFrame, births: pd.Series, first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    """Times missing from placement, from the events ``missing`` and ``found``."""
    began = events[events["event"] == "missing"].sort_values(["child", "date"])
    found = events[events["event"] == "found"].sort_values("date")
    pairs = pd.merge_asof(
        began[["child", "date"]].sort_values("date"), found[["child", "date"]].assign(back=found["date"]), on="date", by="child",
        direction="forward",
    )  # fmt: skip
    pairs = pairs[pairs["child"].isin(episodes["child"]) & (pairs["date"] <= last) & ~(pairs["back"] < first)]
    return pd.DataFrame({
        "CHILD": child_numbers(pairs["child"]), "DOB": pairs["child"].map(births), "MISSING": "M", "MIS_START": pairs["date"],
        "MIS_END": pairs["back"].mask(pairs["back"] > last),
    })  # fmt: skip


def missing_by_lot(now: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, dice: Dice) -> pd.DataFrame:
    """A few days missing for some children of ten and over, within one placement; for simulations that keep no such events."""
    begin = now["START"].where(now["START"] >= first, first)
    end = now["END"].where(now["END"] <= last, last)
    old = years_of_age(now["DOB"], first) >= 10
    long = now[((end - begin).dt.days >= LEAST_DAYS_MISSED_FROM) & old].drop_duplicates("child")
    who = keys(dice, long["child"])
    gone, when, back = (dice.roll(name, who, last.year) for name in ("goes missing", "day missing", "days missing"))
    room = (end - begin).dt.days.reindex(long.index).to_numpy() - 6
    start = begin.reindex(long.index) + pd.to_timedelta(1 + (when * room).astype(int), unit="D")
    made = pd.DataFrame({
        "CHILD": child_numbers(long["child"]), "DOB": long["DOB"], "MISSING": "M", "MIS_START": start,
        "MIS_END": start + pd.to_timedelta(1 + (back * 3).astype(int), unit="D"),
    })  # fmt: skip
    return made[gone < MISSING_SHARE]


def oc2(episodes: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, dice: Dice) -> pd.DataFrame:
    """Outcomes of children looked after throughout the year; the simulation has none of them, so they are by lot."""
    care = care_periods(episodes)
    now = care[(care["START"] <= first) & (care["END"].isna() | (care["END"] >= last))]
    who = keys(dice, now["child"])
    age_before, end_age = years_of_age(now["DOB"], first - pd.Timedelta(days=1)), years_of_age(now["DOB"], last)
    questions = (*SHARES, "CONVICTED", "SUBSTANCE_MISUSE", "SDQ", "SDQ back", "INTERVENTION")
    luck = {name: dice.roll(name, who, last.year) for name in questions}
    asked = (end_age >= 4) & (age_before <= 16)
    back = luck["SDQ back"] < SDQ_RETURNED
    score = np.clip(np.round(SDQ_MEAN + SDQ_SPREAD * normal(luck["SDQ"])), 0, 40).astype(int).astype(str)
    used = luck["SUBSTANCE_MISUSE"] < SUBSTANCE_SHARE
    used &= (end_age >= 11).to_numpy()
    helped = luck["INTERVENTION"] < 0.5
    made = pd.DataFrame({"CHILD": child_numbers(now["child"]), "DOB": now["DOB"]})
    made["SDQ_SCORE"] = pd.Series(score, index=now.index, dtype=object).where(asked & back, None)
    made["SDQ_REASON"] = pd.Series("SDQ2", index=now.index, dtype=object).where(asked & ~back, None)
    convicted = pd.Series((luck["CONVICTED"] < CONVICTED_SHARE).astype(int).astype(str), index=now.index, dtype=object)
    made["CONVICTED"] = convicted.where(end_age >= 10, None)
    for name, share in SHARES.items():
        made[name] = (luck[name] < share).astype(int).astype(str)
    made["HEALTH_CHECK"] = made["HEALTH_CHECK"].where(end_age < 5, None)
    made["SUBSTANCE_MISUSE"] = used.astype(int).astype(str)
    received = pd.Series(helped.astype(int).astype(str), index=now.index, dtype=object)
    made["INTERVENTION_RECEIVED"] = received.where(pd.Series(used, index=now.index), None)
    made["INTERVENTION_OFFERED"] = received.where(pd.Series(used & ~helped, index=now.index), None).replace({"0": "1"})
    return made


def care_leavers(episodes: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Young people who had their 17th to 21st birthday in the year, no longer looked after on it, once long enough in care.

    Long enough: 13 weeks since the fourteenth birthday, some of it after the sixteenth. Adoption ends the right.
    """
    care = care_periods(episodes)
    right = (_days_since(care, 14, last) >= 91) & (_days_since(care, 16, last) >= 1)
    latest = care.sort_values("START").drop_duplicates("child", keep="last").set_index("child")
    turned = years_of_age(latest["DOB"], last)
    birthday = pd.Series(pd.NaT, index=latest.index, dtype="datetime64[ns]")
    for age in range(17, 22):
        birthday = birthday.mask(turned == age, latest["DOB"] + pd.DateOffset(years=age))
    left = latest["END"].notna() & (latest["END"] <= birthday)
    chosen = latest[right.reindex(latest.index) & (birthday >= first) & left]
    return chosen[~chosen["REC"].isin(["E11", "E12", "E2", "E3"])].reset_index()


def _days_since(care: pd.DataFrame, age: int, last: pd.Timestamp) -> pd.Series:
    """Days looked after since a birthday, by child."""
    birthday = care["DOB"] + pd.DateOffset(years=age)
    since = care["START"].where(care["START"] > birthday, birthday)
    until = care["END"].where(care["END"] <= last, last)
    return (until - since).dt.days.clip(lower=0).groupby(care["child"]).sum()


def oc3(leavers: pd.DataFrame, dice: Dice, year: int) -> pd.DataFrame:
    """What care leavers do and where they live: by lot, near the published shares; "staying put" with carers is from 18."""
    who = keys(dice, leavers["child"])
    touch, work, home = (dice.roll(name, who, year) for name in ("in touch", "activity", "accommodation"))
    seen = touch < 0.92
    doing = np.select([work < 0.06, work < 0.3, work < 0.56, work < 0.7], ["F1", "F2", "F5", "G4"], "G5")
    living = np.select([home < 0.38, home < 0.6, home < 0.75, home < 0.9], ["U1", "Z1", "B1", "T1"], "K1")
    too_young = years_of_age(leavers["DOB"], pd.Timestamp(f"{year}-03-31")) < 18
    living = np.where(too_young & (living == "Z1"), "B1", living)
    return pd.DataFrame({
        "CHILD": child_numbers(leavers["child"]), "DOB": leavers["DOB"], "IN_TOUCH": np.where(seen, "YES", "NO"),
        "ACTIV": np.where(seen, doing, "0"), "ACCOM": np.where(seen, living, "0"),
    })  # fmt: skip


def sw_episodes(
    episodes: pd.DataFrame, events: pd.DataFrame, workforce: pd.DataFrame, births: pd.Series, first: pd.Timestamp,
    last: pd.Timestamp,
) -> pd.DataFrame:  # fmt: skip
    """Who a child's social worker was, from the events ``worker_changed`` (from and to a worker's number)."""
    made = events[(events["event"] == "worker_changed") & events["child"].isin(episodes["child"])]
    made = made.sort_values(["child", "date"], kind="stable").drop_duplicates(["child", "date"], keep="last")
    until = made.groupby("child")["date"].shift(-1)
    ends = pd.to_datetime(workforce.groupby("worker")["end"].max()) if len(workforce) else pd.Series(dtype="datetime64[ns]")
    gone = pd.to_datetime(pd.to_numeric(made["from"], errors="coerce").map(ends))
    left = gone.notna() & (gone <= made["date"])
    reason = np.where(~made.duplicated("child"), "FCONTA", np.where(left, "LEFTRL", "TSPROC"))
    number = "SW" + made["to"].astype(str).str.zfill(7)
    table = pd.DataFrame({
        "CHILD": child_numbers(made["child"]), "DOB": made["child"].map(births), "SW_ID": number,
        "SW_DECOM": made["date"], "SW_DEC": until.mask(until > last), "SW_REASON": reason,
    })  # fmt: skip
    over = episodes.sort_values("START").drop_duplicates("child", keep="last").set_index("child")["END"]
    named = (made["to"].astype(str).str.len() > 0) & ~(made["date"] >= made["child"].map(over))
    return table[named & (made["date"] <= last) & ~(until < first)]
