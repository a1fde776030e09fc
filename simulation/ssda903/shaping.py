"""From the model's placements to statutory episodes: the same stays, in the words and to the rules of the return.

The model moves in weeks and its legal statuses are broad; the return has limits the model does not keep (police
protection is at most 72 hours, a child placed for adoption is under a placement order, nobody stays on past eighteen).
Where the two differ the return's rules are followed and the stays are kept.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.codes import CEASED_CODE, CEASED_NAME
from simulation.base.dice import Dice
from simulation.ssda903 import words
from simulation.ssda903.invented import Postcodes, register_numbers

POLICE_PROTECTION = pd.Timedelta(days=3)
SAME = ["LS", "PLACE", "PLACE_PROVIDER", "HOUSE"]
PROVIDERS = {"P1": "PR0", "R2": "PR4", "R5": "PR4"}
EARLIEST_AGE = {"H5": (16, "K2"), "K1": (10, "K2"), "J1": (10, "V2")}


def episodes(periods: pd.DataFrame, placements: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Statutory episodes of every period of care, all years.

    ``periods`` and ``placements`` are the model's tables of one replication. Returns one row an episode in order of child
    and start: ``child PERIOD START END RNE LS CIN PLACE PLACE_PROVIDER REC REASON_PLACE_CHANGE HOME_POST PL_POST URN DOB
    unaccompanied``; ``END`` is missing while care goes on at the end of the run.
    """
    frame = _joined(periods, placements)
    frame = _emergencies(_touching(frame))
    frame = _rules(frame)
    frame = _merged(frame)
    frame = _located(frame, dice)
    return _reasons(frame, dice)


def care_periods(every: pd.DataFrame) -> pd.DataFrame:
    """One row a period of care, by ``PERIOD``: ``child START END DOB LS REC`` (``END`` missing while it goes on)."""
    first = every.drop_duplicates("PERIOD").set_index("PERIOD")
    last = every.drop_duplicates("PERIOD", keep="last").set_index("PERIOD")
    return first[["child", "START", "DOB"]].assign(END=last["END"], LS=last["LS"], REC=last["REC"])


def _joined(periods: pd.DataFrame, placements: pd.DataFrame) -> pd.DataFrame:
    """Placements beside the period of care they belong to."""
    periods = periods.copy()
    for name in ("birth_date", "care_start", "care_end"):
        periods[name] = pd.to_datetime(periods[name]).astype("datetime64[ns]")
    eighteen = periods["birth_date"] + pd.DateOffset(years=18)
    late = (periods["care_end"] > eighteen - pd.Timedelta(days=4)) & (periods["care_end"] < eighteen + pd.Timedelta(days=30))
    periods["care_end"] = periods["care_end"].where(~late, eighteen)
    periods = periods[(periods["care_start"] < eighteen) & ~(periods["care_end"] <= periods["care_start"])]
    periods = periods.sort_values("care_start", kind="stable").reset_index(drop=True)
    periods["PERIOD"] = np.arange(len(periods))
    stays = placements.rename(columns={"reason_ceased": "rec", "need": "need_then"}).copy()
    stays["start"] = pd.to_datetime(stays["start"]).astype("datetime64[ns]")
    stays = stays[stays["start"].notna() & stays["placement"].astype(str).str.len().gt(0)]
    stays["care_start"] = stays["start"]
    mine = ["child", "care_start", "care_end", "PERIOD", "birth_date", "family", "unaccompanied", "need", "reason_ceased"]
    joined = pd.merge_asof(
        stays.sort_values("start", kind="stable"), periods[mine].rename(columns={"care_start": "began"}),
        left_on="start", right_on="began", by="child",
    )  # fmt: skip
    joined = joined[joined["PERIOD"].notna() & ~(joined["start"] >= joined["care_end"])]
    return pd.DataFrame({
        "child": joined["child"], "PERIOD": joined["PERIOD"].astype(int), "BEGAN": joined["began"], "OVER": joined["care_end"],
        "START": joined["start"], "DOB": joined["birth_date"], "family": joined["family"],
        "unaccompanied": joined["unaccompanied"].astype(bool),
        "LS": joined["legal_status"], "CIN": joined["need"], "PLACE": joined["placement"], "PLACE_PROVIDER": joined["provider"],
        "WHY": joined["reason_change"], "REC": joined["rec"], "CEASED": joined["reason_ceased"],
        "HOUSE": pd.factorize(joined["urn"].astype(str))[0], "INSIDE": joined["inside_boundary"].fillna(True).astype(bool),
        "X": joined["x_miles"].fillna(0.0), "Y": joined["y_miles"].fillna(0.0),
        "HOME_X": joined["home_x_miles"].fillna(0.0), "HOME_Y": joined["home_y_miles"].fillna(0.0),
    }).sort_values(["child", "START"], kind="stable").reset_index(drop=True)  # fmt: skip


