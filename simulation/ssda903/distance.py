"""How far from home a child is placed, from what the return says: the Department's distance, or two postcodes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.base.errors import fault

METRES_IN_A_MILE = 1609.3
BANDS = (0.0, 5.0, 10.0, 20.0, 50.0, np.inf)
BAND_NAMES = ("under 5 miles", "5 to 10 miles", "10 to 20 miles", "20 to 50 miles", "over 50 miles")
BUILT_IN = Path(__file__).with_name("postcodes.csv")
NAMES = {
    **dict.fromkeys(("pcd", "pcds", "postcode"), "pcd"),
    **dict.fromkeys(("oseast1m", "east", "easting"), "oseast1m"),
    **dict.fromkeys(("osnrth1m", "north", "northing"), "osnrth1m"),
    **dict.fromkeys(("laua", "oslaua", "lad"), "laua"),
}


@lru_cache(maxsize=4)
def directory(path: Path | str | None = None) -> pd.DataFrame:
    """A postcode directory by postcode without spaces: ``oseast1m``, ``osnrth1m`` (metres), ``laua`` (authority).

    The default holds only the few postcodes that exported returns use. For an authority's own return, give a copy of
    the ONS Postcode Directory (CSV; columns pcd or pcds, oseast1m, osnrth1m, oslaua).
    """
    try:
        table = pd.read_csv(path or BUILT_IN, dtype=str, usecols=lambda name: str(name).strip().lower() in NAMES)
    except (OSError, ValueError, pd.errors.ParserError):
        raise fault(path, "the postcode directory cannot be read as a CSV file.") from None
    table = table.rename(columns={name: NAMES[str(name).strip().lower()] for name in table if str(name).strip().lower() in NAMES})
    for name in ("pcd", "oseast1m", "osnrth1m", "laua"):
        if name not in table:
            raise fault(f"{path}: row 1", f"the postcode directory has no column {name}.")
    table = table.loc[:, ~table.columns.duplicated()][["pcd", "oseast1m", "osnrth1m", "laua"]]
    table["pcd"] = squeezed(table["pcd"])
    for name in ("oseast1m", "osnrth1m"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table.dropna(subset=["pcd"]).drop_duplicates("pcd").set_index("pcd")


def squeezed(postcodes: pd.Series) -> pd.Series:
    """Postcodes in capitals without spaces."""
    return postcodes.astype("string").str.upper().str.replace(" ", "", regex=False)


def distances(spells: pd.DataFrame, postcodes: Path | str | None = None) -> pd.DataFrame:
    """``miles`` from home and ``inside`` the boundary of each placement (missing where it cannot be told).

    The Department's own ``PL_DISTANCE`` and ``PL_LOCATION`` are used where present, else both postcodes are looked up;
    the authority is taken to be the one in which most homes lie.
    """
    book = directory(postcodes)
    home, place = (book.reindex(squeezed(spells[name]).fillna("")) for name in ("HOME_POST", "PL_POST"))
    across = home["oseast1m"].to_numpy() - place["oseast1m"].to_numpy()
    up = home["osnrth1m"].to_numpy() - place["osnrth1m"].to_numpy()
    miles = pd.Series(np.hypot(across, up) / METRES_IN_A_MILE, index=spells.index)
    ours = home["laua"].mode()
    inside = pd.Series(place["laua"].to_numpy() == (ours.iloc[0] if len(ours) else ""), index=spells.index, dtype="boolean")
    inside = inside.mask(place["laua"].isna().to_numpy())
    if "PL_DISTANCE" in spells:
        miles = pd.to_numeric(spells["PL_DISTANCE"], errors="coerce").fillna(miles)
    if "PL_LOCATION" in spells:
        said = spells["PL_LOCATION"].astype("string").str.upper().map({"IN": True, "OUT": False}).astype("boolean")
        inside = said.fillna(inside)
    return pd.DataFrame({"miles": miles, "inside": inside})


def bands(miles: pd.Series) -> pd.Series:
    """Distance bands by name; missing where the distance is."""
    return pd.cut(miles, BANDS, labels=list(BAND_NAMES), right=False).astype(object).where(miles.notna(), None)
