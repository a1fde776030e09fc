"""The JSON Schema of scenario files, for editors: draft-07, generated from the same declarations that check them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulation.scenario.files import packaged_scenarios
from simulation.scenario.form import Header
from simulation.scenario.names import Setting, settings
from simulation.scenario.rows import tables
from simulation.settings import Parameters

FILE = "scenario.schema.json"
_PLAIN = {"whole": "integer", "number": "number"}


def schema() -> dict[str, Any]:
    """The schema of a scenario file."""
    header, sections = (_draft_7(model.model_json_schema(mode="validation")) for model in (Header, Parameters))
    definitions = {**header.pop("definitions", {}), **sections.pop("definitions", {})}
    definitions["amounts"] = _amounts(numbers_only=True)
    definitions["values"] = _amounts(numbers_only=False)
    for operator, kind in (("add", "amounts"), ("multiply", "amounts"), ("set", "values")):
        definitions["ChangeForm"]["properties"][operator] = {"$ref": f"#/definitions/{kind}"}
    definitions["ChangeForm"]["oneOf"] = [{"required": [operator]} for operator in ("add", "multiply", "set")]
    _allow_rows_by_name(definitions, sections)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Headroom scenario",
        "description": "What a scenario may say; everything left out keeps its default.",
        "type": "object",
        "additionalProperties": False,
        "required": ["schema_version"],
        "properties": {**header["properties"], **sections["properties"]},
        "definitions": definitions,
    }


def text() -> str:
    """The schema as a file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def write(folder: Path | None = None) -> Path:
    """Write the schema beside the packaged scenarios, or in ``folder``; returns its path."""
    path = (folder or packaged_scenarios()) / FILE
    path.write_text(text(), encoding="utf-8")
    return path


def _draft_7(schema: Any) -> Any:
    """Pydantic's 2020-12 schema in the words of draft-07; defaults and titles that say nothing left out."""
    if isinstance(schema, list):
        return [_draft_7(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for key, value in schema.items():
        if (key == "title" and isinstance(value, str)) or (key == "format" and "pattern" in schema):
            continue
        if key == "$ref":
            value = value.replace("#/$defs/", "#/definitions/")
        made[{"$defs": "definitions", "prefixItems": "items"}.get(key, key)] = _draft_7(value)
    if "items" in made and isinstance(made["items"], list):
        made["additionalItems"] = False
    return made


def _amounts(numbers_only: bool) -> dict[str, Any]:
    """A mapping from dotted settings to amounts; rows of tables and entries of mappings by their own names."""
    known = [setting for setting in settings().values() if setting.kind != "choice" or not numbers_only]
    holders = [name for name, setting in settings().items() if isinstance(setting.default, (list, dict))]
    inside = "|".join(name.replace(".", r"\.") for name in holders)
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {setting.name: _amount(setting, numbers_only) for setting in known},
        "patternProperties": {rf"^({inside})\..+$": {"type": "number"} if numbers_only else {}},
        "additionalProperties": False,
    }


def _amount(setting: Setting, numbers_only: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"description": f"{setting.meaning} [{setting.unit}]"}
    return told | ({"type": "number"} if numbers_only else {"type": _PLAIN[setting.kind]} if setting.kind in _PLAIN else {})


def _allow_rows_by_name(definitions: dict[str, Any], sections: dict[str, Any]) -> None:
    """Tables may be given as a list (the whole table) or as a mapping that changes rows by name."""
    for section, table in tables():
        name = sections["properties"][section]["$ref"].rsplit("/", 1)[-1]
        whole = definitions[name]["properties"][table]
        row = whole["items"]["$ref"].rsplit("/", 1)[-1]
        changed = {**definitions[row], "required": []}
        told = {key: whole.pop(key) for key in ("description",) if key in whole}
        by_name = {"type": "object", "additionalProperties": {"anyOf": [changed, {"type": "null"}]}}
        definitions[name]["properties"][table] = {**told, "anyOf": [whole, by_name]}
