"""The reference: the week rule by rule, every setting, every measure; on the screen and as pages in ``docs/``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from simulation.base.errors import fault
from simulation.base.measures import MEASURES, Measure
from simulation.scenario.names import Setting, settings
from simulation.settings import Parameters
from simulation.settings.section import CONFIDENCE

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_WRITTEN_BY = "<!-- written by `run.py describe --write`: change the declarations, not this page -->"
_BETTER = {"more": "more is better", "less": "less is better", "": ""}


def text(what: str | None = None) -> str:
    """The week, the parameters or the measures in plain text; all three if None."""
    parts: dict[str, Callable[[], str]] = {"week": _week_text, "parameters": _parameters_text, "measures": _measures_text}
    return "\n\n".join(part() for name, part in parts.items() if what in (None, name))


def pages() -> dict[str, str]:
    """The generated pages by file name, as they should be now."""
    return {
        "parameters.md": _parameters_page(),
        "measures.md": _measures_page(),
        "odd.md": _odd_page(),
        "data_dictionary.md": _dictionary_page(),
    }


def write(folder: Path = _DOCS) -> list[Path]:
    """Write the generated pages; returns their paths. Raises Faults outside a checkout."""
    if not folder.is_dir():
        raise fault(folder, "the pages are written in a checkout, which has a folder docs.")
    for name, page in pages().items():
        (folder / name).write_text(page, encoding="utf-8")
    return [folder / name for name in pages()]


def _dictionary_page() -> str:
    from simulation.results.dictionary import markdown

    return markdown(_WRITTEN_BY)


def _week() -> list[tuple[str, str, Any]]:
    """Name in words, sentence and class of each rule, in order."""
    from simulation.model.week import WEEK

    return [(_in_words(rule.__name__), _sentence(rule), rule) for rule in WEEK]


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).capitalize()


def _sentence(rule: Any) -> str:
    return " ".join(rule.sentence().split())


def _week_text() -> str:
    lines = ["THE WEEK, IN ORDER"]
    for number, (name, sentence, rule) in enumerate(_week(), 1):
        lines += [f"{number:>2} {name}: {sentence}", f"     reads {_listed(rule.reads)}", f"     writes {_listed(rule.writes)}",
                  f"     source {rule.source or '-'}"]  # fmt: skip
    return "\n".join(lines)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _week_table() -> str:
    rows = [(str(number), name, sentence, _code(rule.reads), _code(rule.writes), rule.source)
            for number, (name, sentence, rule) in enumerate(_week(), 1)]
    return _table(("", "Rule", "What it does", "Reads", "Writes", "Source"), rows)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _odd_page() -> str:
    """``docs/odd.md`` with the parts between ``<!-- begin: x -->`` and ``<!-- end -->`` written anew."""
    page = (_DOCS / "odd.md").read_text(encoding="utf-8")
    parts = {"week": _week_table, "sections": _sections_table}
    for name, part in parts.items():
        before, begin, rest = page.partition(f"<!-- begin: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        page = f"{before}{begin}{part()}\n{end}{after}"
    return page


def _sections_table() -> str:
    every = settings().values()
    rows = []
    for name, field in Parameters.model_fields.items():
        inside = [setting for setting in every if setting.name.startswith(f"{name}.")]
        priors = sum(setting.confidence in ("M", "J") for setting in inside)
        rows.append((f"`{name}`", _first_line(field.annotation), str(len(inside)), str(priors)))
    return _table(("Section", "What it holds", "Settings", "of them priors"), rows)


def _first_line(kind: Any) -> str:
    return (kind.__doc__ or "").strip().split("\n")[0]


def _parameters_text() -> str:
    lines = ["SETTINGS (name: default [unit], bounds; meaning; source, confidence)"]
    for setting in settings().values():
        known = CONFIDENCE.get(setting.confidence, "")
        lines.append(f"{setting.name}: {_default(setting)} [{setting.unit}]{_bounds(setting)}; {setting.meaning} "
                     f"{setting.source}{f' ({known})' if known != setting.source else ''}")
    return "\n".join(lines)


def _parameters_page() -> str:
    parts = [_WRITTEN_BY, "# Settings", "",
             "What a scenario may set, with its default, source and how sure we are of it. "
             + "; ".join(f"**{letter}** {meaning}" for letter, meaning in CONFIDENCE.items())
             + ". Where a prior range is given, ensembles draw from it evenly.", ""]  # fmt: skip
    for name, field in Parameters.model_fields.items():
        rows = [_row(setting) for setting in settings().values() if setting.name.startswith(f"{name}.")]
        head = ("Setting", "Default", "Unit", "Bounds", "Prior", "Meaning", "Source", "")
        parts += [f"## `{name}`", "", _first_line(field.annotation), "", _table(head, rows) if rows else "(no settings)", ""]
    return "\n".join(parts)


def _row(setting: Setting) -> tuple[str, ...]:
    prior = f"{setting.prior[0]:g} to {setting.prior[1]:g}" if setting.prior else ""
    told = (_default(setting), setting.unit, _bounds(setting).strip(), prior, setting.meaning, setting.source, setting.confidence)
    return (f"`{setting.name}`", *told)


def _default(setting: Setting) -> str:
    value = setting.default
    if isinstance(value, list) and value and hasattr(value[0], "name"):
        return f"{len(value)} rows: " + ", ".join(row.name for row in value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return str(value) if isinstance(value, (list, dict)) else {None: "none", True: "true", False: "false"}.get(value, str(value))


def _bounds(setting: Setting) -> str:
    return f" {setting.low:,.10g} to {setting.high:,.10g}" if setting.low is not None and setting.high is not None else ""


def _measures_text() -> str:
    lines = ["MEASURES (name [unit, how it adds up over weeks, status]; meaning)"]
    for measure in MEASURES:
        better = f"; {_BETTER[measure.better]}" if measure.better else ""
        lines.append(f"{measure.name} [{measure.unit}, {measure.how}, {measure.status}]: {measure.meaning}{better}")
    return "\n".join(lines)


def _measures_page() -> str:
    rows = [(f"`{measure.name}`", measure.meaning, measure.unit, _adds_up(measure), measure.status,
             _BETTER[measure.better] + (" (safety floor)" if measure.floor else ""), ", ".join(measure.groups),
             f"`{measure.published}`" if measure.published else "") for measure in MEASURES]  # fmt: skip
    head = ("Measure", "Definition", "Unit", "Over weeks", "Status", "Direction", "Breakdowns", "Published as")
    intro = ("What is measured. *Input* is imposed, *fitted* was used to set a parameter, *emergent* comes out of the model. "
             "Ratios are formed after adding up, never as a mean of weekly percentages.")
    return "\n".join([_WRITTEN_BY, "# Measures", "", intro, "", _table(head, rows), ""])


def _adds_up(measure: Measure) -> str:
    if measure.how != "ratio":
        return {"sum": "sum", "mean": "mean", "last": "last week"}[measure.how]
    scale = f"{measure.scale:g} x " if measure.scale != 1 else ""
    return f"{scale}`{measure.numerator}` / `{measure.denominator}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)
