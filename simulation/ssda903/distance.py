"""How far from home a child is placed, from what the return says: the Department's distance, or two postcodes."""

from __future__ import annotations

import re
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
    "pcd": r"pcds?\d?|pcdunit|postcode(_?\d)?|post_code",
    "oseast1m": r"(os)?_?east(ing)?s?_?(1m)?",
    "osnrth1m": r"(os)?_?(north|nrth)(ing)?s?_?(1m)?",
    "laua": r"(os)?_?laua(_?code)?|lad(ua)?(_?\d\d)?(_?cd|_?code)?|admin_district_code|local_authority_code",
}
"""What each column is headed, in the ONS Postcode Directory and its like, from release to release (``lad25cd``, ``east1m``)."""


@lru_cache(maxsize=4)
def directory(path: Path | str | None = None) -> pd.DataFrame:
    """A postcode directory by postcode without spaces: ``oseast1m``, ``osnrth1m`` (metres), ``laua`` (authority).

    The default holds only the few postcodes that exported returns use. For an authority's own return, give a copy of
    the ONS Postcode Directory (CSV; columns pcd or pcds, oseast1m, osnrth1m, oslaua).
    """
    try:
        table = pd.read_csv(path or BUILT_IN, dtype=str, encoding="utf-8-sig", usecols=lambda name: bool(_column(name)))
    except (OSError, ValueError, pd.errors.ParserError):
        raise fault(path, "the postcode directory cannot be read as a CSV file.") from None
    table = _newest(table)
    for name in ("pcd", "oseast1m", "osnrth1m", "laua"):
        if name not in table:
            raise fault(f"{path}: row 1", f"the postcode directory has no column {name}.")
    table = table[["pcd", "oseast1m", "osnrth1m", "laua"]]
    table["pcd"] = squeezed(table["pcd"])
    for name in ("oseast1m", "osnrth1m"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table.dropna(subset=["pcd"]).drop_duplicates("pcd").set_index("pcd")


def _column(heading: object) -> str:
    """Which of our columns a heading is, or an empty string."""
    text = re.sub(r"[^a-z0-9_]", "", str(heading).strip().lower().replace(" ", "_"))
    return next((name for name, pattern in NAMES.items() if re.fullmatch(pattern, text)), "")


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    """The table under our names; of several columns of one kind (``lad21cd``, ``lad23cd``) that of the latest release."""
    own: dict[str, str] = {}
    for heading in sorted(table.columns, key=lambda heading: (re.sub(r"\D", "", str(heading)), table[heading].notna().sum())):
        own[_column(heading)] = heading
    return table[list(own.values())].rename(columns={heading: name for name, heading in own.items()})


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
