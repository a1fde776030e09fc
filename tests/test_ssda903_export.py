"""The simulated children as a statutory return: its rules are kept, and what is read back is what was lived."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import fake_periods
import pandas as pd
import pytest

from simulation.base.dice import Dice
from simulation.base.errors import Faults
from simulation.cli.main import main
from simulation.ssda903 import export_903, learn, read_return
from simulation.ssda903.distance import directory, squeezed
from simulation.ssda903.export import TABLES
from simulation.ssda903.layout import LAYOUTS
from simulation.ssda903.outcomes import care_leavers, oc2, oc3

YEARS = (2020, 2021, 2022, 2023)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    return fake_periods.results_folder(tmp_path_factory.mktemp("results"), families=130)


@pytest.fixture(scope="module")
def exported(results, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("return")
    for year in YEARS:
        export_903(results, 1, year, folder / str(year))
    return folder


@pytest.fixture(scope="module")
def returned(exported):
    return read_return(exported)


@pytest.fixture(scope="module")
def learned(returned):
    return learn(returned)


def table(exported: Path, name: str, year: int = 2023) -> pd.DataFrame:
    return pd.read_csv(exported / str(year) / f"{name}.csv", dtype=str)


def day(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%d/%m/%Y")


def looked_after(results: Path, end: pd.Timestamp) -> pd.DataFrame:
    """Simulated children looked after at the end of a day."""
    periods = pd.read_parquet(results / "children.parquet")
    young = periods["birth_date"] + pd.DateOffset(years=18) > end
    return periods[(periods["care_start"] <= end) & ~(periods["care_end"] <= end) & young]


def test_every_table_has_its_statutory_columns_and_rows(exported):
    for name in TABLES:
        made = table(exported, name)
        assert list(made.columns) == list(LAYOUTS[name].columns)
        assert len(made) > 0, name


def test_the_return_reads_back_without_a_correction_but_repeats(returned):
    said = returned.corrections.counts()
    assert set(said["what"]) == {"noted"}, said.to_string()
    assert said["why"].str.contains("reported again").all()


def test_the_same_children_are_looked_after_on_each_31_march(results, learned):
    for year in YEARS:
        assert learned.rate("looked after", f"year:{year}")["rate"] == len(looked_after(results, pd.Timestamp(f"{year}-03-31")))


def test_starts_and_endings_are_those_of_the_simulation(results, learned):
    periods = pd.read_parquet(results / "children.parquet")
    first, last = pd.Timestamp("2019-04-01"), pd.Timestamp("2023-03-31")
    began = periods["care_start"].between(first, last)
    ended = periods["care_end"].between(first, last)
    assert learned.rate("starts")["numerator"] == began.sum()
    assert abs(learned.rate("ceased")["numerator"] - ended.sum()) <= 1, "a birthday may fall a day after the model's"


def test_placements_read_back_are_the_ones_lived(results, returned):
    """Same children, same first days and same homes, for stays seen from beginning to end."""
    lived = pd.read_parquet(results / "placements.parquet").sort_values(["child", "start"])
    lived = lived[(lived["urn"] != lived["urn"].shift(1)) | (lived["child"] != lived["child"].shift(1))]
    inside = lived["start"].between("2019-04-01", "2023-03-31")
    first_of_care = returned.episodes.groupby("CHILD")["DECOM"].min()
    children = sorted(pd.read_parquet(results / "children.parquet")["child"].unique())
    read = returned.spells.assign(child=[children[int(number) - 1_000_001] for number in returned.spells["CHILD"]])
    joined = lived[inside].merge(read, left_on=["child", "start"], right_on=["child", "START"], how="left")
    births = pd.read_parquet(results / "children.parquet").groupby("child")["birth_date"].max()
    adult = joined["start"] >= joined["child"].map(births) + pd.DateOffset(years=18)
    found = joined.loc[~adult, "PLACE"].notna().mean()
    assert found > 0.99, f"{found:.3f} of placements found again"
    assert first_of_care.notna().all()


def test_the_export_is_the_same_every_time(results, exported, tmp_path):
    export_903(results, 1, 2023, tmp_path / "again")
    for name in TABLES:
        assert (tmp_path / "again" / f"{name}.csv").read_bytes() == (exported / "2023" / f"{name}.csv").read_bytes()


def test_a_child_keeps_identity_and_home_from_year_to_year(exported):
    one, two = (table(exported, "header", year).set_index("CHILD") for year in (2022, 2023))
    both = one.index.intersection(two.index)
    assert len(both) > 20
    assert (one.loc[both, "DOB"] == two.loc[both, "DOB"]).all()
    episodes = pd.concat([table(exported, "episodes", year) for year in (2022, 2023)])
    assert (episodes.dropna(subset=["HOME_POST"]).groupby("CHILD")["HOME_POST"].agg(set).map(len) == 1).all()


def test_police_protection_is_at_most_72_hours(exported):
    urgent = pd.concat([table(exported, "episodes", year) for year in YEARS]).query("LS == 'L1'")
    assert len(urgent) > 5
    assert ((day(urgent["DEC"]) - day(urgent["DECOM"])).dt.days <= 3).all()


def test_children_placed_for_adoption_are_under_placement_orders_decided_before(exported):
    episodes = table(exported, "episodes")
    placed = episodes[episodes["PLACE"].isin(["A3", "A4", "A5", "A6"])]
    assert len(placed) > 0 and (placed["LS"] == "E1").all()
    decided = table(exported, "placed_for_adoption").set_index("CHILD")["DATE_PLACED"]
    assert placed["CHILD"].isin(decided.index).all()
    assert (day(placed["CHILD"].map(decided)) <= day(placed["DECOM"])).all()


def test_nobody_is_returned_past_eighteen(exported):
    episodes, births = table(exported, "episodes"), table(exported, "header").set_index("CHILD")["DOB"]
    eighteen = day(episodes["CHILD"].map(births)) + pd.DateOffset(years=18)
    assert (day(episodes["DECOM"]) < eighteen).all() and not (day(episodes["DEC"]) > eighteen).any()


def test_postcodes_are_in_the_directory_and_far_placements_are_far(exported):
    episodes = table(exported, "episodes")
    known = directory().index
    for name in ("HOME_POST", "PL_POST"):
        assert squeezed(episodes[name].dropna()).isin(known).all()


def test_a_distance_lived_is_about_the_distance_read(results, learned):
    stock = learned.stock
    lived = pd.read_parquet(results / "placements.parquet")
    lived = lived[(lived["start"] <= "2023-03-31") & ~(lived["end"] <= "2023-03-31") & (lived["placement"] != "P1")]
    assert stock["distance_miles"].median() == pytest.approx(lived["distance_miles"].median(), rel=0.35, abs=1.5)


def test_siblings_are_found_again_by_day_and_home(results, learned):
    here = looked_after(results, pd.Timestamp("2023-03-31"))
    true_share = (here.groupby("family")["child"].transform("size") > 1).mean()
    found = learned.siblings
    assert found["same home"] == pytest.approx(true_share, abs=0.06)
    assert 0.5 * true_share < found["same day and home"] <= true_share, "first days before the first return are not known"


BAD = {
    "no folder": (["nowhere", "--year", "2023"], "not an experiment's folder"),
    "replication": (["RESULTS", "--year", "2023", "--replication", "9"], "9 is not in these results, which hold 1 to 1"),
    "year": (["RESULTS", "--year", "2031"], "31 March 2031 is not in"),
    "year of no calendar": (["RESULTS", "--year", "99999999999"], "31 March 99999999999 is not in"),
    "scenario": (["RESULTS", "--year", "2023", "--scenario", "made_upp"], "Did you mean 'made_up'?"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_are_refused_and_nothing_is_written(name, results, tmp_path, capsys):
    arguments, words = BAD[name]
    out = tmp_path / "out"
    code = main(["export-903", *[str(results) if each == "RESULTS" else each for each in arguments], "--out", str(out)])
    assert code == 2 and words in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_the_command_writes_and_says_what_was_supplied(results, tmp_path, capsys):
    assert main(["export-903", str(results), "--year", "2021", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "episodes" in said and "by lot" in said
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == sorted(TABLES)


def test_the_command_says_whose_year_it_is_and_which_care_leavers_cannot_be_known(results, tmp_path, capsys):
    tables = {name: pd.read_parquet(results / f"{name}.parquet") for name in ("children", "placements")}
    both = tmp_path / "both"
    both.mkdir()
    for name, frame in tables.items():
        pd.concat([frame, frame.assign(scenario="plan")]).to_parquet(both / f"{name}.parquet")
    first = tables["children"]["scenario"].iloc[0]
    assert main(["export-903", str(both), "--year", "2023", "--out", str(tmp_path / "a")]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"The year to 31 March 2023 of {first}, replication 1 (not plan: name one with --scenario).\n")
    assert main(["export-903", str(both), "--scenario", "plan", "--year", "2021", "--out", str(tmp_path / "b")]) == 0
    told = capsys.readouterr().out
    assert f"of plan, replication 1 (not {first}:" in told


def test_care_leavers_are_17_to_21_and_no_longer_looked_after_on_their_birthday():
    rows = [(child, f"{birth}-06-15", "2015-01-01", end, "E4A")
            for child, (birth, end) in enumerate([(2005, "2022-01-10"), (2005, "2022-06-10"), (2005, "2022-06-20"), (2004, "2022-06-15"), (2002, "2020-06-15"), (2001, "2019-06-15"), (2000, "2018-06-15")])]
    episodes = pd.DataFrame(rows, columns=["child", "DOB", "START", "END", "REC"])
    episodes["PERIOD"], episodes["LS"] = episodes["child"], "V2"
    episodes[["DOB", "START", "END"]] = episodes[["DOB", "START", "END"]].apply(pd.to_datetime)
    found = care_leavers(episodes, pd.Timestamp("2022-04-01"), pd.Timestamp("2023-03-31"))
    assert set(found["child"]) == {0, 1, 3, 4, 5}, "left before 17; on the day of 18; 20 and 21; not who left after 17, nor who is 22"


def test_who_was_4_or_17_at_some_time_of_the_year_is_asked_for_strengths_and_difficulties():
    """Rule 197B: also who turned 17 on its first day or 4 on its last."""
    births = ["2019-03-31", "2019-04-01", "2005-04-01", "2005-03-31"]
    episodes = pd.DataFrame({"child": range(4), "DOB": pd.to_datetime(births), "PERIOD": range(4), "LS": "C2", "REC": None,
                             "START": pd.Timestamp("2020-01-01"), "END": pd.NaT})
    made = oc2(episodes, pd.Timestamp("2022-04-01"), pd.Timestamp("2023-03-31"), Dice(1, 1))
    assert list(made["SDQ_SCORE"].notna() | made["SDQ_REASON"].notna()) == [True, False, True, False]


def test_nobody_of_17_stays_put_with_former_carers():
    """Rule 3001 of the sector's validator: that arrangement begins at 18."""
    leavers = pd.DataFrame({"child": range(400), "DOB": pd.to_datetime(["2005-06-15", "2003-06-15"] * 200)})
    made = oc3(leavers, Dice(1, 1), 2023)
    seventeen = leavers["DOB"].dt.year.to_numpy() == 2005
    assert "Z1" not in set(made["ACCOM"][seventeen]) and "Z1" in set(made["ACCOM"][~seventeen])


