"""Files as people have them: figures known by whom they count, files that are not ours, codes and names through the years."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulation.base.errors import Faults
from simulation.profile.profile import why_unusable
from simulation.published import authorities, ees_names, neighbours, published
from simulation.ssda903 import distance

PLACE = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name"
CHARACTERISTICS = "cla_group,characteristic,number,percentage"


def line(rest: str, code: str = "E08000034", name: str = "Kirklees", year: object = 2022, level: str = "Local authority") -> str:
    return f"{year},Reporting year,{level},E92000001,England,E12000003,Yorkshire and The Humber,382,{code},{name},{rest}"


def file(folder: Path, name: str, columns: str, *rows: str, place: str = PLACE) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"{place},{columns}\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def stock(folder: Path, *more: str) -> Path:
    rows = [line("Children looked after at 31 March each year,640,98000"), *more]
    return file(folder, "cla_number_and_rate_per_10k_children.csv", "population_count,number,population_estimate", *rows)


def figures(data: Path, code: str = "E08000034", year: int = 2022) -> dict[str, float]:
    table = published.read(data)
    found = {name: table.value(code, name, year) for name in table.indicators}
    return {name: value for name, value in found.items() if value == value}


ONLY_STOCK = {"cla_31march_number": 640, "population_0_17": 98000}

# ---- A. figures known by whom they count


@pytest.mark.parametrize(("name", "rows"), [
    ("la_children_who_ceased_during_the_year.csv", ["Age on ceasing,1 to 4 years,40,20", "Gender,Male,100,50"]),
    ("la_children_who_started_to_be_looked_after_during_the_year.csv", ["Age on starting,Under 1 year,30,15", "Legal status,Interim care orders,60,30"]),
    ("la_children_who_started_to_be_looked_after_during_the_year.csv", ["Age group,Under 1 year,30,15", "Placement,Foster placements,60,30"]),
    ("download.csv", ["Age on ceasing,Under 1 year,30,15", "Placement,Foster placements,60,30"]),
    ("la_children_looked_after_during_the_year.csv", ["Age group,Under 1 year,30,15", "Legal status,Full care orders,60,30"]),
    ("la_care_leavers.csv", ["Age group,16 and over,30,15", "Placement,Semi-independent living,60,30"]),
    ("moves.csv", ["Placements during the year,Foster placements,400,60", "Placement providers of new placements,Own provision,60,30"]),
    ("la_duration.csv", ["Age at start of placement,Under 1 year,30,15", "Legal status of those who ceased,Full care orders,60,30"]),
])  # fmt: skip
def test_breakdowns_of_other_children_are_nobodys_at_31_march(tmp_path: Path, name: str, rows: list[str]) -> None:
    stock(tmp_path)
    file(tmp_path, name, CHARACTERISTICS, *map(line, rows))
    assert figures(tmp_path) == ONLY_STOCK


@pytest.mark.parametrize(("row", "indicator"), [
    ("Age group,1 to 4 years", "cla_31march_age_1_4_number"),
    ("Age at 31 March,16 years and over", "cla_31march_age_16plus_number"),
    ("Legal status at 31 March 2022,Interim care orders", "cla_31march_legal_ico_number"),
    ("Place providers,Private provision", "cla_31march_provider_private_number"),
    ("Locality of placement,Placed inside the local authority boundary", "cla_31march_inside_la_number"),
    ("Placement,Semi-independent living accommodation not subject to children's homes regulations", "cla_31march_placement_semi_independent_number"),
    ("Placement,\"Secure units, children's homes and semi-independent living accommodation\"", "cla_31march_placement_pre2020_homes_secure_semiindep_number"),
    ("Placement,Children's homes subject to Children's Homes Regulations", "cla_31march_placement_childrens_homes_secure_number"),
])  # fmt: skip
def test_breakdowns_of_31_march_are_known_by_the_whole_of_their_words(tmp_path: Path, row: str, indicator: str) -> None:
    stock(tmp_path)
    file(tmp_path, "la_cla_on_31_march_by_characteristics.csv", CHARACTERISTICS, line(f"{row},123,9"))
    assert figures(tmp_path) == {**ONLY_STOCK, indicator: 123}


def test_a_total_is_the_total_of_the_children_the_file_is_about(tmp_path: Path) -> None:
    stock(tmp_path)
    file(tmp_path, "la_children_who_ceased_during_the_year.csv", CHARACTERISTICS, line("Total,Total,180,100"))
    file(tmp_path, "b3_children_in_need_by_age.csv", "age_group,measure,number", line("Total,Total,4100"), line("Age,1 to 4 years,800"))
    assert figures(tmp_path) == {**ONLY_STOCK, "cla_ceased_number": 180}


@pytest.mark.parametrize(("category", "columns", "values", "wanted"), [
    ("Children in need", "At31_episodes,Referrals,Re_referrals_percent", "2100,3900,21.5", {"cin_31march_number": 2100, "referrals_number": 3900}),
    ("A - Headline", "at31_episodes_num,referral_count,rereferral_count", "2100,3900,800", {"cin_31march_number": 2100, "referrals_number": 3900, "rereferrals_number": 800}),
    ("Child and family social workers", "vacancy_rate_fte_%,turnover_rate_fte_%,agency_rate_fte (%)", "12.5,14,9", {"sw_vacancy_rate_fte_pct": 12.5, "sw_turnover_rate_fte_pct": 14, "sw_agency_rate_fte_pct": 9}),
    ("Financial year", "Section_47_enquiries,ICPCs", "900,400", {"s47_number": 900, "icpc_number": 400}),
    ("Child protection plans", "CPP_start,at31", "310,290", {"cpp_started_number": 310, "cpp_31march_number": 290}),
])  # fmt: skip
def test_a_heading_kept_throughout_says_nothing_and_blocks_nothing(tmp_path: Path, category: str, columns: str, values: str, wanted: dict[str, float]) -> None:
    stock(tmp_path)
    name = "child_protection.csv" if "CPP" in columns else "headline.csv"
    file(tmp_path, name, f"category,{columns}", line(f"{category},{values}"))
    assert figures(tmp_path) == {**ONLY_STOCK, **wanted}


@pytest.mark.parametrize("part", ["Male", "Under 1 year", "Agency workers", "Foster placements", "Newly qualified", "White", "Aged 16 and over", "Section 20", "Low income", "Something else"])
def test_an_extract_of_a_part_is_never_the_whole(tmp_path: Path, part: str) -> None:
    stock(tmp_path)
    file(tmp_path, "extract.csv", f"{'primary_need' if part == 'Something else' else 'category'},Referrals,caseload_fte", line(f"{part},1900,9"))
    file(tmp_path, "cla_extract.csv", "breakdown,number", line(f"{part},300"))
    file(tmp_path, "cla_on_31_march.csv", "kind,number", line(f"{part},300"))
    assert figures(tmp_path) == ONLY_STOCK


@pytest.mark.parametrize(("text", "whose"), [
    ("Children looked after at 31 March each year", ees_names.STOCK), ("Age on ceasing", ees_names.CEASED),
    ("CLA starting in the year ending 31 March 2023", ees_names.STARTED), ("la_children_who_ceased_during_the_year", ees_names.CEASED),
    ("Looked after at any time during the year ending 31 March 2022", ees_names.OTHER), ("Care leavers aged 19", ees_names.OTHER),
    ("Looked after on 31 March who started in the year", ees_names.OTHER), ("Age group", ""),
])  # fmt: skip
def test_whom_a_text_speaks_of(text: str, whose: str) -> None:
    assert ees_names.population(text) == whose


@pytest.mark.parametrize(("name", "columns", "values", "wanted"), [
    ("c1_children_in_need_referrals_and_rereferrals_2013_to_2025.csv", "referral_count,rereferral_count,rereferral_percent", "3900,800,20.5", {"referrals_number": 3900, "rereferrals_number": 800}),
    ("c1_children_in_need_referrals_and_rereferrals_2013_to_2023.csv", "Referrals,Re_referrals,Re_referrals_percent", "3900,800,20.5", {"referrals_number": 3900, "rereferrals_number": 800}),
    ("b1_children_in_need_2013_to_2025.csv", "anypoint_child_num,started_child_num,at31_episodes_num", "5000,2000,2400", {"cin_31march_number": 2400}),
    ("b1_children_in_need_2013_to_2021.csv", "Anypoint_episodes,Started_episodes,At31_episodes", "5000,2000,2400", {"cin_31march_number": 2400}),
    ("csww_headline_measures_2017_to_2024.csv", "turnover_rate_fte,agency_cover_rate_fte,vacancy_agency_cover_rate_fte,caseload_fte", "14,80,10,16.5", {"sw_turnover_rate_fte_pct": 14, "sw_caseload_avg": 16.5}),
])  # fmt: skip
def test_columns_of_each_release_are_known(tmp_path: Path, name: str, columns: str, values: str, wanted: dict[str, float]) -> None:
    stock(tmp_path)
    file(tmp_path, name, columns, line(values))
    assert figures(tmp_path) == {**ONLY_STOCK, **wanted}


# ---- B. one thing that is not ours stops nobody


@pytest.mark.parametrize(("name", "content"), [
    ("cla.meta.csv", "col_name,col_type,label,indicator_unit\nnumber,Indicator,Number,\n"),
    ("neighbours.csv", "model,la_code,la_name,rank,sn_la_code,sn_la_name\n2021,E08000034,Kirklees,1,E08000033,Calderdale\n"),
    ("cin.csv", f"{PLACE},category,assessments\n{line('All,500')}\n"),
    ("notes.csv", f"{PLACE},topic\n{line('Some words')}\n"),
])  # fmt: skip
def test_a_file_of_something_else_is_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str) -> None:
    stock(tmp_path)
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert figures(tmp_path) == ONLY_STOCK
    said = capsys.readouterr().err
    assert name in said and "the file is left out" in said
    with pytest.raises(Faults):
        published.read(tmp_path / name)


@pytest.mark.parametrize(("code", "name"), [
    ("E06000061 / E06000062", "North Northamptonshire / West Northamptonshire"),
    ("E09000021;E09000027", "Kingston upon Thames and Richmond upon Thames"),
    ("E06000036/7", "Bracknell Forest and West Berkshire"),
    ("E0800003X", "Somewhere"),
])  # fmt: skip
def test_a_row_of_no_one_authority_is_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, name: str) -> None:
    stock(tmp_path)
    file(tmp_path, "csww.csv", "caseload_fte", line("15"), line("17", code, name))
    assert figures(tmp_path) == {**ONLY_STOCK, "sw_caseload_avg": 15}
    assert f"are left out: {name}" in capsys.readouterr().err


def test_a_national_file_needs_no_codes_of_authorities(tmp_path: Path) -> None:
    stock(tmp_path)
    header = "time_period,time_identifier,geographic_level,country_code,country_name"
    file(tmp_path, "national.csv", "Referrals", "2022,Reporting year,National,E92000001,England,650000", place=header)
    assert published.read(tmp_path).value("E92000001", "referrals_number", 2022) == 650_000


def test_authorities_named_without_a_code_have_that_of_the_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = "time_period,time_identifier,geographic_level,region_name,la_name"
    rows = [f"{year},Reporting year,Local authority,South West,Dorset,Children looked after at 31 March,{count}" for year, count in ((2018, 430), (2020, 460))]
    table = published.read(file(tmp_path, "cla.csv", "population_count,number", *rows, place=header))
    assert table.value("E10000009", "cla_31march_number", 2018) == 430 and table.value("E06000059", "cla_31march_number", 2020) == 460
    assert "2 rows without a code are taken to be of the authority that they name" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "code"), [
    ("Pre-LGR 2021 Northamptonshire", "E10000021"), ("Poole (Pre LGR 2019)", "E06000029"), ("DURHAM", "E06000047"), ("Kingston upon Hull", "E06000010"),
])  # fmt: skip
def test_names_as_registers_write_them_are_known(tmp_path: Path, name: str, code: str) -> None:
    stock(tmp_path, line("Children looked after at 31 March each year,430,90000", "", name, 2018))
    assert published.read(tmp_path).value(code, "cla_31march_number", 2018) == 430


def test_levels_of_no_use_are_left_out_and_told_but_a_slip_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stock(tmp_path, line("Children looked after at 31 March each year,9,9", level="English devolved area"))
    assert figures(tmp_path) == ONLY_STOCK
    assert "1 rows of levels that are not used are left out: 'English devolved area'" in capsys.readouterr().err
    stock(tmp_path, line("Children looked after at 31 March each year,9,9", level="Local authorty"))
    with pytest.raises(Faults, match="'Local authorty' is not one of"):
        published.read(tmp_path)


def test_tables_that_are_no_csv_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stock(tmp_path / "data")
    (tmp_path / "release.xlsx").write_bytes(b"PK")
    assert figures(tmp_path) == ONLY_STOCK
    assert "not read, for they are no CSV files: release.xlsx" in capsys.readouterr().err


# ---- F. names from outside that change with the years


@pytest.mark.parametrize(("old", "new", "name", "year"), [
    ("E10000027", "E06000066", "Somerset", 2022), ("E10000002", "E06000060", "Buckinghamshire", 2019),
    ("E10000023", "E06000065", "North Yorkshire", 2023), ("E08000020", "E08000037", "Gateshead", 2013),
])  # fmt: skip
def test_one_area_under_two_codes_is_one_authority(tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, name: str, year: int) -> None:
    children = [line(f"Children looked after at 31 March each year,{count},90000", code, name, when) for code, count, when in ((old, 500, year), (new, 520, year + 2))]
    stock(tmp_path, *children)
    file(tmp_path, "csww.csv", "in_post_fte", line("250", new, name, year), line("260", new, name, year + 2))
    table = published.read(tmp_path)
    assert [one.code for one in table.find(f"{name};{old};{new.lower()}")] == [new]
    assert [table.value(new, "cla_31march_number", when) for when in (year, year + 2)] == [500, 520]
    assert table.value(new, "sw_inpost_fte", year) == 250
    assert f"{name} is in the table as {' and '.join(sorted((new, old)))}: one area" in capsys.readouterr().err


def test_of_one_figure_under_two_codes_that_of_the_code_in_force_counts(tmp_path: Path) -> None:
    children = [line(f"Children looked after at 31 March each year,{count},90000", code, "Somerset", 2023) for code, count in (("E06000066", 999), ("E10000027", 564))]
    stock(tmp_path, *children)
    assert published.read(tmp_path).value("E06000066", "cla_31march_number", 2023) == 564


def test_an_authority_that_is_none_any_more_says_what_came_after(tmp_path: Path) -> None:
    children = [line("Children looked after at 31 March each year,740,99000", "E10000006", "Cumbria", 2023), line("Children looked after at 31 March each year,454,50000", "E06000063", "Cumberland", 2024)]
    stock(tmp_path, *children)
    table = published.read(tmp_path)
    assert "until 31 March 2023; since then there is Cumberland and Westmorland and Furness" in why_unusable(table, "E10000006", 2024)
    assert why_unusable(table, "E06000063", 2023) == "cla_31march_number of 2023 is not published"


def test_neighbours_are_known_by_their_older_codes(tmp_path: Path) -> None:
    path = tmp_path / "neighbours.csv"
    path.write_text("la_code,sn_la_code\nE08000034,E10000027\nE10000002,E08000034\n", encoding="utf-8")
    assert neighbours.read_neighbours(path) == {"E08000034": ["E06000066"], "E06000060": ["E08000034"]}


@pytest.mark.parametrize("header", [
    "pcd7,pcd8,pcds,lad25cd,east1m,north1m", "pcd,pcd2,pcds,oslaua,oseast1m,osnrth1m", "pcds,x,y,laua,oseast1m,osnrth1m",
    "\ufeffPostcode,In Use?,z,LAD23CD,Easting,Northing", "pcd8,ctry25cd,rgn25cd,lad25cd,east1m,north1m",
])  # fmt: skip
def test_a_postcode_directory_is_known_whatever_the_release_calls_its_columns(tmp_path: Path, header: str) -> None:
    path = tmp_path / "directory.csv"
    path.write_text(f"{header}\nHD1 2TT,HD1  2TT,HD1 2TT,E08000034,414500,416500\n", encoding="utf-8")
    book = distance.directory(path)
    assert book.loc["HD12TT"].tolist() == [414500, 416500, "E08000034"]


def test_of_several_releases_in_one_directory_the_latest_counts(tmp_path: Path) -> None:
    path = tmp_path / "directory.csv"
    path.write_text("pcds,lad21cd,lad24cd,east1m,north1m\nTA1 1AA,E07000246,E06000066,322000,124000\n", encoding="utf-8")
    assert distance.directory(path).loc["TA11AA", "laua"] == "E06000066"


def test_the_table_of_authorities_is_whole() -> None:
    table = pd.read_csv(authorities.FILE, comment="#", keep_default_na=False)
    assert not table["code"].duplicated().any() and set(table["now"]) == set(authorities.known())
    for one in authorities.known().values():
        assert set(one.succeeded_by) <= set(authorities.known()) and bool(one.last_day) == bool(one.succeeded_by)
    later = {"E06000048": "E06000057", "E08000038": "E08000016", "E08000039": "E08000019"}
    assert {code: authorities.codes()[code] for code in later} == later
    assert [authorities.in_force(code, 2023) for code in ("E10000027", "E06000066", "E06000063", "E10000006")] == [True, False, False, True]


# ---- I. whom a name means


@pytest.mark.parametrize(("wanted", "offered"), [
    ("Telford", "Telford and Wrekin"), ("Southend", "Southend-on-Sea"), ("Hull", "Kingston upon Hull, City of"),
    ("Durham", "County Durham"), ("Herefordshire", "Herefordshire, County of"), ("Newcastle", "Newcastle upon Tyne"),
    ("Medway Council", "Medway"), ("BCP", "Bournemouth, Christchurch and Poole"), ("Leics", "Leicestershire"), ("St Helens MBC", "St. Helens"),
    ("Wirrall", "Wirral"), ("Westmorland", "Westmorland and Furness"),
])  # fmt: skip
def test_a_short_or_misspelt_name_offers_the_right_authority_or_says_that_it_is_not_there(tmp_path: Path, wanted: str, offered: str) -> None:
    code = next(one.code for one in authorities.known().values() if one.name == offered)
    near = line("Children looked after at 31 March each year,300,60000", "E06000051", "Shropshire")
    with pytest.raises(Faults) as absent:
        published.read(stock(tmp_path, near)).find(wanted)
    assert f"'{offered}' ({code}), of which the table has nothing" in str(absent.value) and "Did you mean" not in str(absent.value)
    with pytest.raises(Faults, match="Did you mean") as there:
        published.read(stock(tmp_path, near, line("Children looked after at 31 March each year,300,60000", code, f'"{offered}"'))).find(wanted)
    assert f"Did you mean '{offered}'?" in str(there.value)


def test_a_name_of_several_offers_them_all_and_one_of_none_nothing(tmp_path: Path) -> None:
    table = published.read(stock(tmp_path))
    with pytest.raises(Faults, match=r"'Cheshire East' \(E06000049\) or 'Cheshire West and Chester'"):
        table.find("Cheshire")
    with pytest.raises(Faults, match=r"'E06000010' is not .* It is 'Kingston upon Hull, City of' \(E06000010\), of which"):
        table.find("E06000010")
    with pytest.raises(Faults, match=r"'E0800003' is not an authority in this table\.$"):
        table.find("E0800003")
    with pytest.raises(Faults, match=r"'Atlantis' is not an authority in this table\.$"):
        table.find("Atlantis")


@pytest.mark.parametrize(("before", "after"), [("\ufeff\ufeff", ""), ("\u00ef\u00bb\u00bf", ""), ("", "\u200b"), ("", "\u00a0")])
def test_signs_that_nobody_sees_are_no_part_of_a_heading(tmp_path: Path, before: str, after: str) -> None:
    path = stock(tmp_path)
    text = path.read_text(encoding="utf-8").replace("time_period", f"time_period{after}", 1)
    path.write_text(before + text, encoding="utf-8")
    assert figures(path) == ONLY_STOCK