def _touching(frame: pd.DataFrame) -> pd.DataFrame:
    """Each stay lasts until the next, the first from the start of care, the last to its end; stays of no length go."""
    frame = frame.drop_duplicates(["PERIOD", "START"], keep="last")
    first = ~frame.duplicated("PERIOD")
    frame = frame.assign(START=frame["START"].mask(first, frame["BEGAN"]))
    return _ended(frame)


def _ended(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.sort_values(["child", "START"], kind="stable").reset_index(drop=True)
    following = frame.groupby("PERIOD", sort=False)["START"].shift(-1)
    return frame.assign(END=following.fillna(frame["OVER"]))


def _emergencies(frame: pd.DataFrame) -> pd.DataFrame:
    """Police protection for at most 72 hours; after that the next legal status, or an interim care order."""
    urgent = frame["LS"] == "L1"
    later = frame["LS"].mask(urgent).groupby(frame["PERIOD"]).bfill().fillna("C1")
    limit = frame["BEGAN"] + POLICE_PROTECTION
    after = urgent & (frame["END"].isna() | (frame["END"] > limit))
    second = frame[after].assign(LS=later[after], START=frame.loc[after, "START"].clip(lower=limit[after]))
    first = frame[~after | (frame["START"] < limit)]
    return _ended(pd.concat([first, second], ignore_index=True))


def _rules(frame: pd.DataFrame) -> pd.DataFrame:
    """Codes that the return allows together, at the ages it allows them."""
    frame = frame.copy()
    old = ["H5", "K1", "R5"]
    age = (frame["START"] - frame["DOB"]).dt.days / 365.25
    frame["PLACE"] = frame["PLACE"].map(lambda code: words.PLACEMENT.old.get(code, code)).mask(frame["PLACE"].isin(["K3"]), "H5")
    for code in old:
        least, instead = EARLIEST_AGE.get(code, (99, "R1"))
        frame["PLACE"] = frame["PLACE"].mask((frame["PLACE"] == code) & (age < least), instead)
    frame["LS"] = frame["LS"].mask(frame["LS"].isin(["J1", "J2", "J3"]) & (age < 10), "V2")
    adoptive = frame["PLACE"].isin(words.ADOPTIVE_PLACES)
    stayed = frame["HOUSE"] == frame.groupby("PERIOD", sort=False)["HOUSE"].shift(1)
    frame["PLACE"] = frame["PLACE"].mask(adoptive, np.where(stayed, "A5", "A6"))
    ordered = adoptive.astype(int).groupby(frame["PERIOD"]).cummax().astype(bool)
    frame["LS"] = frame["LS"].mask(ordered & (frame["LS"] != "C2"), "E1").mask(adoptive, "E1")
    frame["LS"] = frame["LS"].mask((frame["PLACE"] == "P1") & (frame["LS"] == "V2"), "C2")
    provider = frame["PLACE"].map(PROVIDERS).fillna(frame["PLACE_PROVIDER"].where(frame["PLACE_PROVIDER"] != "PR0", "PR1"))
    provider = provider.mask(frame["PLACE"].isin(["R1"]) & (provider == "PR1"), "PR4")
    frame["PLACE_PROVIDER"] = provider.mask(frame["PLACE"] == "Z1", None)
    return frame


def _merged(frame: pd.DataFrame) -> pd.DataFrame:
    """Episodes that differ from the one before in nothing the return asks about are joined to it."""
    frame = frame[~(frame["END"] <= frame["START"])]
    before = frame.groupby("PERIOD", sort=False)[SAME].shift(1)
    same = pd.Series(True, index=frame.index)
    for name in SAME:
        same &= frame[name].fillna("") == before[name].fillna("")
    same &= frame.duplicated("PERIOD")
    run = (~same).cumsum()
    last = frame[["WHY", "REC"]][~run.duplicated(keep="last")]
    kept = frame[~same].copy()
    kept["WHY"], kept["REC"] = last["WHY"].to_numpy(), last["REC"].to_numpy()
    return _ended(kept)


def _located(frame: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Home and placement postcodes and register numbers."""
    book = Postcodes(dice)
    everywhere = np.ones(len(frame), dtype=bool)
    family, house = frame["family"].to_numpy(), frame["HOUSE"].to_numpy()
    home = book.at("home postcode", family, frame["HOME_X"].to_numpy(), frame["HOME_Y"].to_numpy(), everywhere)
    own_building = (frame["PLACE_PROVIDER"] == "PR1") & ~frame["PLACE"].str.startswith(("U", "A"))
    inside = (frame["INSIDE"] | own_building).to_numpy()
    x, y = frame["X"].to_numpy(), frame["Y"].to_numpy()
    place = book.at("placement postcode", house, x, y, inside)
    place = np.where(place == home, book.at("placement postcode", house, x, y, inside, other=1), place)
    place = np.where(frame["PLACE"] == "P1", home, place)
    numbers = register_numbers(frame["PLACE"], frame["PLACE_PROVIDER"], frame["HOUSE"], dice)
    frame = frame.assign(HOME_POST=home, PL_POST=place, URN=numbers)
    frame["HOME_POST"] = frame["HOME_POST"].mask(frame["unaccompanied"], None)
    return _told_apart(frame)


def _told_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """A move is a move in the codes too: two homes in a row never share postcode, register number, kind and provider."""
    shown = ["PLACE", "PLACE_PROVIDER", "PL_POST", "URN"]
    before = frame.groupby("PERIOD", sort=False)[[*shown, "HOUSE", "LS"]].shift(1)
    alike = frame.duplicated("PERIOD") & (frame["HOUSE"] != before["HOUSE"])
    for name in shown:
        alike &= frame[name].fillna("") == before[name].fillna("")
    moved_home = alike & (frame["LS"] == before["LS"])
    return _ended(frame[~moved_home]) if moved_home.any() else frame


def _reasons(frame: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Why each episode began and ceased, and why each placement changed."""
    group = frame.groupby("PERIOD", sort=False)
    before = group[["LS", "PLACE", "PLACE_PROVIDER", "PL_POST", "URN", "HOUSE"]].shift(1)
    law = frame["LS"] != before["LS"]
    place = pd.Series(False, index=frame.index)
    for name in ("PLACE", "PLACE_PROVIDER", "PL_POST", "URN"):
        place |= frame[name].fillna("") != before[name].fillna("")
    stays = frame["HOUSE"] == before["HOUSE"]
    began = np.select([law & place & stays, law & place, law, place & stays], ["U", "B", "L", "T"], "P")
    frame["RNE"] = np.where(frame.duplicated("PERIOD"), began, "S")
    following = frame.groupby("PERIOD", sort=False)["RNE"].shift(-1)
    moved = following.isin(["P", "B", "T", "U"])
    why = frame["WHY"].where(frame["WHY"].isin(words.REASON_PLACE.codes), "CARPL")
    frame["REASON_PLACE_CHANGE"] = why.where(moved, None)
    frame["REC"] = np.where(following.notna(), "X1", _ceased(frame, dice))
    frame["REC"] = frame["REC"].astype(object).where(frame["END"].notna(), None)
    return frame


def _ceased(frame: pd.DataFrame, dice: Dice) -> np.ndarray:
    """Why care ceased, as the return would put it for that placement and age."""
    known = frame["REC"].isin(words.REASON_CEASED.codes | set(words.REASON_CEASED.old)) & (frame["REC"] != "X1")
    spoken = frame["CEASED"].map(dict(zip(CEASED_NAME, CEASED_CODE, strict=True)))
    code = frame["REC"].where(known, spoken).fillna("E8").astype(object)
    code = code.replace({"E1": "E11", "E4": "E4A"}).where(code != "X1", "E8")
    age = (frame["END"] - frame["DOB"]).dt.days / 365.25
    kin, foster = frame["PLACE"].isin(words.KIN_PLACES), frame["PLACE"].str.startswith("U")
    order = code.isin(["E43", "E44", "E45", "E46", "E47", "E48"])
    code = code.mask(order, np.select([kin, foster], ["E45", "E46"], "E47"))
    adopted = code.isin(["E11", "E12"])
    luck = dice.roll("reason ceased", dice.keys(frame["child"].to_numpy(np.int64), frame["PERIOD"].to_numpy(np.int64)))
    code = code.mask(adopted, np.where(luck < 0.25, "E11", "E12"))
    code = code.mask(adopted & ~frame["PLACE"].isin(words.ADOPTIVE_PLACES), "E8")
    grown = frame["END"] >= frame["DOB"] + pd.DateOffset(years=18)
    code = code.mask(grown, np.select([foster & (luck < 0.5), luck < 0.85], ["E17", "E5"], "E6"))
    young = ~grown & code.isin(["E17", "E7", "E5", "E6"]) & (age < 17.9)
    return code.mask(young, "E8").where(code.isin(words.REASON_CEASED.codes), "E8").to_numpy(object)