def test_results_without_events_still_make_a_return(results, tmp_path):
    for name in ("children", "placements"):
        (tmp_path / f"{name}.parquet").write_bytes((results / f"{name}.parquet").read_bytes())
    done = export_903(tmp_path, 1, 2022, tmp_path / "out")
    assert done.rows["reviews"] > 0 and done.rows["sw_episodes"] == 0 < done.rows["missing"]
    assert any("due days" in line for line in done.supplied)


def test_what_began_from_real_children_is_written_only_for_where_their_return_is_kept(results, tmp_path, capsys):
    copy, out = shutil.copytree(results, tmp_path / "copy"), tmp_path / "out"
    name = pd.read_parquet(copy / "children.parquet")["scenario"].iloc[0]
    (copy / "run.json").write_text(json.dumps({"results_version": 1, "scenarios": [{"id": str(name), "stock_file": "ours.stock.parquet"}]}))
    command = ["export-903", str(copy), "--year", "2021", "--out", str(out)]
    assert main(command) == 2 and not out.exists()
    assert "began from the real children of ours.stock.parquet" in capsys.readouterr().err
    assert main([*command, "--local"]) == 0 and (out / "header.csv").exists()


def test_a_file_in_the_way_is_refused(results, tmp_path):
    (tmp_path / "out").write_text("here first")
    with pytest.raises(Faults, match="is a file"):
        export_903(results, 1, 2022, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "here first"


def simulated(folder: Path, weeks: int) -> Path:
    """Results of one replication of England's typical authority, as an export reads them."""
    from simulation.model import run_replication
    from simulation.scenario import load

    made = run_replication(load("england_typical"), 1, weeks=weeks, events=True)
    folder.mkdir()
    for name in ("periods", "placements", "events", "workforce"):
        file = "children" if name == "periods" else name
        made[name].assign(scenario="england_typical").to_parquet(folder / f"{file}.parquet")
    return folder


@pytest.fixture(scope="module")
def five_years(tmp_path_factory) -> Path:
    return simulated(tmp_path_factory.mktemp("model") / "results", weeks=275)


@pytest.mark.slow
@pytest.mark.skipif("HEADROOM_VALIDATOR_PYTHON" not in os.environ, reason="set HEADROOM_VALIDATOR_PYTHON to the validator's Python")
@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_the_sectors_validator_finds_at_most_two_issues_in_100_children(five_years, year, tmp_path):
    export_903(five_years, 1, year, tmp_path / "out")
    command = [os.environ["HEADROOM_VALIDATOR_PYTHON"], str(ROOT / "benchmarks" / "validate_903.py"), str(tmp_path / "out")]
    done = subprocess.run([*command, "--year", str(year), "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert len(found["tables"]) == len(TABLES) and not found["failed"]
    assert found["per_100_children"] <= 2, found["kinds"]


@pytest.mark.slow
@pytest.mark.skipif("HEADROOM_DEMAND_MODEL_PYTHON" not in os.environ, reason="set HEADROOM_DEMAND_MODEL_PYTHON to the demand model's Python")
def test_the_demand_model_counts_our_children_and_forecasts_from_them(five_years, tmp_path):
    for year in (2019, 2020, 2021, 2022):
        export_903(five_years, 1, year, tmp_path / str(year))
    command = [os.environ["HEADROOM_DEMAND_MODEL_PYTHON"], str(ROOT / "benchmarks" / "demand_model_903.py"), str(tmp_path)]
    done = subprocess.run([*command, "--start", "2020-04-01", "--end", "2022-03-31", "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    for day, children in found["counted"].items():
        assert children == pytest.approx(len(looked_after(five_years, pd.Timestamp(day))), rel=0.01), day
    now = found["counted"]["2022-03-31"]
    assert all(0.7 * now < children < 1.4 * now for children in found["forecast"].values())


@pytest.mark.slow
def test_round_trip_through_the_model(tmp_path):
    """Simulate, export, profile from the export, simulate again: stock and mix the same, flows as the runs differ."""
    from simulation.model import run_replication
    from simulation.profile.from_return import profile_from_ssda903
    from simulation.scenario import load

    folder = simulated(tmp_path / "results", weeks=170)
    for year in (2019, 2020, 2021):
        export_903(folder, 1, year, tmp_path / "return" / str(year))
    learned = profile_from_ssda903(tmp_path / "return", tmp_path / "again.yaml")
    again = run_replication(load(tmp_path / "again.yaml"), 1, weeks=104)

    lived = looked_after(folder, learned.as_of)
    start = again["weekly"].query("week == 0 and measure == 'n_looked_after'").set_index("group")["value"]
    assert start["all"] == len(learned.stock) == len(lived)
    weekly = again["weekly"].query("week > 0 and group == 'all'")
    for measure, name in (("new_care_starts", "starts"), ("new_care_ceased", "ceased")):
        a_year = weekly.query("measure == @measure")["value"].sum() / 2
        assert a_year == pytest.approx(learned.rate(name)["rate"], rel=0.2), measure


def test_another_return_in_the_folder_is_not_replaced_but_the_same_one_is(results, tmp_path, capsys):
    command = ["export-903", str(results), "--year", "2021", "--out", str(tmp_path)]
    (tmp_path / "header.csv").write_text("CHILD,SEX\n1,2\n")
    assert main(command) == 2 and "not made by this command" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["header.csv"]
    (tmp_path / "header.csv").unlink()
    assert main(command) == main(command) == 0


@pytest.mark.parametrize(("file", "content", "words"), [
    ("run.json", '{"results_version": 999}', "newer version"), ("run.json", "{", "cannot be read"),
    ("run.json", '{"a": 1}', "not a run.json of this program"),
    ("children.parquet", "PAR1", "children.parquet: cannot be read"), ("placements.parquet", "", "placements.parquet: cannot be read"),
])  # fmt: skip
def test_results_that_cannot_be_trusted_are_refused(file, content, words, results, tmp_path, capsys):
    shutil.copytree(results, tmp_path / "copy")
    (tmp_path / "copy" / file).write_text(content)
    assert main(["export-903", str(tmp_path / "copy"), "--year", "2021", "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err and not (tmp_path / "out").exists()
