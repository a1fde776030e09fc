"""Published figures: reading, refusing politely, finding authorities, and what was known when."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from simulation.base.errors import Faults
from simulation.cli.main import main
from simulation.published import csv_table, ees, neighbours, published
from simulation.published.csv_table import MOST_FAULTS

HEADER = "geo_level,la_code,la_name,region,year,indicator,value,unit\n"


def write(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes((header + "".join(row + "\n" for row in rows)).encode(encoding))
    return path


def row(
    code: str = "E08000032",
    name: str = "Bradford",
    year: object = 2018,
    indicator: str = "cla_31march_number",
    value: object = 986,
) -> str:
    return f"LA,{code},{name},Yorkshire,{year},{indicator},{value},children"


def test_reads_figures_and_finds_authorities_by_name_or_code(tmp_path: Path) -> None:
    table = published.read(write(tmp_path, row(), row("E08000035", "Leeds", value="1,275.0".replace(",", ""))))
    assert [one.name for one in table.find("bradford; E08000035")] == ["Bradford", "Leeds"]
    assert table.value("E08000032", "cla_31march_number", 2018) == 986
    assert np.isnan(table.value("E08000032", "cla_31march_number", 2019))
    assert [one.code for one in table.find("all")] == ["E08000032", "E08000035"]


def test_extra_columns_are_ignored_and_suppressed_figures_are_absent(tmp_path: Path) -> None:
    header = HEADER.replace("\n", ",note\n")
    table = published.read(
        write(tmp_path, row() + ",x", *[row(year=y, value=mark) + "," for y, mark in ((2016, "c"), (2017, ".."))], header=header)
    )
    assert len(table.rows) == 1


def test_an_unknown_authority_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    table = published.read(write(tmp_path, row()))
    with pytest.raises(Faults, match=r"'Bradfrod' is not an authority in this table\. Did you mean 'Bradford'"):
        table.find("Bradfrod")
    with pytest.raises(Faults, match="no authority was given"):
        table.find(" ; ")


@pytest.mark.parametrize(("bad", "said"), [
    (row(year="20x8"), r"row 3, column year: '20x8' is not a year"),
    (row(year=1066), r"row 3, column year: '1066' is not a year"),
    (row(year="2018.5"), r"column year: '2018.5'"),
    (row(value="many"), r"row 3, column value: 'many' is not a number"),
    (row(value="inf"), r"row 3, column value: 'inf' is not a number"),
    (row(code="Bradford"), r"row 3, column la_code: 'Bradford' is not an ONS code"),
    (row(indicator=""), r"row 3, column indicator"),
])  # fmt: skip
def test_a_bad_cell_is_named_by_file_row_and_column(tmp_path: Path, bad: str, said: str) -> None:
    with pytest.raises(Faults, match=said) as caught:
        published.read(write(tmp_path, row(year=2015), bad))
    assert str(tmp_path / "table.csv") in str(caught.value)


def test_every_fault_is_told_at_once_but_not_thousands(tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        published.read(write(tmp_path, *[row(year=2000 + k % 20, value=f"many{k}") for k in range(300)], row(year="never")))
    assert len(caught.value.faults) == csv_table.MOST_FAULTS + 1 + 1
    assert "280 more rows" in str(caught.value)


def test_one_wrong_entry_in_many_rows_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        published.read(write(tmp_path, *[row(code="380", year=y) for y in range(2013, 2021)]))
    assert len(caught.value.faults) == 1
    assert "row 2, column la_code: '380' is not an ONS code such as E08000032 (and 7 more rows like it)" in str(caught.value)


def test_what_spreadsheets_do_to_a_table_is_undone(tmp_path: Path) -> None:
    rows = [
        row(code="e08000032", year="2018.0", value='"£1,986"'),
        row(year="2018/19", value="986"),
        row(year="202020", value="986"),
        row(year="2020", indicator="sw_agency_rate_fte_pct", value="14.5 %"),
        row(code="", name="England", value="75370"),
        row(code="W06000015", name="Cardiff"),
        row(code="", name="Yorkshire", value="9000"),
        row(code="", name="Inner London", value="9000"),
    ]
    with pytest.raises(Faults, match="'202020' is not a year"):
        published.read(write(tmp_path, *rows))
    table = published.read(write(tmp_path, *[r.replace("202020", "201920") for r in rows], header=HEADER.upper()))
    assert [table.value("E08000032", "cla_31march_number", y) for y in (2018, 2019, 2020)] == [1986, 986, 986]
    assert table.value("E08000032", "sw_agency_rate_fte_pct", 2020) == 14.5
    assert table.value(published.ENGLAND, "cla_31march_number", 2018) == 75370
    assert list(table.authorities) == ["E08000032"]


def test_a_name_that_two_codes_bear_means_the_newer(tmp_path: Path) -> None:
    rows = [row("E06000059", "Dorset", 2019), row("E10000009", "Dorset", 2018)]
    for order in (rows, rows[::-1]):
        assert [one.code for one in published.read(write(tmp_path, *order)).find("dorset")] == ["E06000059"]


def test_the_same_figure_twice_with_different_values_is_refused(tmp_path: Path) -> None:
    assert len(published.read(write(tmp_path, row(), row())).rows) == 1
    with pytest.raises(Faults, match="given more than once with different values"):
        published.read(write(tmp_path, row(), row(value=987)))


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"),
    (b"PK\x03\x04 rest", "Excel or zip"),
    (HEADER.encode("utf-16"), "UTF-16"),
    ((HEADER + row(name="Caf\xe9")).encode("latin-1"), r"row 2, character \d+: byte 0xe9 is not UTF-8"),
    (HEADER.encode(), "has a header and no rows"),
    (HEADER.replace("la_code,", "").encode(), "column 'la_code' is missing"),
    (HEADER.replace("la_code", "la_cod").encode() + b"1", "column 'la_code' is missing. If 'la_cod' is meant, name it 'la_code'"),
    ((HEADER + '"unclosed,1,2').encode(), "is not a CSV table|column"),
])  # fmt: skip
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(Faults, match=said):
        published.read(path)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(Faults):
            published.read(path)


def test_what_was_known_leaves_out_later_years_and_the_workforce_of_the_september_after(tmp_path: Path) -> None:
    rows = [row(year=y) for y in (2017, 2018, 2019)] + [row(year=y, indicator="sw_inpost_fte") for y in (2016, 2017, 2018)]
    known = published.read(write(tmp_path, *rows)).until(2018)
    assert sorted(known.wide("cla_31march_number").columns) == [2017, 2018]
    assert sorted(known.wide("sw_inpost_fte").columns) == [2016, 2017]


def test_reads_the_layout_of_explore_education_statistics(tmp_path: Path) -> None:
    header = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,old_la_code,la_name,population_count,number,rate_per_10000\n"
    place = "E92000001,England,E12000003,Yorkshire,E08000032,380,Bradford"
    rows = [
        f"2018,Reporting year,Local authority,{place},Children looked after at 31 March each year,986,70",
        f"2018,Reporting year,Local authority,{place},Children starting to be looked after each year,338,24",
        f"201819,Financial year,Local authority,{place},Children ceasing to be looked after each year,c,c",
        "2018,Reporting year,National,E92000001,England,,,,,,Children looked after at 31 March each year,75360,64",
    ]
    table = published.read(write(tmp_path, *rows, header=header))
    assert table.value("E08000032", "cla_31march_number", 2018) == 986
    assert table.value("E08000032", "cla_started_number", 2018) == 338
    assert table.value("E92000001", "cla_31march_number", 2018) == 75360
    assert table.authorities["E08000032"].region == "Yorkshire"


def test_a_period_is_the_year_it_ends_in() -> None:
    assert [ees.year_ending(text) for text in ("2020", "201920", "2019/20", "199900")] == [2020, 2020, 2020, 2000]
    with pytest.raises(ValueError, match="not a year"):
        ees.year_ending("20192")


def panel(tmp_path: Path, size: int = 12) -> published.Table:
    rows = []
    for k in range(size):
        code, scale = f"E0800{k:04d}", 1 + k // 3
        for year in range(2014, 2019):
            for name, per in (("population_0_17", 50_000), ("cla_31march_number", 300), ("referrals_number", 2500)):
                rows.append(f"LA,{code},Place {k},{'North' if k < 6 else 'South'},{year},{name},{per * scale},number")
    return published.read(write(tmp_path, *rows))


def test_neighbours_in_the_table_are_near_in_size_and_never_oneself(tmp_path: Path) -> None:
    near = neighbours.nearest_in_table(panel(tmp_path), 2018, how_many=2)
    assert all(code not in names and len(names) == 2 for code, names in near.items())
    assert near["E08000004"][0] in {"E08000003", "E08000005"}


def test_neighbours_from_a_file_take_the_latest_model_not_after_the_year(tmp_path: Path) -> None:
    path = tmp_path / "near.csv"
    path.write_text(
        "model,la_code,rank,sn_la_code\n2025,E08000004,1,E08000001\n2021,E08000004,2,E08000007\n2021,E08000004,1,E08000006\n",
        encoding="utf-8",
    )
    assert neighbours.read_neighbours(path, 2022)["E08000004"] == ["E08000006", "E08000007"]
    assert neighbours.read_neighbours(path, 2018)["E08000004"] == ["E08000006", "E08000007"]
    assert neighbours.read_neighbours(path, 2026)["E08000004"] == ["E08000001"]
    near = neighbours.of(panel(tmp_path), 2018, path)
    assert near["E08000004"] == ["E08000006", "E08000007"]
    path.write_text("code,rank\n", encoding="utf-8")
    with pytest.raises(Faults, match="column 'la_code' is missing"):
        neighbours.read_neighbours(path)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_no_file(name: str) -> None:
    with pytest.raises(Faults, match="there is no such file") as refused:
        published.read(name)
    assert len(str(refused.value)) < 300


# ---- figures that cannot be


def cell(indicator: str, value: object, year: object = 2018) -> str:
    return row(year=year, indicator=indicator, value=value)


@pytest.mark.parametrize(("bad", "said"), [
    (cell("cla_31march_age_10_15_number", -50), r"row 3, column value: '-50' cannot be cla_31march_age_10_15_number of Bradford"),
    (cell("cla_31march_number", 9_999_999, 2017), r"'9999999' cannot be .* allowed is 0 to 20,000"),
    (cell("population_0_17", 9_999_999), "allowed is 0 to 1,000,000"),
    (cell("referrals_nfa_pct", 120), r"allowed is 0 to 100 \(a share"),
    (cell("referrals_nfa_pct", -1), "'-1' cannot be"),
    (cell("sw_inpost_fte", 9_999_999), "'9999999' cannot be sw_inpost_fte"),
    (cell("unitcost_s251_residential_weekly", -5), "'-5' cannot be"),
    (cell("spend_s251_cla_total", -5), "'-5' cannot be"),
    (cell("population_0_17", "311.057", 2017), "whole children"),
    (cell("population_0_17", 900), r"column value: 986 children looked after of Bradford in 2018 are more than the 900 who live there .*: row 3"),
])  # fmt: skip
def test_a_figure_that_cannot_be_is_left_out_and_told_with_its_row(tmp_path: Path, capsys, bad: str, said: str) -> None:
    table = published.read(write(tmp_path, row("E08000035", "Leeds"), bad, row()))
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(said, line) and line.startswith("warning: ") and line.endswith("; left out, as if not published")
    _, code, _, _, year, indicator, *_ = bad.split(",")
    assert np.isnan(table.value(code, indicator, int(year))) and table.value("E08000035", "cla_31march_number", 2018) == 986


def test_what_authorities_really_publish_is_within_the_limits(tmp_path: Path) -> None:
    """The lowest and highest real figures: differences and one line of spend below zero, all staff leaving, England."""
    real = [
        cell("spend_s251_cla_other_public", -71846),
        cell("cla_net_gain_number", -230),
        cell("childrens_home_net_gain", -65),
        cell("sw_turnover_rate_fte_pct", 130),
        cell("cpp_ended_number", 44.6),
        "National,E92000001,England,England,2018,population_0_17,11755593,persons",
        "National,E92000001,England,England,2018,spend_s251_cyp_total,10530790000,GBP",
        row(value='"1,632"'),
    ]
    assert len(published.read(write(tmp_path, *real)).rows) == 8


def test_many_figures_that_cannot_be_are_told_once_for_each_indicator(tmp_path: Path, capsys) -> None:
    bad = [cell(f"cla_31march_part{k}_number", -year, year) for k in range(25) for year in (2015, 2016)]
    published.read(write(tmp_path, row(), *bad))
    told = capsys.readouterr().err
    assert len(told.splitlines()) == MOST_FAULTS + 1
    assert "and 1 more rows of this figure" in told and "5 more figures have values that cannot be" in told


# ---- numbers and marks as printed


@pytest.mark.parametrize(("value", "said"), [
    ('"63,2"', "'63,2' has a comma that does not part thousands; write a decimal point"),
    ('"6,3,2"', "'6,3,2' has a comma"),
    ('"0,632"', "'0,632' has a comma"),
    ("63.2%", "'63.2%' is per cent, but this figure is a number"),
    ("(632)", "is not a number"),
    ("6_32", "is not a number"),
])  # fmt: skip
def test_a_number_that_can_be_misread_is_refused_once(tmp_path: Path, value: str, said: str) -> None:
    with pytest.raises(Faults, match=re.escape(said)) as refused:
        published.read(write(tmp_path, row(year=2015), row(value=value)))
    assert "row 3, column value" in str(refused.value)
    assert len(refused.value.faults) == 1


@pytest.mark.parametrize("mark", ["[c]", "[x]", "[low]", "[z]", "–", "−", "—", "-", "C"])
def test_the_marks_of_official_tables_mean_not_published(tmp_path: Path, mark: str) -> None:
    assert len(published.read(write(tmp_path, row(year=2015), row(value=mark))).rows) == 1


# ---- rows and columns that were lost


def test_areas_outside_england_are_left_out_and_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = published.read(write(tmp_path, row(), row("W06000015", "Cardiff"), row("W06000015", "Cardiff", 2019)))
    assert "2 rows are not of an English authority, region or England and are left out: Cardiff (W06000015)" in capsys.readouterr().err
    with pytest.raises(Faults, match=r"The table has Cardiff \(W06000015\), whose code is not that of an English"):
        table.until(2018).find("cardiff")


def test_a_name_of_two_codes_in_one_year_asks_for_the_code(tmp_path: Path) -> None:
    table = published.read(write(tmp_path, row(), row("E08000035", "Bradford")))
    with pytest.raises(Faults, match="'Bradford' is the name of E08000032 and E08000035: give the code"):
        table.find("Bradford")
    assert [one.code for one in table.find("E08000035")] == ["E08000035"] and len(table.find("all")) == 2


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    for again in ("Value", "value"):
        with pytest.raises(Faults, match="row 1: column 'value' is there more than once"):
            published.read(write(tmp_path, row() + ",1", header=HEADER.replace("\n", f",{again}\n")))


def test_indicators_may_be_in_capitals(tmp_path: Path) -> None:
    assert published.read(write(tmp_path, row(indicator="CLA_31March_Number"))).indicators == ["cla_31march_number"]


@pytest.mark.parametrize(("names", "said"), [
    (("cla_31_march_number",), r"'cla_31march_number' is not in the table and is needed\. If 'cla_31_march_number' is meant, name it 'cla_31march_number'"),
    (("cpp_31march_number", "cla_started_number"), r"'cla_31march_number' is not in the table and is needed\.$"),
    (("cla_31march_number", "population_017"), r"one is needed\. If 'population_017' is meant, name it 'population_0_17'"),
])  # fmt: skip
def test_a_needed_indicator_that_is_misspelt_is_named(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    with pytest.raises(Faults, match=said):
        published.read(write(tmp_path, *[row(indicator=name) for name in names]))


# ---- files as offices save them


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs_separate_too(tmp_path: Path, separator: str) -> None:
    path = write(tmp_path, row().replace(",", separator), header=HEADER.replace(",", separator))
    assert published.read(path).value("E08000032", "cla_31march_number", 2018) == 986


def test_commas_at_the_end_and_empty_rows_are_nothing(tmp_path: Path) -> None:
    table = published.read(write(tmp_path, row() + ",", ",,,,,,,", "", row(year=2019) + ",,,"))
    assert sorted(table.wide("cla_31march_number").columns) == [2018, 2019]


@pytest.mark.parametrize(("rows", "header", "said"), [
    ((row(),), "Published indicators\n\n" + HEADER, "row 1: the header is in row 3: delete what is above it"),
    ((row(), "", "Source: DfE,,,,,,,"), HEADER, "row 4: only 'Source: DfE' is filled in; delete notes below"),
    ((row(), "LA,E08000035,Leeds"), HEADER, "row 3: has 3 columns and the header 8"),
    ((row(), row() + ",1"), HEADER, "row 3: has 9 columns and the header 8"),
    ((row(), row(name='"Leeds')), HEADER, "row 3: is not a CSV table: a quotation mark"),
    ((row(), "", row(value="many")), HEADER, "row 4, column value: 'many'"),
])  # fmt: skip
def test_what_stands_round_a_table_is_one_sentence(tmp_path: Path, rows: tuple[str, ...], header: str, said: str) -> None:
    with pytest.raises(Faults, match=re.escape(said)) as refused:
        published.read(write(tmp_path, *rows, header=header))
    assert len(refused.value.faults) == 1


def test_what_is_not_an_authority_is_said(tmp_path: Path) -> None:
    regional = "Regional,E12000003,Yorkshire,Yorkshire,2018,cla_31march_number,9000,children"
    table = published.read(write(tmp_path, row(), row("E08000035", "Leeds"), regional, row("E92000001", "England")))
    for given in ("Yorkshire", "e12000003", "E92000001", "England"):
        with pytest.raises(Faults, match="It is a region or the country; an authority is needed"):
            table.find(given)
    with pytest.raises(Faults, match="Separate authorities by ';': 'Bradford;E08000035'"):
        table.find("Bradford, E08000035")


# ---- several files, and Explore Education Statistics

EES = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,old_la_code,la_name"


def ees_file(tmp_path: Path, columns: str, *rows: str, header: str = EES, name: str = "ees.csv") -> Path:
    path = tmp_path / name
    path.write_text(f"{header},{columns}\n" + "".join(f"{line}\n" for line in rows), encoding="utf-8")
    return path


def ees_row(rest: str, period: object = 2018, code: str = "E08000032", name: str = "Bradford", level: str = "Local authority") -> str:
    return f"{period},Reporting year,{level},E92000001,England,E12000003,Yorkshire,{code},380,{name},{rest}"


def test_several_files_and_a_folder_make_one_table(tmp_path: Path) -> None:
    columns = "cla_group,characteristic,number"
    one = ees_file(tmp_path, columns, ees_row("Total children,Total,986"))
    tidy = write(tmp_path, row(indicator="population_0_17", value=142_000), row())
    for given in (f"{one}; {tidy}", str(tmp_path)):
        table = published.read(given)
        assert table.value("E08000032", "cla_31march_number", 2018) == 986
        assert table.value("E08000032", "population_0_17", 2018) == 142_000
    assert Path(published.read(f"{one};{tidy}").source).name == "ees.csv; table.csv"
    write(tmp_path, row(value=987))
    with pytest.raises(Faults, match=r"table.csv: row 2, .* different values \(987 here, 986 in .*ees.csv: row 2\)"):
        published.read(tmp_path)
    with pytest.raises(Faults, match="no such file"):
        published.read(f"{one};{tmp_path / 'none.csv'}")
    with pytest.raises(Faults, match="no file was given"):
        published.read(" ; ")


def test_the_rate_and_the_population_of_explore_education_statistics_have_names(tmp_path: Path) -> None:
    rows = [
        ees_row("Children looked after at 31 March each year,986,142000,69.4"),
        ees_row("Children who started to be looked after,338,142000,23.8"),
        ees_row("Children who ceased to be looked after,290,142000,20.4"),
    ]
    table = published.read(ees_file(tmp_path, "population_count,number,population_estimate,rate_per_10000", *rows))
    wanted = {
        "population_0_17": 142_000,
        "cla_31march_number": 986,
        "cla_31march_rate_per_10k": 69.4,
        "cla_started_number": 338,
        "cla_started_rate_per_10k": 23.8,
        "cla_ceased_number": 290,
        "cla_ceased_rate_per_10k": 20.4,
    }
    assert {name: table.value("E08000032", name, 2018) for name in table.indicators} == wanted


def test_breakdowns_are_not_taken_for_totals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = ["Total children,Total UASC,40", "Gender,Male,500", "Total children,Total,986", "Age group,Under 1 year,50"]
    table = published.read(ees_file(tmp_path, "cla_group,characteristic,number", *map(ees_row, parts)))
    assert {name: table.value("E08000032", name, 2018) for name in table.indicators} == {
        "cla_31march_number": 986,
        "cla_31march_uasc_number": 40,
        "cla_31march_age_u1_number": 50,
    }
    assert "3 figures of 3 indicators are recognised; not used: 'gender|male number' (1)" in capsys.readouterr().err


def test_columns_of_children_in_need_are_recognised(tmp_path: Path) -> None:
    need = ees_file(tmp_path, "At31_episodes,Referrals,Section_47,ICPCs,CPP_at31,CPP_start", ees_row("3000,5000,900,400,350,z"))
    table = published.read(f"{need};{write(tmp_path, row())}")
    assert {name: table.value("E08000032", name, 2018) for name in table.indicators if name[:3] != "cla"} == {
        "cin_31march_number": 3000,
        "referrals_number": 5000,
        "s47_number": 900,
        "icpc_number": 400,
        "cpp_31march_number": 350,
    }
    started = ees_file(tmp_path, "CPP_start", ees_row("410"))
    assert published.read(f"{started};{tmp_path / 'table.csv'}").value("E08000032", "cpp_started_number", 2018) == 410


TOTALS = "cla_group,characteristic,number"


@pytest.mark.parametrize(("columns", "bad", "said"), [
    (TOTALS, ees_row("Total children,Total,999"), r"row 4, column number: .* \(999 here, 986 in .*: row 2\)"),
    (TOTALS, ees_row("Total children,Total,six", 2019), r"row 4, column number: 'six' is not a number"),
    (TOTALS, ees_row("Total children,Total,6", "20xx"), r"row 4, column time_period: '20xx' is not a year"),
    (TOTALS, ees_row("Total children,Total,6", level="Local autority"), r"row 4, column geographic_level: 'Local autority'"),
    (f"{TOTALS},rate_per_10000", ees_row("Total children,Total,6,abc", 2019), r"row 4, column rate_per_10000: 'abc' is not"),
])  # fmt: skip
def test_a_fault_in_explore_education_statistics_names_its_row_and_column(tmp_path: Path, columns: str, bad: str, said: str) -> None:
    more = ",60" if "rate" in columns else ""
    good = [ees_row(f"Total children,Total,986{more}"), ees_row(f"Total children,Total,976{more}", 2017)]
    with pytest.raises(Faults, match=said) as refused:
        published.read(ees_file(tmp_path, columns, *good, bad))
    assert len(refused.value.faults) == 1


def test_the_old_code_is_not_offered_for_the_new_one(tmp_path: Path) -> None:
    path = ees_file(tmp_path, TOTALS, "2018,Reporting year,Local authority,E92000001,England,,,380,Total children,Total,986",
                    header=EES.replace("new_la_code,", "").replace(",la_name", ""))  # fmt: skip
    with pytest.raises(Faults, match=r"column 'new_la_code' is missing\. Needed: time_period"):
        published.read(path)


def test_many_marks_leave_a_column_one_of_numbers(tmp_path: Path) -> None:
    rows = [ees_row(f"Total children,Total,{'[c]' if year % 2 else 986}", year) for year in range(2010, 2020)]
    assert len(published.read(ees_file(tmp_path, TOTALS, *rows)).rows) == 5


def test_levels_may_be_called_region_and_country_and_others_are_not_used(tmp_path: Path) -> None:
    rows = [
        ees_row("Total children,Total,986"),
        ees_row("Total children,Total,9000", level="Region", code="", name=""),
        ees_row("Total children,Total,75000", level="Country", code="", name=""),
        ees_row("Total children,Total,50", level="School", code="", name=""),
        ees_row("Total children,Total,50", code="z", name="Unknown"),
    ]
    table = published.read(ees_file(tmp_path, TOTALS, *rows))
    assert [table.value(code, "cla_31march_number", 2018) for code in ("E08000032", "E12000003", "E92000001")] == [986, 9000, 75000]
    assert len(table.rows) == 3


def test_codes_do_where_no_name_is_given(tmp_path: Path) -> None:
    header = "time_period,time_identifier,geographic_level,country_name,region_name,new_la_code"
    rows = [f"2018,Reporting year,{level},England,Yorkshire,{code},Total children,Total,986" for level, code in (("Local authority", "E08000032"), ("National", ""))]
    path = ees_file(tmp_path, TOTALS, *rows, header=header)
    assert [one.name for one in published.read(path).find("e08000032")] == ["Bradford"]
    assert published.read(path).value("E92000001", "cla_31march_number", 2018) == 986
    assert [one.name for one in published.read(f"{path};{write(tmp_path, row(year=2015))}").find("bradford")] == ["Bradford"]


def test_a_file_in_which_nothing_is_recognised_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Faults, match=r"no figure is recognised; it has 'pupils headteachers' \(1\)"):
        published.read(ees_file(tmp_path, "topic,headteachers", ees_row("Pupils,12")))


# ---- files of neighbours and years


@pytest.mark.parametrize(("content", "said"), [
    ("la_code,sn_la_code\n", "has a header and no rows"),
    ("la_code,sn_la_code\nBradford,Leeds\n", "row 2, column la_code: 'Bradford' is not an ONS code"),
    ("la_code,sn_la_code\nE08000004,E08000004\n", "row 2, column sn_la_code: 'E08000004' is given as its own neighbour"),
    ("la_code,rank,sn_la_code\nE08000004,first,E08000005\n", "row 2, column rank: 'first' is not a rank"),
    ("la_code,sn_la_code\nE06000004,E06000005\n", "has no neighbours of an authority of"),
])  # fmt: skip
def test_a_file_of_neighbours_that_says_nothing_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "near.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Faults, match=re.escape(said)):
        neighbours.of(panel(tmp_path), 2018, path)


def test_a_folder_is_no_file_of_neighbours_and_capitals_are(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="is a folder"):
        neighbours.read_neighbours(tmp_path)
    path = tmp_path / "near.csv"
    path.write_text("LA_CODE;SN_LA_CODE\ne08000004;e08000005\n", encoding="utf-8")
    assert neighbours.read_neighbours(path) == {"E08000004": ["E08000005"]}


def test_the_year_of_a_profile_may_be_a_financial_year(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["profile", "--la", "Bradford", "--data", "none.csv", "--out", "x.yaml", "--year"]
    assert main([*given, "2019/20"]) == 2
    assert "none.csv: there is no such file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*given, "2019/21"])
    assert "'2019/21' is not a year such as 2020, 201920 or 2019/20" in capsys.readouterr().err
