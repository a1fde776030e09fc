"""What is learnt from a return: rates through a window, siblings, and a scenario that gives no child away."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import fake_periods
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from simulation.base.errors import Faults
from simulation.cli.main import main
from simulation.profile.from_return import Base, profile_from_ssda903
from simulation.scenario import load, names
from simulation.scenario.gathered import Settings
from simulation.settings import Parameters
from simulation.ssda903 import export_903, learn, read_return
from simulation.ssda903.disclosure import suppressed
from simulation.ssda903.settings import learned_settings, publishable
from simulation.ssda903.siblings import PUBLISHED_SHARE, infer
from simulation.ssda903.survival import first_of, hazards, share_by

EPISODE_COLUMNS = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples" / "ssda903"


@pytest.fixture(scope="module")
def returns(tmp_path_factory) -> Path:
    results = fake_periods.results_folder(tmp_path_factory.mktemp("results"), families=120)
    folder = tmp_path_factory.mktemp("return")
    for year in (2021, 2022, 2023):
        export_903(results, 1, year, folder / str(year))
    return folder


@pytest.fixture(scope="module")
def made(returns, tmp_path_factory):
    """A folder with a profile ``x.yaml`` and what was learnt for it."""
    folder = tmp_path_factory.mktemp("profile")
    return folder, profile_from_ssda903(returns, folder / "x.yaml")


@pytest.fixture(scope="module")
def learned(made):
    return made[1]


def test_hazards_allow_for_late_entry_and_censoring():
    """Constant hazard of 0.5 a year, watched only from a random later day: the estimate stays near 0.5."""
    rng = np.random.default_rng(1)
    stay, entry = rng.exponential(2.0, 6000), rng.uniform(0, 3, 6000)
    seen = stay > entry
    until = np.minimum(stay[seen], entry[seen] + 1.5)
    found = hazards(until, stay[seen] <= until, entry[seen], (0.0, 1.0, 2.0))
    assert found["rate"].to_numpy() == pytest.approx([0.5] * 3, abs=0.06)
    naive = (stay[seen] <= until).sum() / until.sum()
    assert naive < 0.3, "leaving out the late entry would have given the wrong answer"


def test_hazards_stand_on_their_counts():
    found = hazards(np.array([0.5, 1.5, 2.0]), np.array([True, True, False]), np.zeros(3), (0.0, 1.0))
    assert found["events"].tolist() == [1, 1]
    assert found["exposure"].tolist() == pytest.approx([2.5, 1.5])


def test_shares_by_a_time_are_kaplan_meiers():
    found = share_by(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False]), [1.0, 3.5])
    assert found["rate"].tolist() == pytest.approx([0.25, 1 - 0.75 * 0.5])


def test_other_ways_out_compete():
    cause = np.array(["home", "other", "home", "", "other"])
    found = first_of(np.array([1.0, 1.0, 2.0, 3.0, 2.0]), cause, "home", [2.5])
    assert found["rate"].iloc[0] == pytest.approx(2 / 5)


def test_siblings_by_day_and_home_then_home_then_topped_up():
    stock = pd.DataFrame({"age_months": [20, 50, 90, 30, 100, 120, 60, 80], "unaccompanied": [False] * 7 + [True]})
    home = pd.Series(["A", "A", "B", "B", "C", "D", "E", "A"])
    start = pd.to_datetime(pd.Series(["2020-01-01", "2020-01-01", "2020-01-01", "2021-01-01", "2020-02-01", "2020-02-02", "2018-01-01", "2020-01-01"]))
    found = infer(stock, home, start, share=0.75)
    assert found.certainty.tolist()[:4] == ["same day and home"] * 2 + ["same home"] * 2
    assert found.group[0] == found.group[1] != found.group[2] == found.group[3] > 0
    assert found.certainty.tolist()[4:6] == ["topped up"] * 2 and found.group[7] == 0
    assert (found.share_certain, found.share_likely, found.share_used) == (0.25, 0.5, 0.75)


def test_nobody_is_topped_up_beyond_the_published_share(learned):
    assert learned.siblings["used"] <= max(PUBLISHED_SHARE, learned.siblings["same home"]) + 1e-9


def test_stock_rows_are_agents_and_nothing_more(learned):
    assert learned.stock["key"].is_unique and len(learned.stock) == learned.rate("looked after", "year:2023")["rate"]
    forbidden = {"CHILD", "DOB", "UPN", "HOME_POST", "PL_POST", "URN", "child", "birth_date", "START"}
    assert not forbidden & set(learned.stock.columns)
    assert (learned.stock["weeks_in_placement"] <= learned.stock["weeks_in_care"] + 1).mean() > 0.99
    assert (learned.stock["weeks_in_care"] <= learned.stock["age_months"] * 4.36 + 5).all()


def test_small_figures_are_suppressed_and_cannot_be_worked_out():
    rows = [("stock", f"age:{age}", "share", count, 30, count / 30, 0.1) for age, count in (("a", 3), ("b", 9), ("c", 18))]
    rates = pd.DataFrame(rows, columns=["name", "group", "unit", "numerator", "denominator", "rate", "se"])
    safe = suppressed(rates)
    assert safe["rate"].isna().tolist() == [True, True, False], "the next smallest goes too"


def sums(rates: pd.DataFrame) -> list[tuple[dict[int, float], float]]:
    """What adds up in a table of rates, as a reader would list it: signs by row, and the total."""
    at = {pair: row for row, pair in enumerate(zip(rates["name"], rates["group"], strict=True))}
    kinds = sorted({(name, group.split(":")[0]) for name, group in at if ":" in group})
    parts = {pair: {row: 1.0 for (name, group), row in at.items() if (name, group.split(":")[0]) == pair} for pair in kinds}
    found = [({**of, at[name, "all"]: -1.0}, 0.0) for (name, _), of in parts.items() if (name, "all") in at]
    found += [({**of, **({at["stock", "unaccompanied"]: 1.0} if kind == "distance" else {})}, rates["denominator"][at["stock", "unaccompanied"]])
              for (name, kind), of in parts.items() if name == "stock"]  # fmt: skip
    for name, group in at:
        reasons = {row: 1.0 for (part, each), row in at.items() if part.startswith("leaving: ") and each == group and name == "leaving"}
        moves = {at[part, group]: 1.0 for part in ("disruption", "moving by plan", "moving for other reasons") if name == "moving"}
        found += [({**of, at[name, group]: -1.0}, 0.0) for of in (reasons, moves) if of]
        if name.startswith("ceased") and group.startswith("reason:") and ("leaving: " + group[7:], "time in care") in parts:
            found.append(({**parts["leaving: " + group[7:], "time in care"], at[name, group]: -1.0}, 0.0))
        before = ("looked after", f"year:{int(group[5:]) - 1}") if name == "looked after" else ("", "")
        if before in at and ("starts", group) in at and ("ceased", group) in at:
            found.append(({at["starts", group]: 1.0, at["ceased", group]: -1.0}, rates["numerator"][at[name, group]] - rates["numerator"][at[before]]))
    return found


def reconstructed(rates: pd.DataFrame, safe: pd.DataFrame) -> list[str]:
    """Small counts that a reader of all that is published can tell to within fewer than four values."""
    shown, step = safe["numerator"].to_numpy(), safe["rounded_to"].to_numpy()
    low = np.where(np.isnan(shown), 1, np.maximum(np.ceil(shown - step / 2), 0))
    high = np.where(np.isnan(shown), 10_000, np.where(shown > 0, np.ceil(shown + step / 2) - 1, 0))
    true = [(of, total) for of, total in sums(rates) if sum(sign * rates["numerator"][row] for row, sign in of.items()) == total]
    matrix, totals = np.zeros((len(true), len(rates))), np.array([total for _, total in true])
    for line, (of, _) in enumerate(true):
        matrix[line, list(of)] = list(of.values())
    known, within, told = LinearConstraint(matrix, totals, totals), Bounds(low, high), []
    for row in np.flatnonzero(rates["numerator"].between(1, 4)):
        aim = np.eye(len(rates))[row]
        least, most = (sign * milp(sign * aim, constraints=known, bounds=within, integrality=np.ones(len(rates))).fun for sign in (1, -1))
        told += [f"{rates['name'][row]} {rates['group'][row]}: {least:g} to {most:g}"] if most - least < 2.5 else []
    return told


@pytest.mark.parametrize("families", [25, 60, 120])
def test_no_small_count_can_be_worked_out_from_all_that_is_published(families, tmp_path):
    results = fake_periods.results_folder(tmp_path / "results", families=families, seed=families)
    for year in (2021, 2022, 2023):
        export_903(results, 1, year, tmp_path / "return" / str(year))
    rates = learn(read_return(tmp_path / "return")).rates
    safe = suppressed(rates)
    assert rates["numerator"].between(1, 4).sum() > 10 and not reconstructed(rates, safe)
    shown = safe["numerator"].dropna()
    assert not shown.between(1, 4).any() and safe["numerator"].notna().sum() > 40
    others = (shown % 5 != 0) & (safe.loc[shown.index, "name"] != "looked after")
    assert not others.any(), "every count but the number looked after is to the nearest 5"


GIVEN_AWAY = {
    "a part of a total": [("ceased", "all", 37), ("ceased", "reason:adopted", 18), ("ceased", "reason:eighteen", 18), ("ceased", "reason:other", 1)],
    "a part of the children": [("stock", "age:1-4", 43), ("stock", "age:5-9", 48), ("stock", "age:under 1", 1)],
    "leaving for a reason": [("leaving", "time in care:1 to 2 years", 37), *[
        (f"leaving: {reason}", "time in care:1 to 2 years", count) for reason, count in (("adopted", 18), ("home planned", 18), ("other", 1))]],
    "a move of a kind": [("moving", "age:16+", 37), ("disruption", "age:16+", 18), ("moving by plan", "age:16+", 18),
                         ("moving for other reasons", "age:16+", 1)],
    "endings of a reason": [("ceased", "reason:adopted", 37), ("leaving: adopted", "time in care:1 to 2 years", 18),
                            ("leaving: adopted", "time in care:2 to 4 years", 18), ("leaving: adopted", "time in care:6 to 12 months", 1)],
    "starts by the change": [("looked after", "year:2022", 101), ("looked after", "year:2023", 90), ("starts", "year:2023", 1),
                             ("ceased", "year:2023", 12)],
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN_AWAY)
def test_rounding_alone_would_give_a_small_count_away(name):
    """The attack finds it in the open book and in the rounded one, and nothing in what is published."""
    rows = [(name, group, "children", count, 92, count / 92, 0.1) for name, group, count in [*GIVEN_AWAY[name], ("stock", "unaccompanied", 0)]]
    rates = pd.DataFrame(rows, columns=["name", "group", "unit", "numerator", "denominator", "rate", "se"])
    count, step = rates["numerator"], np.where(rates["name"] == "looked after", 1, 5)
    rounded = rates.assign(numerator=(step * np.round(count / step)).mask(count.between(1, 4)), rounded_to=step)
    assert len(reconstructed(rates, rounded)) == 1 and reconstructed(rates, rounded)[0].endswith("1 to 1")
    assert not reconstructed(rates, suppressed(rates))


@pytest.mark.parametrize(("unit", "of"), [("children a year", 5), ("share", 309), ("per child-year", 67.76), ("children", 1)])
def test_nothing_beside_a_rounded_count_tells_the_exact_one(unit, of):
    """Counts that round alike have the same rate and standard error: an exact error would give the count away."""
    counts, of = np.array([23, 24, 25, 26, 27]), float(of)
    error = np.sqrt(counts / of * (1 - counts / of) / of) if unit == "share" else np.sqrt(counts) / of
    rates = pd.DataFrame({"name": "x", "group": "all", "unit": unit, "numerator": counts, "denominator": of, "rate": counts / of, "se": error})
    safe = suppressed(rates)
    assert len(safe.drop_duplicates()) == 1 and safe["rate"].notna().all()


def test_the_scenario_holds_no_count_but_those_of_the_table_of_rates(made):
    """A count of the stock is the sum of published ones, so that the two files together tell no more than the one."""
    folder, learned = made
    safe, stock = suppressed(learned.rates).set_index(["name", "group"])["numerator"], load(folder / "x.yaml").parameters.stock
    assert stock.age_10_15 == safe["stock", "age:10-15"] and stock.unaccompanied in (safe["stock", "unaccompanied"], 2.5)
    foster = [safe.get(("stock", f"placement:foster {kind}"), 0.0) for kind in ("own", "agency", "kinship")]
    assert stock.placement_foster == pd.Series(foster).fillna(2.5).sum()
    years = {(figure.indicator, figure.year): figure.value for figure in load(folder / "x.yaml").history}
    assert years["cla_started_number", 2022] == safe["starts", "year:2022"]


def planted(folder: Path) -> tuple[set[str], set[str]]:
    """Identifiers, birth dates, pupil numbers and postcodes in a return, as they are written in it."""
    numbers, texts = set(), set()
    for file in folder.rglob("*.csv"):
        for row in csv.DictReader(file.read_text().splitlines()):
            numbers |= {row.get("CHILD", "")}
            for name in ("DOB", "UPN", "HOME_POST", "PL_POST"):
                texts |= {row.get(name) or ""}
    dates = {each for each in texts if re.fullmatch(r"\d\d/\d\d/\d{4}", each)}
    texts |= {"-".join(reversed(each.split("/"))) for each in dates}
    return numbers - {""}, {each for each in texts if len(each) > 4 and each not in ("XXXXXXX",)}


def test_nothing_written_carries_identity(returns, made):
    numbers, texts = planted(returns)
    assert len(numbers) > 100 and len(texts) > 300
    frame = pd.read_parquet(made[0] / "x.stock.parquet")
    written = [path.read_text() for path in made[0].iterdir() if path.suffix != ".parquet"] + [frame.to_csv()]
    words = set(re.findall(r"[\w/-]+(?: \w+)?", "\n".join(written)))
    whole = "\n".join(written)
    assert not any(number in words for number in numbers)
    days = {"2021-03-31", "2022-03-31", "2023-03-31"}
    assert not [text for text in texts - days if text in whole]


def test_a_stock_can_be_taken_on_any_day_of_the_window(returns):
    earlier = learn(read_return(returns, as_of="2021-09-30"))
    assert earlier.as_of == pd.Timestamp("2021-09-30") and len(earlier.stock) > 50


def test_profile_is_a_scenario_that_loads(made):
    folder, learned = made
    scenario = load(folder / "x.yaml")
    assert str(scenario.start) == "2023-03-31"
    assert scenario.parameters.stock.looked_after == len(learned.stock) == len(pd.read_parquet(scenario.stock_file))
    ages = scenario.parameters.stock
    total = ages.age_under_1 + ages.age_1_4 + ages.age_5_9 + ages.age_10_15 + ages.age_16_plus
    assert total == pytest.approx(len(learned.stock), abs=7), "small counts are suppressed, no more"
    assert {figure.indicator for figure in scenario.history} == {"cla_31march_number", "cla_started_number", "cla_ceased_number"}


def test_what_a_return_does_not_tell_is_as_large_as_the_authority(made):
    """People, posts, slots and land are the default's for each child looked after, and the ways into care fit them."""
    folder, learned = made
    own, usual, ratio = load(folder / "x.yaml").parameters, Parameters(), len(learned.stock) / Parameters().stock.looked_after
    for name in ("authority.population_0_17", "authority.area_square_miles", "stock.children_in_need", "workforce.start_permanent_fte",
                 "gates.legal_gateway_slots_per_week"):  # fmt: skip
        assert names.get(own, name) == pytest.approx(names.get(usual, name) * ratio, rel=0.01), name
    referrals = own.demand.referrals_per_10k_per_year * own.authority.population_0_17 / 1e4
    came = referrals * 0.048 * (1 - 0.11) * own.front_door.entry_factor / usual.front_door.entry_factor
    assert came == pytest.approx(learned.rate("starts")["rate"] - learned.rate("starts", "unaccompanied")["rate"], rel=0.1)
    assert (folder / "x.yaml").read_text().count(f"scaled to {len(learned.stock)} children looked after: give --la and --data") >= 10


