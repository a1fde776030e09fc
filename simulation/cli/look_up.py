"""Finding one setting, measure or rule by its name, a part of it, or a word of its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simulation.base.errors import fault, nearest
from simulation.base.measures import REGISTER, Measure
from simulation.scenario import names as dotted
from simulation.scenario.names import Setting, settings
from simulation.settings import Parameters
from simulation.settings.section import CONFIDENCE

MOST = 40
"""Names listed when several fit."""
BESIDE = 15
"""Names listed beside one that fits exactly."""
WORDS = {"bed": "own_home_place", "beds": "own_home_place", "staff": "workforce", "salary": "pay", "carer": "foster"}
"""Words people use for what the settings call otherwise."""
SMALL = ("one", "two", "three", "four", "five", "six", "new", "the", "and", "for", "more")
"""Words that say nothing of what is meant."""
ROWS = {
    "supply.named_places": "{name: Oak House, kind: home own, x_miles: 1.5, y_miles: -2, places: 2, age_low: 10, price_gbp: 5200}"
}
"""A row of a table as an example."""
LOOKS_BACK = re.compile(r"(The same\b|Of them\b|Places in them\b|Those of them\b)")
"""Meanings that lean on that of the setting before, which a reader of one line does not see."""


def described(name: str) -> str:
    """What is known of the setting, measure, rule or section called ``name``.

    Several that fit are listed, a line each. Raises Faults with the nearest name if none does.
    """
    wanted = name.strip()
    found = _exactly(wanted)
    if found:
        return "\n\n".join([*found, *_beside(wanted)])
    near = _alike(wanted) or ([] if _nearest(wanted) else _by_words(wanted))
    if not near:
        raise fault("describe", f"there is no setting, measure or rule '{name}'.{_nearest(wanted)}")
    if len(near) == 1:
        return "\n\n".join(_exactly(near[0][0]))
    return f"{len(near)} names fit '{name}':\n{_listed(near, MOST)}"


def _listed(near: list[tuple[str, str]], most: int) -> str:
    more = f"\nand {len(near) - most} more; say more of the name" if len(near) > most else ""
    return "\n".join(f"  {one}: {meaning}" for one, meaning in near[:most]) + more


def _beside(name: str) -> list[str]:
    """For a plain word that is the name of one thing: what else has it in its name, a measure of that word say."""
    if "." in name or "_" in name or name in Parameters.model_fields:
        return []
    part = _plain(name)
    others = [one for one in _alike(name) if part in _plain(one[0]) and _plain(one[0].rsplit(".", 1)[-1]) != part]
    return [f"'{name}' is also in the name of:\n{_listed(others, BESIDE)}"] if others else []


def _by_words(name: str) -> list[tuple[str, str]]:
    """What fits any word of ``name``, or what the settings call it: ``two-bed`` finds the places of a home."""
    words = [word for word in re.findall(r"[a-z]+", name.lower()) if len(word) > 2 and word not in SMALL]
    found = [one for word in words for one in _alike(WORDS.get(word, word))]
    return list(dict.fromkeys(found))


def _exactly(name: str) -> list[str]:
    """Everything that has this very name: a setting in full or by its last part, a measure, a rule, a section."""
    known, plain = settings(), _plain(name)
    whole = [known[name]] if name in known else [setting for other, setting in known.items() if other.rsplit(".", 1)[-1] == name]
    row = dotted.find(name, Parameters()) if not whole and "." in name else None
    told = [_setting(setting) for setting in [*whole, *([row] if row else [])]]
    told += [_measure(REGISTER[name])] if name in REGISTER else []
    told += [_rule(number, rule) for number, rule in enumerate(_week(), 1) if _plain(rule.__name__) == plain]
    if name in Parameters.model_fields:
        told.append(_section(name))
    return told


def _alike(name: str) -> list[tuple[str, str]]:
    """Names with what they mean: those that contain ``name``, then those whose meaning does."""
    part, word = _plain(name), name.lower().replace("_", " ")
    every = [(setting.name, meaning(setting.name)) for setting in settings().values()]
    every += [(measure.name, measure.meaning) for measure in REGISTER.values()]
    every += [(rule.__name__, " ".join(rule.sentence().split())) for rule in _week()]
    named = [one for one in every if part and part in _plain(one[0])]
    return named + [one for one in every if one not in named and len(word) > 2 and word in one[1].lower()]


def meaning(name: str) -> str:
    """The meaning of a setting, with that of the setting it leans on where it begins ``The same`` or ``Of them``."""
    own = settings()[name].meaning
    if not LOOKS_BACK.match(own):
        return own
    before = list(settings())[: list(settings()).index(name)]
    first = next((one for one in reversed(before) if not LOOKS_BACK.match(settings()[one].meaning)), "")
    return f"{own} ({first}: {settings()[first].meaning.rstrip('.')}.)" if first else own


def _nearest(name: str) -> str:
    known = [*settings(), *REGISTER, *(rule.__name__ for rule in _week()), *Parameters.model_fields]
    leaves = {setting.rsplit(".", 1)[-1]: setting for setting in settings()}
    return nearest(name, known) or nearest(name, leaves)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())


def _week() -> Iterable[Any]:
    from simulation.model.week import WEEK

    return WEEK


def _setting(setting: Setting) -> str:
    limits = f", from {setting.low:g} to {setting.high:g} allowed" if setting.low is not None and setting.high is not None else ""
    prior = f"\n  plausible: {setting.prior[0]:g} to {setting.prior[1]:g}" if setting.prior else ""
    known = CONFIDENCE.get(setting.confidence, "")
    known = "" if known == setting.source else known
    unit = "" if setting.unit == "choice" else f" {setting.unit}"
    told = meaning(setting.name) if setting.name in settings() else setting.meaning
    return (
        f"setting {setting.name}\n  {told}\n  default: {_value(setting.default)}{unit}{limits}{prior}{_row(setting.name)}\n"
        f"  source: {setting.source or '-'}{f' ({known})' if known else ''}"
    )


def _value(default: Any) -> str:
    """A default in words: a table by its rows, an empty one as none, a list as it is written."""
    if not isinstance(default, list):
        return str(default)
    if not default:
        return "none"
    return f"a table of {len(default)} rows" if isinstance(default[0], BaseModel) else str(default)


def _row(name: str) -> str:
    """For a setting that is a table: what a row holds, and a row as a scenario file would write it."""
    section, _, leaf = name.partition(".")
    model = Parameters.model_fields[section].annotation
    field = getattr(model, "model_fields", {}).get(leaf)
    kinds = get_args(field.annotation) if field else ()
    rows = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    if not rows:
        return ""
    cells = [f"    {cell}: {about.description}{_allowed(about)}" for cell, about in rows[0].model_fields.items()]
    example = ROWS.get(name)
    return "\n  each row:\n" + "\n".join(cells) + (f"\n  for example: {example}" if example else "")


def _allowed(field: FieldInfo) -> str:
    """What a cell may hold, and its default."""
    words = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    limits = {kind: getattr(limit, kind) for limit in field.metadata for kind in ("ge", "le") if hasattr(limit, kind)}
    span = f" {limits['ge']:g} to {limits['le']:g}." if len(limits) == 2 else ""
    told = f" One of {', '.join(map(str, words))}." if words else span
    return told + ("" if field.is_required() else f" Default {field.default}.")


def _measure(measure: Measure) -> str:
    over = f"{measure.scale:g} x {measure.numerator} / {measure.denominator}" if measure.how == "ratio" else measure.how
    better = {"more": "more is better", "less": "less is better", "": "neither way is better by itself"}[measure.better]
    floor = "; a safety floor" if measure.floor else ""
    groups = f"\n  broken down by: {', '.join(measure.groups)}" if measure.groups else ""
    return (
        f"measure {measure.name}\n  {measure.meaning}\n  unit: {measure.unit}; over weeks: {over}; {measure.status}\n"
        f"  {better}{floor}{groups}"
    )


def _rule(number: int, rule: Any) -> str:
    sentence = " ".join(rule.sentence().split())
    return (
        f"rule {rule.__name__} (number {number} of the week)\n  {sentence}\n  reads: {', '.join(sorted(rule.reads)) or '-'}\n"
        f"  writes: {', '.join(sorted(rule.writes)) or '-'}\n  source: {rule.source or '-'}"
    )


def _section(name: str) -> str:
    inside = [setting.name for setting in settings().values() if setting.name.startswith(f"{name}.")]
    says = (Parameters.model_fields[name].annotation.__doc__ or "").strip().split("\n")[0]
    return f"section {name}: {says}\n" + "\n".join(f"  {one}: {settings()[one].meaning}" for one in inside)
