"""The names of England's authorities, their codes through the years, and which of them a person means."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

FILE = Path(__file__).with_name("authorities.csv")
SAID_ALSO = {
    "bcp": "E06000058", "rbwm": "E06000040", "rbkc": "E09000020", "lbhf": "E09000013", "cambs": "E10000003", "glos": "E10000013",
    "bucks": "E06000060", "hants": "E10000014", "herts": "E10000015", "lancs": "E10000017", "leics": "E10000018",
    "lincs": "E10000019", "northants": "E10000021", "notts": "E10000024", "oxon": "E10000025", "shrops": "E06000051",
    "staffs": "E10000028", "warks": "E10000031", "wilts": "E06000054", "worcs": "E10000034",
}  # fmt: skip
"""Short names that share no word with the official one."""
CEREMONY = re.compile(
    r"\b(city|county|borough|district|metropolitan|royal|london|unitary|authority|council|mbc|cc|lb|bc|the|of)\b"
)
BEFORE_A_CHANGE = re.compile(r"\(?pre[ -]?lgr[ -]*\(?\d{4}\)?")
"""Words that registers put round the name of an authority that was reorganised."""
ALIKE = 0.7
MOST_OFFERED = 3


@dataclass(frozen=True)
class Known:
    """One authority: the code used here, name, region, the last day it was one (or none) and what came after it."""

    code: str
    name: str
    region: str
    last_day: dt.date | None
    succeeded_by: tuple[str, ...]


@functools.cache
def _table() -> pd.DataFrame:
    return pd.read_csv(FILE, comment="#", dtype=str, keep_default_na=False)


@functools.cache
def known() -> dict[str, Known]:
    """Every authority by the code used here."""
    own = _table()[lambda rows: rows["code"] == rows["now"]]
    return {
        row.code: Known(row.code, row.la_name, row.region, _day(row.last_day) if row.succeeded_by else None,
                        tuple(filter(None, row.succeeded_by.split(";"))))
        for row in own.itertuples()
    }  # fmt: skip


@functools.cache
def codes() -> dict[str, str]:
    """The code used here for every code that the same area has had."""
    return dict(zip(_table()["code"], _table()["now"], strict=True))


def in_force(code: str, year: int) -> bool:
    """Whether a code was that of its area on 31 March of ``year``; codes that nobody knows are."""
    day = f"{year}-03-31"
    row = _table()[_table()["code"] == code]
    return row.empty or bool((row["first_day"].iloc[0] <= day) & (day <= (row["last_day"].iloc[0] or "9999")))


def by_name(name: str, year: int) -> str:
    """The code of the authority of that name on 31 March of ``year``, or an empty string."""
    alike = [one for one in known().values() if plain(one.name) == plain(name)]
    there = [one.code for one in alike if in_force(one.code, year)]
    return there[0] if len(there) == 1 else alike[0].code if len(alike) == 1 else ""


def called(name: str) -> list[Known]:
    """The authorities of that very name (but for words of ceremony and short names in use) or code."""
    words, code = plain(name), codes().get(name.strip().upper(), "")
    return [one for one in known().values() if code == one.code or plain(one.name) == words or SAID_ALSO.get(words) == one.code]


def plain(name: str) -> str:
    """A name in small letters without punctuation and words of ceremony: ``Bristol, City of`` is ``bristol``."""
    text = BEFORE_A_CHANGE.sub(" ", name.casefold()).replace("&", " and ").replace("'", "")
    words = re.sub(r"[^a-z0-9]+", " ", text).strip()
    return " ".join(CEREMONY.sub(" ", words).split()) or words


def meant(wanted: str, there: Iterable[Known]) -> list[Known]:
    """Which authorities a name may mean: of that name, with its words, known by it for short, else spelt much like it."""
    words, names = plain(wanted), list(there)
    same = [one for one in names if plain(one.name) == words or one.code == SAID_ALSO.get(words)]
    if same or not words:
        return same
    whole = [one for one in names if set(words.split()) <= set(plain(one.name).split())]
    return whole or _spelt_like(words, names)


def _spelt_like(words: str, names: list[Known]) -> list[Known]:
    """The authority whose name, or as many of its words as were given, is spelt most like it; none if none is near."""
    many = len(words.split())

    def alike(one: Known) -> float:
        own = plain(one.name).split()
        parts = [" ".join(own[at : at + many]) for at in range(max(len(own) - many + 1, 1))]
        return max(difflib.SequenceMatcher(None, words, part).ratio() for part in {plain(one.name), *parts})

    nearest = max(names, key=alike, default=None)
    return [nearest] if nearest is not None and alike(nearest) >= ALIKE else []


def hint(wanted: str, in_table: Iterable[Known]) -> str:
    """A sentence on what was probably meant, among the authorities of a table and among all; it says which is not there."""
    here = {one.code: one for one in in_table}
    found = meant(wanted, [*here.values(), *known().values()])
    present = dict.fromkeys(here[one.code].name for one in found if one.code in here)
    if present:
        return " Did you mean " + " or ".join(f"'{name}'" for name in list(present)[:MOST_OFFERED]) + "?"
    if not found:
        return ""
    named = " or ".join(f"'{one.name}' ({one.code})" for one in found[:MOST_OFFERED])
    how = "It is" if plain(found[0].name) == plain(wanted) else "It may be"
    return f" {how} {named}, of which the table has nothing. {ended(found[0].code)}".rstrip()


def ended(code: str) -> str:
    """A sentence on an authority that is none any more and what came after it; empty for any other."""
    one = known().get(code)
    if one is None or one.last_day is None:
        return ""
    after = " and ".join(known()[each].name for each in one.succeeded_by)
    return f"{one.name} ({code}) was an authority until {one.last_day.day} {one.last_day:%B %Y}; since then there is {after}."


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