def test_no_count_below_five_is_in_the_scenario(made):
    counts = re.findall(r"^  (?:age|legal(?!_gateway)|placement|provider)_\w+: ([\d.]+)", (made[0] / "x.yaml").read_text(), re.M)
    assert len(counts) > 10 and not [count for count in counts if 0 < float(count) < 5 and float(count) != 2.5]


def test_the_command_says_what_was_corrected(returns, tmp_path, capsys):
    assert main(["profile", "--ssda903", str(returns), "--out", str(tmp_path / "x.yaml")]) == 0
    said = capsys.readouterr().out
    assert "children looked after on 31 March 2023" in said and "reported again" in said
    assert said.count("the default's, scaled to") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.corrections.csv", "x.rates.csv", "x.stock.parquet", "x.yaml"]


def bent(returns: Path, folder: Path, change) -> Path:
    """A copy of a return whose episodes ``change`` has altered."""
    for file in returns.rglob("*.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        to = folder / file.relative_to(returns)
        to.parent.mkdir(parents=True, exist_ok=True)
        (change(table) if file.stem == "episodes" else table).to_csv(to, index=False)
    return folder


def test_providers_that_are_not_told_are_not_written_as_learnt(returns, tmp_path, capsys):
    """The mix stays the default's for each child, in scenario, stock and words; nobody's own provision is lost."""
    back = bent(returns, tmp_path / "return", lambda table: table.drop(columns="PLACE_PROVIDER"))
    assert main(["profile", "--ssda903", str(back), "--out", str(tmp_path / "x.yaml")]) == 0
    text, kinds = (tmp_path / "x.yaml").read_text(), pd.read_parquet(tmp_path / "x.stock.parquet")["kind"].value_counts()
    provider = re.findall(r"provider_\w+: [\d.]+  # (.*)", text)
    assert len(provider) == 3 and all(why.startswith("default's, scaled to") for why in provider)
    assert "does not tell providers" in text and "providers are not told" in capsys.readouterr().out
    assert min(kinds["foster own"], kinds["foster agency"]) >= 5 and 0 < kinds["home own"] < kinds["home private"]
    rates = pd.read_csv(tmp_path / "x.rates.csv")["group"]
    assert "placement:foster" in set(rates) and not rates.str.contains("foster own|foster agency|home private|home own").any()


def test_distances_that_are_not_known_are_the_defaults_share(returns, tmp_path):
    back = bent(returns, tmp_path / "return", lambda table: table.assign(HOME_POST="", PL_POST=""))
    learned = profile_from_ssda903(back, tmp_path / "x.yaml")
    stock, usual = load(tmp_path / "x.yaml").parameters.stock, Parameters().stock
    for name in ("outside_boundary", "over_20_miles_outside"):
        assert getattr(stock, name) == pytest.approx(getattr(usual, name) / usual.looked_after * len(learned.stock), abs=1)


@pytest.mark.parametrize(("came", "per_year"), [(0, 0.0), (3, 2.5 / 3), (7, 5 / 3), (30, 10.0)])
def test_unaccompanied_starts_are_the_returns_however_few(learned, came, per_year):
    """England's rate is not put in where few came; 1 to 4 are written as one number, whichever they are."""
    rates = learned.rates.copy()
    rows = rates["name"].isin(["starts"]) & (rates["group"] == "unaccompanied")
    rates.loc[rows, ["numerator", "rate"]] = came, came / 3
    settings, notes = Settings(), []
    learned_settings(publishable(replace(learned, rates=rates)), settings, notes)
    population = settings.numbers["authority.population_0_17"]
    assert settings.numbers["demand.unaccompanied_per_10k_per_year"] == pytest.approx(per_year / population * 1e4, rel=1e-3)
    assert ("uncertain" in settings.sources["demand.unaccompanied_per_10k_per_year"]) == (came < 10)


def test_what_the_return_tells_is_no_longer_borrowed(returns, tmp_path):
    """Published figures that the return replaced leave the list; those it cannot tell stay, and nothing is scaled."""
    published = Settings()
    for name, value in (("authority.population_0_17", 20_000), ("demand.unaccompanied_per_10k_per_year", 1.0), ("workforce.team_size", 5)):
        published.put(name, value, "borrowed: neighbours")
    notes = ("demand.unaccompanied_per_10k_per_year: 1: neighbours", "age_1_4: 12: neighbours", "workforce.team_size: 5: neighbours")
    profile_from_ssda903(returns, tmp_path / "x.yaml", base=Base("Here", published, notes))
    borrowed = (tmp_path / "x.yaml").read_text().partition("\nborrowed:")[2]
    assert "team_size" in borrowed and "unaccompanied_per" not in borrowed and "age_1_4" not in borrowed
    assert "default's, scaled" not in (tmp_path / "x.yaml").read_text()


@pytest.mark.parametrize("ending", [".yaml", ".rates.csv", ".corrections.csv", ".stock.parquet"])
def test_files_changed_since_are_kept_unless_asked(ending, returns, tmp_path, capsys):
    command = ["profile", "--ssda903", str(returns), "--out", str(tmp_path / "x.yaml")]
    assert main(command) == main(command) == 0, "what the command left is its own"
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    changed = tmp_path / f"x{ending}"
    changed.write_bytes(b"mine" if ending == ".stock.parquet" else changed.read_bytes() + b"# mine\n")
    before[changed] = changed.read_bytes()
    assert main(command) == 2 and f"x{ending}" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert main([*command, "--replace"]) == 0 and b"mine" not in changed.read_bytes()[-10:]


def test_a_file_of_somebody_elses_beside_a_new_scenario_is_kept(returns, tmp_path, capsys):
    (tmp_path / "x.rates.csv").write_text("mine")
    assert main(["profile", "--ssda903", str(returns), "--out", str(tmp_path / "x.yaml")]) == 2
    assert "x.rates.csv: was changed" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.rates.csv"] and (tmp_path / "x.rates.csv").read_text() == "mine"


def test_too_few_children_are_refused(tmp_path, capsys):
    """Fewer than twenty could not be hidden in a breakdown by a dozen kinds."""
    with (tmp_path / "episodes.csv").open("w", newline="") as file:
        rows = [[f"{child}", "01/06/2020", "S", "C2", "N1", "U6", "PR1", *[""] * 6] for child in range(19)]
        csv.writer(file).writerows([EPISODE_COLUMNS.split(","), *rows])
    (tmp_path / "header.csv").write_text("CHILD,SEX,DOB,ETHNIC\n" + "".join(f"{child},1,01/01/2012,WBRI\n" for child in range(19)))
    assert main(["profile", "--ssda903", str(tmp_path), "--out", str(tmp_path / "x.yaml")]) == 2
    assert "19 children looked after" in (said := capsys.readouterr().err) and "fewer than 20" in said
    assert not list(tmp_path.glob("x.*"))


BAD = {
    "absent": (["--ssda903", "nowhere", "--out", "x.yaml"], "no such file"),
    "year": (["--ssda903", "RETURNS", "--year", "2012", "--out", "x.yaml"], "outside the returns"),
    "out": (["--ssda903", "RETURNS", "--out", "x.txt"], "should end in .yaml"),
    "half published": (["--ssda903", "RETURNS", "--la", "Bradford", "--out", "x.yaml"], "--year: is needed"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_nothing_written(name, returns, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, words = BAD[name]
    assert main(["profile", *[str(returns) if each == "RETURNS" else each for each in arguments]]) == 2
    assert words in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(not SAMPLES.exists(), reason="no samples beside the project")
def test_samples_make_a_scenario(tmp_path):
    learned = profile_from_ssda903(SAMPLES / "v1.zip", tmp_path / "x.yaml")
    assert len(learned.stock) == load(tmp_path / "x.yaml").parameters.stock.looked_after > 0


CELL = st.one_of(
    st.sampled_from([
        "", "1", "2", "3", "01/06/2020", "2020-09-01", "31/02/2020", "44000", "S", "L", "P", "B", "C1", "C2", "V2", "V4", "N1", "U6", "K2",
        "T1", "PR1", "E4A", "X1", "e43", "NULL", " u6 ", "01/06/20", "1.0", "\u00e9", '"', "A,B",
    ]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
)  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.lists(CELL, min_size=0, max_size=15), max_size=12))
def test_any_dirt_is_corrected_or_refused_never_a_traceback(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("dirt")
    with (folder / "episodes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([EPISODE_COLUMNS.split(","), *rows])
    with (folder / "header.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["CHILD", "SEX", "DOB", "ETHNIC"], ["1", "1", "01/01/2010", "WBRI"], ["2", "2", "", "?"], *[row[:4] for row in rows]])
    try:
        returned = read_return(folder)
    except Faults as faults:
        assert all(fault.where and fault.message for fault in faults.faults)
        return
    assert not returned.spells.duplicated(["CHILD", "START"]).any()
    following = returned.spells.groupby("CHILD")["START"].shift(-1)
    assert not (returned.spells["END"] > following).any()
    learn(returned)


@settings(max_examples=15)
@given(st.data())
def test_clean_rows_survive_dirty_neighbours(tmp_path_factory, data):
    """Cells of one child's rows are spoilt at random; the other child's history is read as if nothing had happened."""
    good = ["1,01/06/2020,S,C1,N1,U6,PR1,01/09/2020,X1,CARPL,,,", "1,01/09/2020,P,C1,N1,K2,PR4,,,,,,"]
    spoilt = ["2", "01/07/2020", "S", "V2", "N1", "U6", "PR1", "01/08/2020", "E4A", "", "", "", ""]
    for place in data.draw(st.lists(st.integers(1, 12), max_size=6)):
        spoilt[place] = data.draw(CELL)
    folder = tmp_path_factory.mktemp("spoilt")
    with (folder / "e.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([EPISODE_COLUMNS.split(","), *[row.split(",") for row in good], spoilt])
    (folder / "h.csv").write_text("CHILD,SEX,DOB,ETHNIC\n1,1,01/01/2010,WBRI\n2,2,01/01/2011,WBRI\n")
    one = read_return(folder).spells.query("CHILD == '1'")
    assert one["PLACE"].tolist() == ["U6", "K2"]
    assert one["END"].tolist()[0] == pd.Timestamp("2020-09-01")
