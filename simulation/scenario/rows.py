"""Tables in a scenario, such as the duties: a list replaces the table, a mapping changes rows of it by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from simulation.scenario.reader import DEFAULT, Node
from simulation.settings import Parameters


def expand_tables(node: Node) -> Node:
    """The merged file in which every table given as ``{row name: {...}}`` is the whole list, defaults included."""
    value = dict(node.value)
    for section, table in tables():
        given = value.get(section)
        if given is None or not isinstance(given.value, dict) or table not in given.value:
            continue
        rows = given.value[table]
        if isinstance(rows.value, dict):
            whole = changed_rows(_defaults(section, table), rows)
            value[section] = Node({**given.value, table: whole}, given.place)
    return Node(value, node.place)


def changed_rows(rows: Node, changes: Node) -> Node:
    """A list of rows with those named in ``changes`` changed, added, or (where nothing is given) left out."""
    named: dict[Any, Node] = {row.value["name"].value: row for row in rows.value if is_row(row)}
    for name, change in changes.value.items():
        if change.value is None:
            named.pop(name, None)
        elif isinstance(change.value, dict):
            before = named[name].value if name in named else {"name": Node(name, change.place)}
            named[name] = Node({**before, **change.value}, change.place)
        else:
            named[name] = change  # a fault that the schema will name
    return Node(list(named.values()), changes.place)


def is_row(row: Node) -> bool:
    """Whether this is a row of a table: a mapping with a name."""
    return isinstance(row.value, dict) and "name" in row.value and isinstance(row.value["name"].value, str)


@lru_cache(maxsize=1)
def tables() -> tuple[tuple[str, str], ...]:
    """Section and name of every setting that is a table of named rows."""
    return tuple((section, name) for section, of in Parameters.model_fields.items()
                 if isinstance(of.annotation, type) and issubclass(of.annotation, BaseModel)
                 for name, field in of.annotation.model_fields.items() if row_model(field.annotation))


def row_model(annotation: Any) -> type[BaseModel] | None:
    """The model of a table's rows, if ``annotation`` is a list of models that have a name."""
    inner = get_args(annotation)
    if get_origin(annotation) is list and inner and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
        return inner[0] if "name" in inner[0].model_fields else None
    return None


def _defaults(section: str, table: str) -> Node:
    rows = getattr(getattr(Parameters(), section), table)
    plain = [row.model_dump(mode="json", exclude_unset=True) for row in rows]
    return Node([Node({key: Node(value, DEFAULT) for key, value in row.items()}, DEFAULT) for row in plain], DEFAULT)
