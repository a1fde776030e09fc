"""Published figures: reading, refusing politely, finding authorities, and what was known when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulation.evidence import ees, neighbours, published
from simulation.faults import Faults

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
    assert len(caught.value.faults) == published.MOST_FAULTS + 1 + 1
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
    (HEADER.replace("la_code", "la_cod").encode() + b"1", "Did you mean 'la_cod'"),
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
