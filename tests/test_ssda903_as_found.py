"""Returns as people have them: years and authorities in columns, corrected dates, damage of one cause, files misnamed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small_returns import (
    Tables,
    as_book,
    as_csv,
    as_text,
    reading,
    small_return,
    write_column,
    write_folders,
)

from simulation.base.errors import Faults
from simulation.ssda903 import read_return

CLEAN = small_return()


def whys(path: Path) -> list[str]:
    return [correction.why for correction in read_return(path).corrections.made]


def refused(path: Path) -> str:
    with pytest.raises(Faults) as caught:
        read_return(path)
    assert len(caught.value.faults) <= 6, "one cause is told once"
    return str(caught.value)


def changed(year: int, table: str, change, tables: Tables = CLEAN) -> Tables:
    """The clean return with one table changed."""
    return {each: {name: change(frame.copy()) if (each, name) == (year, table) else frame for name, frame in own.items()} for each, own in tables.items()}


# ---- C. columns that say whose or which year a row is


@pytest.mark.parametrize(("heading", "year_form"), [
    ("YEAR", "{0}"), ("report_year", "{0}"), ("Financial Year", "{1}/{2}"), ("Return year", "{1}-{2}"), ("YEAR", "{0}.0"), ("year ending", "31/03/{0}"),
])  # fmt: skip
def test_a_column_of_years_is_read_as_that_many_returns(tmp_path: Path, heading: str, year_form: str) -> None:
    path = write_column(tmp_path / "column", CLEAN, heading=heading, year_form=year_form)
    assert reading(path) == reading(write_folders(tmp_path / "folders", CLEAN))
    assert any("the column says which return each row is of: 2023, 2024" in why for why in whys(path))


@pytest.mark.parametrize("year", ["", "soon", "2023/25", "20233"])
def test_a_row_whose_year_cannot_be_told_is_refused(tmp_path: Path, year: str) -> None:
    path = write_column(tmp_path, CLEAN)
    text = (path / "episodes.csv").read_text()
    (path / "episodes.csv").write_text(re.sub(r",2023$", f",{year}", text, count=2, flags=re.MULTILINE))
    assert "episodes.csv: row 2, column YEAR" in refused(path) and "whose year the row is cannot be told (2 rows)" in refused(path)


@pytest.mark.parametrize("names", [("Leeds", "Bradford"), ("E08000035", "E08000032"), ("Somewhere", "Elsewhere")])
def test_several_authorities_in_a_column_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    half = changed(2024, "episodes", lambda table: table.assign(LA=[names[place % 2] for place in range(len(table))]))
    assert f"a return is of one authority, and here are 2 ({names[0]}, {names[1]})" in refused(write_folders(tmp_path, half))


def test_one_authority_under_name_and_codes_is_one(tmp_path: Path) -> None:
    named = changed(2024, "episodes", lambda table: table.assign(LA="Somerset"))
    named = changed(2023, "episodes", lambda table: table.assign(LA_CODE="E10000027"), named)
    named = changed(2024, "header", lambda table: table.assign(LA_CODE="E06000066"), named)
    assert reading(write_folders(tmp_path / "named", named)) == reading(write_folders(tmp_path / "plain", CLEAN))


def test_folders_of_two_authorities_are_refused(tmp_path: Path) -> None:
    for name in ("leeds", "Bradford"):
        write_folders(tmp_path / name, CLEAN)
    assert "a return is of one authority, and here are 2" in refused(tmp_path)


@pytest.mark.parametrize(("name", "value"), [("DOB", pd.Timestamp("2014-01-01")), ("SEX", "1")])
def test_one_number_with_two_births_or_sexes_is_two_children(tmp_path: Path, name: str, value: object) -> None:
    def twin(table: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([table, table[table["SEX"] == "2"].head(1).assign(**{name: value})])

    said = refused(write_folders(tmp_path, changed(2024, "header", twin)))
    assert "the number is that of another child" in said and "two children cannot be told apart" in said
    assert not re.search(r"5000\d\d", said), "no child's number is quoted"


def test_a_birth_corrected_next_year_is_said_and_a_number_given_again_refused(tmp_path: Path) -> None:
    child = CLEAN[2023]["header"]["CHILD"].isin(CLEAN[2024]["header"]["CHILD"]).pipe(lambda both: CLEAN[2023]["header"]["CHILD"][both].iloc[0])
    born = changed(2023, "header", lambda table: table.assign(DOB=table["DOB"].where(table["CHILD"] != child, pd.Timestamp("2012-02-02"))))
    path = write_folders(tmp_path / "born", born)
    assert "another date of birth than in an earlier return: the later is used" in whys(path)
    assert read_return(path).children.set_index("CHILD").loc[child, "DOB"] == CLEAN[2024]["header"].set_index("CHILD").loc[child, "DOB"]
    other = changed(2023, "header", lambda table: table.assign(SEX=table["SEX"].where(table["CHILD"] != child, "9")), born)
    other = changed(2023, "header", lambda table: table.assign(SEX=table["SEX"].replace("9", "1" if int(child) % 2 == 0 else "2")), other)
    other = changed(2024, "episodes", lambda table: table.assign(DECOM=table["DECOM"].where(table["CHILD"] != child, pd.Timestamp("2023-11-11"))), other)
    assert "the number was that of another child" in refused(write_folders(tmp_path / "other", other))


def test_ignored_columns_are_named(tmp_path: Path) -> None:
    more = changed(2024, "episodes", lambda table: table.assign(TEAM="A", Notes="seen"))
    assert "columns that are not used: TEAM, NOTES" in whys(write_folders(tmp_path, more))


@pytest.mark.parametrize("content", [
    "URN,Local authority,Placement type,Placement provider code,Setting postcode\nSC1,Kirklees,U6,PR1,HD1 1AA\n",
    "CHILD,NAME,TEAM,LS\n500001,x,y,C2\n",
    "rule,table,message,count\n101,Header,none,3\n",
    "LS,meaning\nC1,interim care order\n",
])  # fmt: skip
def test_a_table_of_something_else_beside_a_return_is_left_out(tmp_path: Path, content: str) -> None:
    path = write_folders(tmp_path / "r", CLEAN)
    (path / "2024" / "providers.csv").write_text(content)
    assert reading(path) == reading(write_folders(tmp_path / "plain", CLEAN))
    assert "not a table of the return: left out" in whys(path)


# ---- D. a later return has the last word

BEFORE = """CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
"""
BORN = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n1,1,05/05/2012,WBRI,,,\n"
START = "1,{},S,V2,N1,U6,PR1,{},{},,AA1 1AA,AA2 2AA,SC1"
MOVE = "1,{},P,V2,N1,K2,PR4,{},{},,AA1 1AA,AA3 3AA,SC2"


def two_years(folder: Path, first: list[str], second: list[str]) -> Path:
    for year, rows in ((2023, first), (2024, second)):
        own = folder / str(year)
        own.mkdir(parents=True)
        (own / "episodes.csv").write_text(BEFORE + "\n".join(rows) + "\n")
        (own / "header.csv").write_text(BORN)
    return folder


@pytest.mark.parametrize(("first", "second", "spells"), [
    pytest.param([START.format("27/09/2022", "", "")], [START.format("23/09/2022", "30/05/2023", "E4A")], [("2022-09-23", "2023-05-30")], id="start earlier"),
    pytest.param([START.format("20/02/2023", "", "")], [START.format("05/03/2023", "", "")], [("2023-03-05", "")], id="start later"),
    pytest.param([START.format("25/03/2023", "", "")], [START.format("04/04/2023", "", "")], [("2023-04-04", "")], id="start into the next year"),
    pytest.param([START.format("01/06/2022", "20/12/2022", "X1"), MOVE.format("20/12/2022", "", "")], [MOVE.format("24/12/2022", "01/08/2023", "E4A")], [("2022-06-01", "2022-12-24"), ("2022-12-24", "2023-08-01")], id="move later"),
    pytest.param([START.format("01/06/2022", "24/12/2022", "X1"), MOVE.format("24/12/2022", "", "")], [MOVE.format("20/12/2022", "01/08/2023", "E4A")], [("2022-06-01", "2022-12-20"), ("2022-12-20", "2023-08-01")], id="move earlier"),
    pytest.param([START.format("01/06/2022", "24/12/2022", "X1"), MOVE.format("24/12/2022", "", "")], [START.format("01/06/2022", "01/08/2023", "E4A")], [("2022-06-01", "2023-08-01")], id="move taken back"),
    pytest.param([START.format("01/06/2022", "20/03/2023", "E4A")], [START.format("04/06/2022", "10/04/2023", "E4A")], [("2022-06-04", "2023-04-10")], id="start and end"),
    pytest.param([START.format("01/06/2022", "", "")], [MOVE.format("01/09/2023", "", "").replace(",P,", ",S,")], [("2022-06-01", ""), ("2023-09-01", "")], id="an end was lost"),
    pytest.param([START.format("01/06/2022", "", ""), MOVE.format("24/12/2022", "", "")], [MOVE.format("24/12/2022", "", "")], [("2022-06-01", "2022-12-24"), ("2022-12-24", "")], id="a first left open"),
])  # fmt: skip
def test_a_date_corrected_next_year_is_one_stay(tmp_path: Path, first: list[str], second: list[str], spells: list[tuple[str, str]]) -> None:
    found = read_return(two_years(tmp_path, first, second))
    assert [(f"{start:%Y-%m-%d}", "" if pd.isna(end) else f"{end:%Y-%m-%d}") for start, end in zip(found.spells["START"], found.spells["END"], strict=True)] == spells
    assert len(found.periods) == (2 if "S,V2,N1,K2" in second[0] else 1)
    said = "a later return gives this stay another start, or none: the later return is used"
    denied = len(spells) < len({row.split(",")[1] for row in (*first, *second)})
    assert (said in [correction.why for correction in found.corrections.made]) == denied


# ---- E. one cause is looked for first


def american(table: pd.DataFrame, every: int) -> pd.DataFrame:
    """Every so many rows written month first."""
    text = as_text(table)
    for name in ("DECOM", "DEC"):
        other = table[name].dt.strftime("%m/%d/%Y").fillna("")
        text[name] = [other.iloc[place] if place % every == 0 else cell for place, cell in enumerate(text[name])]
    return text


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_months_written_first_in_a_share_of_the_rows_are_refused(tmp_path: Path, every: int) -> None:
    path = write_folders(tmp_path, CLEAN)
    (path / "2024" / "episodes.csv").write_bytes(as_csv(american(CLEAN[2024]["episodes"], every)))
    assert re.search(r"2024/episodes.csv: row \d+, column DECOM: Month and day seem to be swapped: \d+ dates can only be month first", refused(path))


def test_one_slip_among_many_dates_leaves_its_row_in_doubt(tmp_path: Path) -> None:
    many = small_return(300)
    path = write_folders(tmp_path, many)
    text = as_text(many[2024]["episodes"])
    text.loc[text.index[4], ["DECOM", "DEC"]] = ["05/06/2023", "11/28/2023"]
    (path / "2024" / "episodes.csv").write_bytes(as_csv(text))
    assert "a date of this row is month first: its others may be so too" in whys(path)


def test_dates_half_turned_by_a_spreadsheet_are_refused(tmp_path: Path) -> None:
    def turned(cell: pd.Timestamp) -> str:
        return "" if pd.isna(cell) else f"{cell:%Y-%d-%m}" if cell.day <= 12 else f"{cell:%d/%m/%Y}"

    path = write_folders(tmp_path, CLEAN)
    half = as_text(CLEAN[2024]["episodes"]).assign(**{name: CLEAN[2024]["episodes"][name].map(turned) for name in ("DECOM", "DEC")})
    (path / "2024" / "episodes.csv").write_bytes(as_csv(half))
    assert "every date up to the 12th was turned into a date by a spreadsheet" in refused(path)


@pytest.mark.parametrize("column", ["DEC", "DECOM", "PLACE", "DOB"])
def test_formulas_without_stored_results_are_refused(tmp_path: Path, column: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_book(CLEAN[2024])))
    sheet = book["header" if column == "DOB" else "episodes"]
    place = [cell.value for cell in sheet[1]].index(column) + 1
    for row in range(2, 12):
        sheet.cell(row, place).value = "=DATE(2024,3,1)"
    book.save(tmp_path / "2024.xlsx")
    said = refused(tmp_path / "2024.xlsx")
    assert f"row 2, column {column}: 10 cells hold formulas whose results were not saved" in said


def test_formulas_in_columns_that_are_not_ours_are_no_matter(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_book(CLEAN[2024])))
    book["episodes"]["Z1"], book["episodes"]["Z2"] = "AGE", "=YEAR(NOW())"
    book.create_sheet("sums")["A1"] = "=1+1"
    book.save(tmp_path / "2024.xlsx")
    assert len(read_return(tmp_path / "2024.xlsx").periods)


@pytest.mark.parametrize("lost", ["RNE", "CIN", "PLACE_PROVIDER", "DEC"])
def test_a_heading_that_is_missing_is_said_to_be(tmp_path: Path, lost: str) -> None:
    path = write_folders(tmp_path, CLEAN)
    head, body = as_csv(as_text(CLEAN[2024]["episodes"])).decode().split("\n", 1)
    (path / "2024" / "episodes.csv").write_text(head.replace(f",{lost},", ",") + "\n" + body)
    said = refused(path)
    assert "2024/episodes.csv: row 1, column" in said and ("a heading or a cell is missing" in said or f"has no column {lost}" in said)


@pytest.mark.parametrize("lost", ["HOME_POST", "PL_POST", "REASON_PLACE_CHANGE"])
def test_a_heading_lost_before_blank_cells_is_doubted(tmp_path: Path, lost: str) -> None:
    path = write_folders(tmp_path, changed(2024, "episodes", lambda table: table.assign(URN="")))
    file = path / "2024" / "episodes.csv"
    file.write_text(file.read_text().replace(f",{lost},", ",", 1))
    if lost == "REASON_PLACE_CHANGE":
        file.write_text(file.read_text().replace("CARPL", ""))
    assert "rows are wider than the headings and a column is not there: is a heading missing?" in whys(path)


def test_a_cell_too_many_in_every_third_row_is_refused(tmp_path: Path) -> None:
    path = write_folders(tmp_path, CLEAN)
    rows = as_csv(as_text(CLEAN[2024]["episodes"])).decode().split("\n")
    rows = [row if place % 3 or not place else row.replace(",S,", ",,S,").replace(",P,", ",,P,") for place, row in enumerate(rows)]
    (path / "2024" / "episodes.csv").write_text("\n".join(rows))
    assert "a heading or a cell is missing before LS: in 12 of" in refused(path)


# ---- G. a file's description of itself


def with_dimension(book: bytes, ref: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{ref}"'.encode(), content) if "sheet" in info.filename else content)
    return out.getvalue()


@pytest.mark.parametrize("ref", ["A1", "A1:B2", "C3:D4", "A1:XFD1048576"])
def test_the_stated_size_of_a_sheet_is_not_believed(tmp_path: Path, ref: str) -> None:
    (tmp_path / "2024.xlsx").write_bytes(with_dimension(as_book(CLEAN[2024]), ref))
    assert reading(tmp_path / "2024.xlsx") == reading(write_folders(tmp_path / "plain", {2024: CLEAN[2024]}))


@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff", "\u00ef\u00bb\u00bf", "\ufeff\u00ef\u00bb\u00bf"])
def test_a_byte_order_mark_decoded_twice_is_no_part_of_a_heading(tmp_path: Path, mark: str) -> None:
    path = write_folders(tmp_path / "marked", CLEAN)
    file = path / "2024" / "episodes.csv"
    file.write_text(mark + file.read_text(), encoding="utf-8")
    assert reading(path) == reading(write_folders(tmp_path / "plain", CLEAN))


@pytest.mark.parametrize("ending", [".xlsx", ".xls", ".txt", ".xml", ".zip", ".dat"])
def test_text_under_another_ending_is_text(tmp_path: Path, ending: str) -> None:
    path = write_folders(tmp_path / "r", CLEAN)
    file = path / "2024" / "episodes.csv"
    if ending == ".dat":
        with pytest.raises(Faults, match="no header table"):
            read_return(file.rename(file.with_suffix(ending)))
        return
    file.rename(file.with_suffix(ending))
    assert reading(path) == reading(write_folders(tmp_path / "plain", CLEAN))


@pytest.mark.parametrize("ending", [".csv", ".zip", ".xls", ".dat"])
def test_a_workbook_or_an_archive_under_another_ending_is_what_it_is(tmp_path: Path, ending: str) -> None:
    plain = reading(write_folders(tmp_path / "plain", {2024: CLEAN[2024]}))
    (tmp_path / f"2024{ending}").write_bytes(as_book(CLEAN[2024]))
    assert reading(tmp_path / f"2024{ending}") == plain
    with zipfile.ZipFile(tmp_path / f"2024_again{ending}", "w") as archive:
        for name, table in CLEAN[2024].items():
            archive.writestr(f"{name}.csv", as_csv(as_text(table)))
    assert reading(tmp_path / f"2024_again{ending}") == plain


def test_a_web_page_under_the_name_of_a_workbook_says_so(tmp_path: Path) -> None:
    path = write_folders(tmp_path, CLEAN)
    (path / "2024" / "more.xls").write_text("<html><table><tr><td>CHILD</td></tr></table></html>")
    assert "2024/more.xls: this is a web page (HTML)" in refused(path)


@pytest.mark.parametrize("sign", ["\u200b", "\u00a0", "\ufeff", "'", "*"])
def test_signs_round_a_heading_are_no_part_of_it(tmp_path: Path, sign: str) -> None:
    path = write_folders(tmp_path / "r", CLEAN)
    file = path / "2024" / "episodes.csv"
    file.write_text(file.read_text().replace("DECOM", f"DECOM{sign}", 1), encoding="utf-8")
    assert reading(path) == reading(write_folders(tmp_path / "plain", CLEAN))


def test_a_broken_heading_is_not_offered_back(tmp_path: Path) -> None:
    path = write_folders(tmp_path, CLEAN)
    file = path / "2024" / "episodes.csv"
    file.write_text(file.read_text().replace("DECOM", "DECOMM", 1))
    said = refused(path)
    assert "If 'DECOMM' is meant, name it 'DECOM'." in said and "Did you mean" not in said


# ---- what others met and reported (docs/ssda903.md has the table)

DAY = r"(\d\d)/(\d\d)/(\d{4})"


def headings_again(text: str) -> str:
    head, *rows = text.split("\n")
    return "\n".join([head, *rows[:9], head, *rows[9:]])


REPORTS = {
    "pandas 53355: blanks round the strokes": lambda text: re.sub(DAY, r"\1 / \2 / \3", text),
    "pandas 53355: a time of one figure": lambda text: re.sub(DAY, r"\3-\2-\1 1:6:40.000PM", text),
    "pandas 14301, 37895: days and months of one figure": lambda text: re.sub(r"\b0?(\d{1,2})/0?(\d{1,2})/(\d{4})", r"\1/\2/\3", text),
    "LSASampleCode 1010: headings again further down": headings_again,
    "External_Internal_CodeSets 3: headings twice": lambda text: f"{text.splitlines()[0]}\n{text}",
    "BEXIS2 346: headings in quotation marks": lambda text: ",".join(f'"""{name}"""' for name in text.splitlines()[0].split(",")) + "\n" + text.split("\n", 1)[1],
    "postcodes-mapit 15: blanks at the end of cells and headings": lambda text: text.replace(",", " ,"),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_what_others_met_is_read(tmp_path: Path, name: str) -> None:
    path = write_folders(tmp_path / "r", CLEAN)
    for file in path.glob("*/episodes.csv"):
        file.write_text(REPORTS[name](file.read_text()), encoding="utf-8")
    assert reading(path) == reading(write_folders(tmp_path / "plain", CLEAN))


@pytest.mark.parametrize(("content", "said"), [
    pytest.param("< div >\r\n\t<table><tr><td>CHILD</td></tr></table>", "this is a web page (HTML)", id="xlrd 350"),
    pytest.param('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "a spreadsheet of Excel 2003 in XML", id="xlrd 188"),
    pytest.param("MIME-Version: 1.0\nX-Document-Type: Workbook\n", "not an Excel workbook (.xlsx), or it is damaged", id="csvkit 847"),
])  # fmt: skip
def test_what_is_called_a_workbook_and_is_none_says_what_it_is(tmp_path: Path, content: str, said: str) -> None:
    path = write_folders(tmp_path, CLEAN)
    (path / "2024" / "episodes.xls").write_text(content)
    assert said in refused(path)


def test_shared_formulas_without_results_are_refused_too(tmp_path: Path) -> None:
    """openpyxl (theorchard 3): of a formula shared by many cells only the first holds its text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_book(CLEAN[2024]))) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            shared = re.sub(rb'<c r="(H\d+)"[^>]*?(/>|><v>[^<]*</v></c>)', rb'<c r="\1"><f t="shared" si="0"/></c>', old.read(info))
            new.writestr(info.filename, shared if "sheet1" in info.filename else old.read(info))
    (tmp_path / "2024.xlsx").write_bytes(out.getvalue())
    assert "column DEC" in refused(tmp_path / "2024.xlsx") and "results were not saved" in refused(tmp_path / "2024.xlsx")


def test_styled_blank_rows_of_a_workbook_are_nothing(tmp_path: Path) -> None:
    """pandas 38956: rows below the table that hold nothing but a style."""
    book = openpyxl.load_workbook(io.BytesIO(as_book(CLEAN[2024])))
    last = book["episodes"].max_row
    for row in range(last + 1, last + 30):
        book["episodes"].cell(row, 20).font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "2024.xlsx")
    assert reading(tmp_path / "2024.xlsx") == reading(write_folders(tmp_path / "plain", {2024: CLEAN[2024]}))
