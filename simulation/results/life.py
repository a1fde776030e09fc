"""One simulated child's life in sentences, from the result files: what a social worker would recognise, dates and waits named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from simulation.base.codes import KIND_CODE, KIND_NAME
from simulation.base.errors import fault
from simulation.base.wording import listed, ordinal, plural
from simulation.results import files
from simulation.results.folder import Results

PLACES = {
    "foster own": "with a foster carer of the authority", "foster agency": "with an agency foster carer",
    "foster kinship": "with relatives or friends", "home own": "in a children's home of the authority",
    "home private": "in a private children's home", "home voluntary": "in a voluntary children's home",
    "supported": "in supported accommodation", "secure": "in a secure unit", "parents": "with the parents, in care",
    "adoptive": "with the adoptive family", "emergency": "in an emergency arrangement", "other": "in another placement",
}  # fmt: skip
SAID = {
    "referred": "is referred", "enquiry_started": "a child protection enquiry begins",
    "assessment_completed": "the assessment is completed", "conference_held": "a child protection conference is held",
    "protection_plan_started": "a child protection plan begins",
    "letter_before_proceedings": "the parents get a letter before proceedings", "proceedings_issued": "care proceedings begin",
    "final_order": "the court makes its final order",
    "plan_asked_for": "somebody asks for a permanence plan, and work on it begins",
    "plan_signed_off": "the manager signs the plan off, and it goes to the panel",
    "plan_sent_back": "the manager sends the plan back for more work", "case_closed": "the case is closed",
    "worker_left": "the social worker leaves",
}  # fmt: skip
BEGAN = {
    "stock": "came into care", "proceedings": "comes into care with proceedings to follow",
    "section 20": "comes into care by agreement with the parents", "police protection": "comes into care under police protection",
    "return to care": "comes back into care", "unaccompanied": "comes into care as an unaccompanied child seeking asylum",
}  # fmt: skip
ENDED = {
    "eighteen": "turns eighteen and leaves care", "home planned": "goes home, as planned",
    "home unplanned": "goes home, unplanned",
    "special guardianship": "leaves care to a special guardian", "adopted": "is adopted",
    "discharge at home": "leaves care: the order ends at home", "other": "leaves care",
}  # fmt: skip
WAIT_DAYS = 28
"""A wait is named from this many days."""
QUIET = ("visit_made", "review_held")
"""Events that are counted between the others, and told only so."""
WORKER_GONE = "-1"


@dataclass
class Life:
    """A child's rows of the result files, dates in order; ``telling`` is what is already said."""

    child: int
    birth: dt.date
    sex: str
    care: pd.DataFrame
    placements: pd.DataFrame
    events: pd.DataFrame
    begins: dt.date
    workers: list[str] = field(default_factory=list)
    waits: dict[str, dt.date] = field(default_factory=dict)


def text(results: Results, scenario: str | None = None, replication: int = 1, child: int | None = None) -> str:
    """The life of ``child`` in one replication (of the first scenario unless told), in sentences; without a number, of one
    who shows much of the service. Raises Faults where there are no such events or no such child."""
    name = scenario or results.scenarios()[0]
    if name not in results.scenarios():
        raise fault("--scenario", f"'{name}' is not among the scenarios {', '.join(results.scenarios())}.")
    path = results.replication_file(name, replication, "events")
    if not path.exists():
        more = "only replication 1 has them unless the experiment was run with --events"
        raise fault("--replication", f"replication {replication} of {name} has no events: {more}.")
    events = files.read_parquet(path)
    care = files.read_parquet(results.replication_file(name, replication, "periods"))
    if results.stock_file(name):
        care = _without_real(care, child, results.stock_file(name))
    chosen, how = (child, "") if child is not None else instructive(care, events)
    life = _life(results, name, replication, chosen, care, events)
    head = f"Child {chosen} of {name}, replication {replication}. An invented child: nobody real is described."
    return "\n".join([head, *([how] if how else []), "", _who(life), *_sentences(life)])


def _without_real(care: pd.DataFrame, child: int | None, stock_file: str) -> pd.DataFrame:
    """Periods of the children who came later: no life of a child of a real return is told."""
    real = care.loc[care["started_before"].astype(bool), "child"]
    if child is not None and real.isin([child]).any():
        raise fault("--child", f"child {child} stands for one of the real children of {stock_file}: their future is not told.")
    return care[~care["child"].isin(real)]


