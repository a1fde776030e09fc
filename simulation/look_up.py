"""Finding one setting, measure or rule by its name, a part of it, or a word of its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from simulation.faults import fault, nearest
from simulation.measures import REGISTER, Measure
from simulation.parameters import Parameters
from simulation.parameters.base import CONFIDENCE
from simulation.scenario import names as dotted
from simulation.scenario.names import Setting, settings

MOST = 15
"""Names listed when several fit."""


def described(name: str) -> str:
    """What is known of the setting, measure, rule or section called ``name``.

    Several that fit are listed, a line each. Raises Faults with the nearest name if none does.
    """
    wanted = name.strip()
    found = _exactly(wanted)
    if found:
        return "\n\n".join(found)
    near = _alike(wanted)
    if not near:
        raise fault("describe", f"there is no setting, measure or rule '{name}'.{_nearest(wanted)}")
    if len(near) == 1:
        return "\n\n".join(_exactly(near[0][0]))
    more = f"\nand {len(near) - MOST} more; say more of the name" if len(near) > MOST else ""
    return f"{len(near)} names fit '{name}':\n" + "\n".join(f"  {one}: {meaning}" for one, meaning in near[:MOST]) + more


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
    every = [(setting.name, setting.meaning) for setting in settings().values()]
    every += [(measure.name, measure.meaning) for measure in REGISTER.values()]
    every += [(rule.__name__, " ".join(rule.sentence().split())) for rule in _week()]
    named = [one for one in every if part and part in _plain(one[0])]
    return named + [one for one in every if one not in named and len(word) > 2 and word in one[1].lower()]


def _nearest(name: str) -> str:
    known = [*settings(), *REGISTER, *(rule.__name__ for rule in _week()), *Parameters.model_fields]
    leaves = {setting.rsplit(".", 1)[-1]: setting for setting in settings()}
    return nearest(name, known) or nearest(name, leaves)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", name.lower())


def _week() -> Iterable[Any]:
    from simulation.rules import WEEK

    return WEEK


def _setting(setting: Setting) -> str:
    limits = f", from {setting.low:g} to {setting.high:g} allowed" if setting.low is not None and setting.high is not None else ""
    prior = f"\n  plausible: {setting.prior[0]:g} to {setting.prior[1]:g}" if setting.prior else ""
    known = CONFIDENCE.get(setting.confidence, "")
    known = "" if known == setting.source else known
    value = setting.default if not isinstance(setting.default, list) else f"a table of {len(setting.default)}"
    value = f"{value} {setting.unit}".strip()
    return (
        f"setting {setting.name}\n  {setting.meaning}\n  default: {value}{limits}{prior}\n"
        f"  source: {setting.source or '-'}{f' ({known})' if known else ''}"
    )


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
