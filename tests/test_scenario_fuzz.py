"""Whatever is in the file, loading ends in a scenario or in Faults: never another error, never a hang."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulation.base.errors import Faults
from simulation.scenario import load, settings
from simulation.scenario.form import Header

NAMES = [*list(settings()), *Header.model_fields, "casework", "duties", "visit", "hours", "from", "until", "add", "set", "multiply", "ramp_months",
         "name", "x", "", "workforce", "stock"]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(
    ["2020-09", "2020-09-01", "NO", "base.yaml", "../x", "=cmd()", "<script>", "9" * 30, *NAMES])  # fmt: skip
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4), max_leaves=12)
AMOUNTS = st.dictionaries(st.sampled_from(NAMES), SCALARS, min_size=1, max_size=2)
CHANGES = st.fixed_dictionaries({"from": st.sampled_from(["2020-09", "2021-01-31", "2030-01"])}, optional={
    "add": AMOUNTS, "multiply": AMOUNTS, "set": AMOUNTS, "until": SCALARS, "ramp_months": SCALARS})  # fmt: skip


def loads_or_faults(path: Path, *overrides: str) -> None:
    """Nothing but a scenario or Faults with one full sentence each."""
    try:
        load(path, overrides, scenarios_dir=path.parent)
    except Faults as faults:
        assert faults.faults
        for fault in faults.faults:
            assert fault.where
            assert fault.message.rstrip("'\"").endswith((".", "?")), fault.message
            assert "pydantic" not in str(fault)
            assert "Traceback" not in str(fault)


@given(raw=st.binary(max_size=300))
@example(raw=b"a: &a [*a]")
@example(raw=b"? ? ? 1")
@example(raw=b"%YAML 9.9\n---\na: 1")
@example(raw=b"%TAG ! tag:x,2000:\n---\na: !b 1")
@example(raw=b"a: |\n  x\n b: 1")
def test_any_bytes(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_bytes(raw)
    loads_or_faults(path)


@given(text=st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,? \n\t\\~0159.", max_size=120))
def test_any_mix_of_the_signs_yaml_knows(text: str, tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_text("schema_version: 1\n" + text)
    loads_or_faults(path)


@given(data=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
def test_any_values_under_known_and_unknown_names(data: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_text(json.dumps({"schema_version": 1, **data}), encoding="utf-8", errors="replace")
    loads_or_faults(path)


@given(name=st.sampled_from(sorted(settings())), value=VALUES)
def test_any_value_for_any_setting(name: str, value: object, tmp_path: Path) -> None:
    section, leaf = name.split(".", 1)
    path = tmp_path / "try.yaml"
    path.write_text(json.dumps({"schema_version": 1, section: {leaf: value}}), encoding="utf-8", errors="replace")
    loads_or_faults(path)


@given(changes=st.lists(CHANGES, max_size=3))
def test_any_changes(changes: list[object], tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_text(json.dumps({"schema_version": 1, "start": "2020-02-29", "changes": changes}), encoding="utf-8", errors="replace")
    loads_or_faults(path)


@given(setting=st.text(max_size=40) | st.builds(lambda name, value: f"{name}={value}", st.sampled_from(NAMES), SCALARS))
def test_any_override(setting: str, tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_text("schema_version: 1\n")
    loads_or_faults(path, setting)


@given(name=st.text(max_size=30) | st.sampled_from([".", "..", "/", "//x", "~", "a/../b", "CON", "x\n.yaml", "\ud800"]))
def test_any_name_of_a_parent(name: str, tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_text(json.dumps({"schema_version": 1, "extends": name}))
    loads_or_faults(path)


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000, "? " * 5000, "a: &a " * 100, "a: b: c: " * 100, "!" * 5000, "'" * 5001])
def test_floods(text: str, tmp_path: Path) -> None:
    path = tmp_path / "try.yaml"
    path.write_text(text)
    with pytest.raises(Faults):
        load(path)