def instructive(care: pd.DataFrame, events: pd.DataFrame) -> tuple[int, str]:
    """A child whose care begins and ends in the run: the most kinds of event, then the lowest number. And how it was chosen."""
    whole = care[~care["started_before"].astype(bool) & care["care_end"].notna()]
    known = events[events["event"] == "referred"]["child"]
    pool = whole["child"][whole["child"].isin(known)] if whole["child"].isin(known).any() else care["child"]
    kinds = events[events["child"].isin(pool)].groupby("child")["event"].nunique()
    if not len(kinds):
        raise fault("child", "no child of this replication has come into care.")
    chosen = int(kinds.sort_index().idxmax())
    how = "Chosen because referral, care and its end all lie in the run, with the most kinds of event; --child N tells another."
    return chosen, how


def _life(results: Results, name: str, replication: int, child: int, care: pd.DataFrame, events: pd.DataFrame) -> Life:
    mine = care[care["child"] == child].sort_values("care_start")
    if not len(mine):
        some = listed([str(one) for one in care["child"].drop_duplicates().head(3)])
        raise fault("--child", f"child {child} was never in care in this replication of {name}. Some who were: {some}.")
    placements = files.read_parquet(results.replication_file(name, replication, "placements"))
    own = placements[placements["child"] == child].sort_values("start")
    first = mine.iloc[0]
    weekly = files.read_parquet(results.replication_file(name, replication), ["date"])
    begins = pd.Timestamp(str(weekly["date"].iloc[0])).date()
    return Life(child, _day(first["birth_date"]), str(first["sex"]), mine, own, events[events["child"] == child], begins)


def _day(value: object) -> dt.date:
    return pd.Timestamp(str(value)).date()


def _who(life: Life) -> str:
    """Who the child is, and what is known from before the run."""
    first = life.care.iloc[0]
    said = [f"A {'girl' if life.sex == 'female' else 'boy'}, born on {_said(life.birth)}"]
    said += ["disabled"] if first["disabled"] else []
    said += ["unaccompanied"] if first["unaccompanied"] else []
    if siblings := int(first["siblings_in_care"]):
        said.append(f"with {'a brother or sister' if siblings == 1 else f'{siblings} brothers and sisters'} in care")
    lines = [", ".join(said) + "."]
    if first["started_before"]:
        lines.append(f"In care since {_said(_day(first['care_start']))}, before the run begins on {_said(life.begins)}.")
    return " ".join(lines)


