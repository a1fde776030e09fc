"""The schema for editors says the same as the loader, and the file in the checkout is fresh."""

from __future__ import annotations

import jsonschema
import pytest

from simulation.scenario import known_scenarios, load, settings
from simulation.scenario.files import packaged_scenarios
from simulation.scenario.form import Header, top_names
from simulation.scenario.reader import read_file
from simulation.scenario.schema import FILE, schema, text, write
from simulation.settings import Parameters
from simulation.settings.section import CONFIDENCE, PRIORS

SCHEMA = schema()
CHECK = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
CHANGE = {"from": "2020-09", "add": {"casework.hours_factor": 1}}


def test_it_is_a_draft_7_schema_and_says_nothing_later() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    for word in ("$defs", "prefixItems", "unevaluatedProperties", "$anchor", "dependentRequired"):
        assert f'"{word}"' not in text()


def test_every_top_level_setting_is_offered() -> None:
    assert set(SCHEMA["properties"]) == set(top_names())


@pytest.mark.parametrize(
    "good",
    [{}, {"casework": {"hours_factor": 2}}, {"casework": {"duties": {"visit": {"hours": 3}, "review": None}}}, {"changes": [CHANGE]},
     {"changes": [{"from": "2020-09-15", "set": {"casework.order": "shortest_first"}}]}, {"start": "2020-04"}, {"lever": {"strength": "weak"}},
     {"changes": [{"from": "2020-09", "add": {"casework.duties.visit.hours": 1}}]}, {"uncertain": {"casework.hours_factor": [1, 2]}},
     {"covid": {"from_date": "2020-03-23"}}],
)  # fmt: skip
def test_what_the_loader_takes_the_schema_takes(good: dict, write) -> None:
    data = {"schema_version": 1, **good}
    assert list(CHECK.iter_errors(data)) == []
    load(write(__import__("json").dumps(data)))


@pytest.mark.parametrize(
    "bad",
    [{"schema_version": 2}, {"casework": {"hours_facto": 2}}, {"casework": {"hours_factor": 99}}, {"casework": {"hours_factor": "x"}}, {"wrong": 1},
     {"changes": [{**CHANGE, "multiply": {"casework.hours_factor": 1}}]}, {"changes": [{"from": "2020-09"}]}, {"changes": [{**CHANGE, "from": "soon"}]},
     {"changes": [{"from": "2020-09", "add": {"casework.hours_facto": 1}}]}, {"changes": [{"from": "2020-09", "add": {"casework.order": 1}}]},
     {"casework": {"duties": {"visit": {"hurs": 3}}}}, {"mode": "replya"}, {"uncertain": {"casework.hours_factor": [1]}}, {"rules": ["os"]}],
)  # fmt: skip
def test_what_the_loader_refuses_the_schema_marks(bad: dict) -> None:
    assert list(CHECK.iter_errors({"schema_version": 1, **bad}))


def test_the_schema_in_the_checkout_is_fresh() -> None:
    """If this fails: ``python run.py schema --write``."""
    assert (packaged_scenarios() / FILE).read_text(encoding="utf-8") == text()


def test_writing_it(tmp_path) -> None:
    assert write(tmp_path).read_text(encoding="utf-8") == text()


def test_every_packaged_scenario_loads_and_fits_the_schema() -> None:
    for path in sorted(packaged_scenarios().glob("*.yaml")):
        assert load(path).id == path.stem
        assert [f"{path.name}: {error.message}" for error in CHECK.iter_errors(read_file(path, path.name).plain())] == []


LEVERS = [name for name in known_scenarios() if load(name).extends]


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_says_who_is_eligible_and_how_well_founded_it_is(name: str) -> None:
    lever = load(name).lever
    assert lever is not None
    assert all((lever.eligible, lever.evidence, lever.strength, lever.prior_share))
    assert load(name).question


class TestRegister:
    """Every setting says what it means, in which unit, within which bounds, and where it comes from."""

    @pytest.mark.parametrize("name", settings())
    def test_a_setting_is_fully_declared(self, name: str) -> None:
        setting = settings()[name]
        assert setting.meaning.endswith(".")
        assert setting.unit
        assert setting.source
        assert setting.confidence in CONFIDENCE
        if setting.kind != "choice":
            assert setting.low is not None and setting.high is not None and setting.low <= setting.default <= setting.high
        if setting.prior is not None:
            low, high = setting.prior
            assert setting.clip(low) == low < high == setting.clip(high)
            assert low <= setting.default <= high

    def test_sections_are_described(self) -> None:
        assert all(field.annotation.__doc__ and "to come" not in field.annotation.__doc__ for field in Parameters.model_fields.values())

    def test_what_rests_on_judgement_alone_and_matters_can_be_drawn(self) -> None:
        assert any(setting.confidence in PRIORS and setting.prior is not None for setting in settings().values())


GUIDE = (packaged_scenarios().parent / "docs" / "scenario_files.md").read_text(encoding="utf-8")
EXAMPLES = [block.split("```")[0] for block in GUIDE.split("```yaml\n")[1:]]


class TestGuide:
    @pytest.mark.parametrize("text", EXAMPLES)
    def test_every_example_loads_and_fits_the_schema(self, text: str, write) -> None:
        parent = write("schema_version: 1\n", "england_typical.yaml")
        path = write(text)
        assert load(path, scenarios_dir=parent.parent).id == "try"
        assert list(CHECK.iter_errors(read_file(path, "try").plain())) == []

    def test_every_top_level_setting_is_explained(self) -> None:
        assert [name for name in Header.model_fields if f"`{name}`" not in GUIDE] == []
