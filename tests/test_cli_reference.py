"""The reference pages say what the code says, and are fresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.base.errors import Faults
from simulation.base.measures import MEASURES
from simulation.cli import main, reference
from simulation.model.week import WEEK
from simulation.scenario import settings

DOCS = Path(__file__).resolve().parent.parent / "docs"
ODD = ("Purpose and patterns", "Entities, state variables and scales", "Process overview and scheduling", "Design concepts",
       "Initialization", "Input data", "Submodels")  # fmt: skip


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_a_page_is_fresh(name: str) -> None:
    """If this fails: ``python run.py describe --write``."""
    assert (DOCS / name).read_text(encoding="utf-8") == reference.pages()[name]


def test_every_setting_and_measure_is_in_its_page() -> None:
    pages = reference.pages()
    assert [name for name in settings() if f"| `{name}` |" not in pages["parameters.md"]] == []
    assert [measure.name for measure in MEASURES if f"| `{measure.name}` |" not in pages["measures.md"]] == []


def test_the_odd_page_has_every_heading_and_every_rule_in_order() -> None:
    page = reference.pages()["odd.md"]
    places = [page.index(f"## {number} {name}") for number, name in enumerate(ODD, 1)]
    assert places == sorted(places)
    rows = [page.index(f"| {number} | {reference._in_words(rule.__name__)} |") for number, rule in enumerate(WEEK, 1)]
    assert rows == sorted(rows)


@pytest.mark.parametrize("rule", WEEK, ids=lambda rule: rule.__name__)
def test_a_rule_says_what_it_does(rule) -> None:
    assert rule.sentence().endswith(".")
    assert rule.source


@pytest.mark.parametrize(("what", "there", "not_there"), [("week", "THE WEEK", "MEASURES"), ("measures", "n_looked_after [", "THE WEEK"),
                                                         ("parameters", "demand.referral_factor: 1 [ratio] 0 to 5;", "MEASURES")])  # fmt: skip
def test_describe_one_part(what: str, there: str, not_there: str, capsys) -> None:
    assert main(["describe", what]) == 0
    out = capsys.readouterr().out
    assert there in out
    assert not_there not in out


def test_describe_says_everything(capsys) -> None:
    assert main(["describe"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("THE WEEK", "SETTINGS", "MEASURES"))


def test_pages_are_only_written_in_a_checkout(tmp_path) -> None:
    with pytest.raises(Faults, match="a checkout"):
        reference.write(tmp_path / "none")


def test_writing_pages(tmp_path) -> None:
    assert sorted(path.name for path in reference.write(tmp_path)) == sorted(reference.pages())