def _said(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _age(life: Life, day: dt.date) -> str:
    """``aged 3 years 4 months``, ``aged 5 months``, or ``before birth``."""
    months = (day.year - life.birth.year) * 12 + day.month - life.birth.month - (day.day < life.birth.day)
    if day < life.birth:
        return "before birth"
    if months < 1:
        return f"aged {plural((day - life.birth).days, 'day')}"
    years, rest = divmod(months, 12)
    return "aged " + " ".join(plural(count, word) for count, word in ((years, "year"), (rest, "month")) if count)


def lasting(days: int) -> str:
    """A length of time as people say it: days to a fortnight, weeks to half a year, then months, then years."""
    if days < 15:
        return plural(days, "day")
    if days < 182:
        return plural(round(days / 7), "week")
    months = round(days / 30.44)
    years, rest = divmod(months, 12)
    return plural(months, "month") if months < 24 else plural(years, "year") + (f" {plural(rest, 'month')}" if rest else "")


def _sentences(life: Life) -> Iterator[str]:
    """A line for each day on which something is told; visits and reviews are counted in the line of the next."""
    quiet = dict.fromkeys(QUIET, 0)
    for date, rows in life.events.groupby("date", sort=True):
        day, told = _day(date), []
        for event, before, after in rows[["event", "from", "to"]].itertuples(index=False):
            if event in quiet:
                quiet[event] += 1
            elif words := _words(life, day, event, str(before), str(after)):
                told.append(words)
        if told:
            between, quiet = _between(quiet), dict.fromkeys(QUIET, 0)
            if between:
                yield f"  ({between}.)"
            yield f"{_said(day)}, {_age(life, day)}: {'; '.join(told)}."
    if between := _between(quiet):
        yield f"  ({between}.)"
    yield _ending(life)


def _between(quiet: dict[str, int]) -> str:
    told = [plural(quiet[event], word) for event, word in zip(QUIET, ("visit", "review"), strict=True) if quiet[event]]
    return f"Meanwhile {listed(told)}" if told else ""


def _words(life: Life, day: dt.date, event: str, before: str, after: str) -> str:
    """One event in words, with the wait that it ends."""
    if event == "worker_changed":
        return _worker(life, day, before, after)
    if event == "placed":
        return _placed(life, day, after)
    if event == "care_started":
        life.waits |= {"plan": day}
        return f"the child {BEGAN.get(after, 'comes into care')}"
    if event == "care_ceased":
        began = life.care[life.care["care_start"] <= pd.Timestamp(day)]["care_start"]
        length = f", after {lasting((day - _day(began.iloc[-1])).days)} in care" if len(began) else ""
        return f"the child {ENDED.get(after, 'leaves care')}{length}"
    if event == "permanent_home":
        return f"a permanent home is reached ({after})"
    if event == "plan_agreed":
        return f"the permanence plan is agreed{_against_due(life, day)}"
    if event == "worker_left":
        life.waits["worker"] = day
    subject = "the child " if event == "referred" else ""
    return subject + SAID.get(event, event.replace("_", " ")) + _since(life, day, event)


def _since(life: Life, day: dt.date, event: str) -> str:
    """The wait that an event ends, if it was a long one; and the beginning of the next."""
    ends = {"assessment_completed": ("referred", "the referral"), "plan_asked_for": ("plan", "coming into care"),
            "final_order": ("court", "proceedings began"), "plan_signed_off": ("asked", "it was asked for")}  # fmt: skip
    begins = {"referred": "referred", "proceedings_issued": "court", "plan_asked_for": "asked"}
    told = ""
    if event in ends and (since := life.waits.pop(ends[event][0], None)) and (day - since).days >= WAIT_DAYS:
        told = f", {lasting((day - since).days)} after {ends[event][1]}"
    if event in begins:
        life.waits[begins[event]] = day
    return told


def _against_due(life: Life, day: dt.date) -> str:
    """How the day of agreement lies to the second review, by which it was due."""
    now = life.care[(life.care["care_start"] <= pd.Timestamp(day)) & life.care["plan_due"].notna()]
    if not len(now):
        return ""
    late = (day - _day(now.iloc[-1]["plan_due"])).days
    return f", {lasting(late)} after the second review at which it was due" if late > 0 else ", in time for the second review"


def _worker(life: Life, day: dt.date, before: str, after: str) -> str:
    """The first, second, third social worker; a worker who comes back is named so; a wait without one is named."""
    known = after in life.workers
    if not known:
        life.workers.append(after)
    which = ordinal(life.workers.index(after) + 1)
    gone = life.waits.pop("worker", None)
    alone = f", after {lasting((day - gone).days)} without one" if gone and (day - gone).days >= 1 else ""
    if len(life.workers) == 1 and not known:
        held = "has" if day <= life.begins else "gets"
        return f"the child {held} a social worker"
    return f"the {which} social worker takes over{' again' if known else ''}{alone}"


def _placed(life: Life, day: dt.date, kind: str) -> str:
    """Where the child goes to live, how far from home, and for how long."""
    row = life.placements[(life.placements["start"] == pd.Timestamp(day)) & (life.placements["placement"] == _code(kind))]
    where = PLACES.get(kind, kind)
    if not len(row):
        return f"the child goes to live {where}"
    one = row.iloc[-1]
    far = f", {one['distance_miles']:.0f} miles from home" if kind != "parents" and one["distance_miles"] >= 1 else ""
    stays = f" (stays {lasting((_day(one['end']) - day).days)})" if pd.notna(one["end"]) else ""
    apart = ", apart from brothers and sisters" if not one["siblings_together"] else ""
    return f"the child goes to live {where}{far}{apart}{stays}"


def _code(kind: str) -> str:
    return KIND_CODE[KIND_NAME.index(kind)] if kind in KIND_NAME else ""


def _ending(life: Life) -> str:
    """What the life comes to: placements, workers, and whether a plan was agreed in time."""
    last = life.care.iloc[-1]
    open_ = "" if pd.notna(last["care_end"]) else "Still in care when the run ends. "
    plan = "" if pd.notna(last["plan_agreed"]) else " No permanence plan was agreed."
    homes = plural(int(last["n_placements"]), "placement")
    return f"{open_}In all {homes} in this period of care and {plural(max(len(life.workers), 1), 'social worker')}.{plan}"
