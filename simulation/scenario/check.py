"""Turning what pydantic finds into plain faults: where, which setting, what was given, what is allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from simulation.base.errors import Fault, nearest
from simulation.scenario.form import SCHEMA_VERSION, top_names
from simulation.scenario.names import settings, suggestion
from simulation.scenario.reader import Node
from simulation.scenario.rows import is_row
from simulation.settings import Parameters

M = TypeVar("M", bound=BaseModel)
_WANTED = {
    "int_type": "a whole number", "int_from_float": "a whole number", "int_parsing": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "finite_number": "a finite number",
    "string_type": "text", "bool_type": "true or false", "none_required": "empty",
    "list_type": "a list, such as [1, 2]", "tuple_type": "a list, such as [1, 2]", "set_type": "a list, such as [1, 2]",
    "dict_type": "a mapping, such as {name: 1}", "model_type": "a mapping of settings",
    "model_attributes_type": "a mapping of settings", "dataclass_type": "a mapping of settings",
    "date_type": "a date, such as 2020-09-01", "date_parsing": "a date, such as 2020-09-01",
    "date_from_datetime_parsing": "a date, such as 2020-09-01", "date_from_datetime_inexact": "a date, such as 2020-09-01",
}  # fmt: skip
_LIMITS = {
    "greater_than_equal": ("is below the lowest allowed,", "ge"), "less_than_equal": ("is above the highest allowed,", "le"),
    "greater_than": ("is not above", "gt"), "less_than": ("is not below", "lt"),
}  # fmt: skip


def validate_settings(model: type[M], node: Node, names: Iterable[str]) -> tuple[M | None, list[Fault]]:
    """The top-level settings called ``names`` as a ``model``, and every fault in them."""
    return _validate(model, {name: node.value[name].plain() for name in names if name in node.value}, node, ())


def validate_part(model: type[M], node: Node, path: tuple[Any, ...]) -> tuple[M | None, list[Fault]]:
    """What is written at ``path`` as a ``model``, and every fault in it."""
    return _validate(model, node.find(path).plain(), node, path)


def _validate(model: type[M], given: Any, node: Node, path: tuple[Any, ...]) -> tuple[M | None, list[Fault]]:
    try:
        return model.model_validate_json(json.dumps(given), strict=True), []
    except ValidationError as error:
        return None, [_fault(detail, node, model, path) for detail in error.errors(include_url=False)]


def unknown_settings(node: Node) -> list[Fault]:
    """Top-level settings that do not exist."""
    wrong = [(name, inner) for name, inner in node.value.items() if name not in top_names()]
    return [Fault(f"{inner.place}: {name}", _unknown_at_top(name)) for name, inner in wrong]


def _unknown_at_top(name: str) -> str:
    if name in settings():
        section, _, leaf = name.partition(".")
        below = f"Write '{section}:' and, indented on the next line, '{leaf}: ...'."
        return f"a dotted name stands only in changes and in uncertain. {below}"
    return f"'{name}' is not a setting.{nearest(name, top_names()) or suggestion(name)}"


def _fault(detail: Any, node: Node, model: type[BaseModel], above: tuple[Any, ...]) -> Fault:
    """One finding of pydantic in a ``model`` written at ``above``, as a fault at its place in the file."""
    path = (*above, *detail["loc"])
    where = f"{node.find(path).place}: {setting_name(path, node)}"
    if detail["type"] == "missing":
        return Fault(where, f"'{path[-1]}' is missing.")
    if detail["type"] == "extra_forbidden":
        return Fault(where, f"'{path[-1]}' is not a setting here.{_nearest(detail['loc'], model)}")
    return Fault(where, _message(detail, path))


def setting_name(path: tuple[Any, ...], node: Node) -> str:
    """The dotted name of a place in the file: ``changes[2].add``, ``casework.duties.visit``; pydantic's own steps left out.

    Changes are counted within the file that gives them, not from the first of the scenario that it extends.
    """
    name, here = "", node
    for step in path:
        inside = here.value
        if isinstance(inside, list) and isinstance(step, int) and step < len(inside):
            here = inside[step]
            number = sum(one.place.file == here.place.file for one in inside[: step + 1])
            name += f".{here.value['name'].value}" if is_row(here) else f"[{number}]"
        elif isinstance(inside, dict):
            name += f".{step}" if name else str(step)
            if step not in inside:
                break
            here = inside[step]
    return name


def _message(detail: Any, path: tuple[Any, ...]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    given = show(detail["input"])
    if kind in _LIMITS:
        words, bound = _LIMITS[kind]
        if path == ("schema_version",):
            return f"this file is of version {given}; this program reads up to {SCHEMA_VERSION}. Use a newer program."
        return f"{given} {words} {show(context[bound])}.{share_hint(detail['input'], context[bound] if bound == 'le' else None)}"
    if kind in _WANTED:
        return f"{given} is not {_WANTED[kind]}.{share_hint(detail['input'])}"
    if kind in ("literal_error", "enum"):
        allowed = [str(word).strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        return f"{given} is not one of {', '.join(allowed)}.{nearest(str(detail['input']), allowed)}"
    if kind == "string_pattern_mismatch" and path[:1] == ("rules",):
        return f"a rule is named module:Class, such as my_rules:EarlyPermanence{_and_given(detail['input'])}."
    if kind == "value_error":
        return f"{str(context['error']).rstrip('.')}{_and_given(detail['input'])}."
    return f"{detail['msg'].rstrip('.')}{_and_given(detail['input'])}."


def share_hint(given: Any, most: float | None = None) -> str:
    """How a share is written, for who wrote a percentage: ``12%`` is 0.12, and 12% more than now 1.12; else empty.

    most: the highest value allowed; above a highest of 1, a number up to 100 is taken for a percentage too.
    """
    percent = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", given) if isinstance(given, str) else None
    if percent:
        part = float(percent[1]) / 100
        return f" A share of {percent[1]}% is written {part:g}; a ratio {percent[1]}% higher than now, {1 + part:g}."
    if most == 1 and isinstance(given, int | float) and 1 < given <= 100:
        return f" {given:g}% is written {given / 100:g}."
    return ""


def _and_given(value: Any) -> str:
    return "" if isinstance(value, (dict, list)) else f"; given {show(value)}"


def _nearest(path: tuple[Any, ...], model: type[BaseModel]) -> str:
    """The nearest name among the settings beside the unknown one; else the same setting in another section."""
    beside = _model_at(model, path[:-1])
    names = _names(beside) if beside else []
    return nearest(str(path[-1]), names) or (suggestion(".".join(map(str, path))) if model is Parameters else "")


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel] | None:
    """The model whose settings are found at ``path`` below ``model``."""
    here: type[BaseModel] | None = model
    for step in path:
        if here is None:
            return None
        fields = {field.alias or name: field for name, field in here.model_fields.items()}
        if step in fields:
            here = _model_in(fields[step].annotation)
    return here


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model named in a type: Lever in ``Lever | None``, Duty in ``list[Duty]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def show(value: Any) -> str:
    """A value as the user would write it, cut short."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:g}" if isinstance(value, float) else f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:50]}..."
