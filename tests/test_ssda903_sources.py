"""Returns as they come: what earlier readings lost in silence, fell over or let slip, each corrected or refused in words."""

from __future__ import annotations

import os
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from test_ssda903_reading import EPISODES, HEADER, as_xml, whys, write

from simulation.base.errors import Faults
from simulation.cli.main import main
from simulation.ssda903 import Corrections, read_return

AGAIN = EPISODES.split("\n")[0] + "\n1,01/12/2020,L,C2,N1,U4,PR4,01/08/2021,E47,,AA1 1AA,AA3 3AA,222\n"
NEW = AGAIN + "3,01/06/2021,S,C2,N1,U4,PR4,01/09/2021,E8,,AA1 1AA,AA3 3AA,222\n"
MANY = 60


def clean(tmp_path: Path, **tables: str) -> pd.DataFrame:
    return read_return(write(tmp_path / "clean", **{"episodes": EPISODES, "header": HEADER, **tables})).spells


def same(path: Path, tmp_path: Path, *said: str) -> None:
    """The return at ``path`` reads as the clean one does, and ``said`` is in its corrections."""
    returned = read_return(path)
    pd.testing.assert_frame_equal(returned.spells, clean(tmp_path))
    assert all(any(words in why for why in whys(returned)) for words in said), whys(returned)


CORRECTED: dict[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "notes of several lines": (lambda text: with_notes(text), ()),
    "title above the headings": (lambda text: "SSDA903 return\nmade by hand, twice\n\n" + text, ("above the headings",)),
    "separator named": (lambda text: "sep=;\n" + text.replace(",", ";"), ("above the headings",)),
    "codes with their meaning": (lambda text: text.replace(",U6,", ",U6 - Foster placement,"), ("after the code",)),
    "headings in full": (lambda text: text.replace("DECOM", "Date episode commenced").replace("CIN", "Category-of-need"), ()),
    "noughts before the number": (lambda text: text.replace("\n1,", "\n0001,").replace("\n2,", "\n2.0,"), ()),
    "an end far ahead": (lambda text: text.replace("222\n2", "222\n2").replace("PR4,,,,", "PR4,31/12/2049,,,"), ("taken as open",)),
}  # fmt: skip


def with_notes(text: str) -> str:
    head, *rows = text.strip().split("\n")
    return "\n".join([f"{head},NOTES,NOTES", *(f'{row},"seen,\nthen, again","a"' for row in rows)]) + "\n"


@pytest.mark.parametrize("name", CORRECTED)
def test_dirt_that_changes_nothing(name, tmp_path):
    change, said = CORRECTED[name]
    same(write(tmp_path / "r", episodes=change(EPISODES), header=HEADER), tmp_path, *said)


def test_a_quotation_mark_never_closed_does_not_swallow_the_rows_below(tmp_path):
    lines = EPISODES.split("\n")
    for row in (1, 3):
        lines[row] = lines[row].replace(",AA1", ',"AA1')
    same(write(tmp_path / "r", episodes="\n".join(lines), header=HEADER), tmp_path, "never closed")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read(encoding, tmp_path):
    folder = write(tmp_path / "r", header=HEADER)
    (folder / "episodes.csv").write_bytes(EPISODES.encode(encoding))
    same(folder, tmp_path, "UTF-16")


def test_a_workbook_is_known_by_its_bytes_not_its_ending(tmp_path):
    folder = write(tmp_path / "r", header=HEADER)
    pd.DataFrame([line.split(",") for line in EPISODES.split("\n")]).to_excel(tmp_path / "b.xlsx", header=False, index=False)
    shutil.copy(tmp_path / "b.xlsx", folder / "episodes.csv")
    same(folder, tmp_path)


def test_children_are_found_however_deep_the_xml_wraps_them(tmp_path):
    folder = write(tmp_path / "tables", episodes=EPISODES, header=HEADER)
    xml = as_xml(pd.read_csv(folder / "header.csv", dtype=str), pd.read_csv(folder / "episodes.csv", dtype=str))
    (tmp_path / "r.xml").write_text(f"<Message><Header><Year>2021</Year></Header>{xml}</Message>")
    same(tmp_path / "r.xml", tmp_path)


def test_archives_of_years_in_a_folder_are_read(tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    for year, episodes in (("2020-21", EPISODES), ("2021-22", NEW)):
        with zipfile.ZipFile(folder / f"return {year}.zip", "w") as archive:
            archive.writestr("episodes.csv", episodes)
            archive.writestr("header.csv", HEADER)
    assert read_return(folder).years == (2021, 2022)


def test_years_that_lie_together_without_a_year_in_their_names_are_told_apart(tmp_path):
    returned = read_return(write(tmp_path / "r", header=HEADER, **{"episodes a": EPISODES, "episodes b": NEW}))
    assert returned.years == (2021, 2022)
    assert not any("same day" in why for why in whys(returned)), "a report of the year before is no clash"


def test_parts_of_one_year_that_share_no_episode_stay_one_year(tmp_path):
    head, *rows = EPISODES.strip().split("\n")
    parts = {f"part {n}": "\n".join([head, *rows[n::2]]) + "\n" for n in (0, 1)}
    assert read_return(write(tmp_path / "r", header=HEADER, **parts)).years == (2021,)


def test_names_of_one_calendar_year_and_two_financial_years_are_two_returns(tmp_path):
    write(tmp_path / "r", **{"2021_episodes": EPISODES, "2021-22_episodes": NEW, "2021_header": HEADER})
    assert read_return(tmp_path / "r").years == (2021, 2022)


@pytest.mark.parametrize("stray", ["01/01/2050", "12/06/2022"])
def test_a_stray_date_does_not_move_the_year_of_a_small_return(stray, tmp_path):
    rows = [f"{n},01/0{n % 9 + 1}/2020,S,C1,N1,U6,PR1,,,,AA1 1AA,AA2 2AA,1" for n in range(10, 10 + MANY)]
    rows[3] = rows[3].replace("PR1,,", f"PR1,{stray},")
    header = HEADER + "".join(f"{n},1,01/02/2015,WBRI,U,,\n" for n in range(10, 10 + MANY))
    returned = read_return(write(tmp_path / "r", episodes=EPISODES + "\n".join(rows) + "\n", header=header))
    assert returned.years == (2021,)
    assert "the end is after the year of the return: taken as open" in whys(returned)


def test_a_column_that_is_not_there_is_said(tmp_path):
    returned = read_return(write(tmp_path / "r", episodes=EPISODES.replace("PL_POST", "COMMENT"), header=HEADER))
    said = [(m.file, m.column, m.what) for m in returned.corrections.made]
    assert said == [("episodes.csv", "PL_POST", "noted"), ("episodes.csv", "", "noted")]
    assert "columns that are not used: COMMENT" in whys(returned)


# ---- no person in any message

SECRETS = {
    "a postcode": "BD119EF", "a date of birth": "14/12/2009", "a child's number": "3007919", "a pupil number": "H801200001001",
}  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("codes", [("K2",), ("K2", "U6", "U4")], ids=["one row", "every row"])
def test_what_stands_in_a_column_of_codes_is_not_quoted_when_it_may_be_a_persons(secret, codes, tmp_path):
    text = EPISODES
    for code in codes:
        text = text.replace(code, secret)
    try:
        said = "\n".join(map(str, read_return(write(tmp_path / "r", episodes=text, header=HEADER)).corrections.made))
    except Faults as refused:
        said = str(refused)
    assert "PLACE" in said and "code" in said and secret not in said


def test_a_table_without_headings_does_not_name_its_first_child(tmp_path):
    rows = EPISODES.split("\n", 1)[1].replace("AA2 2AA", "AA1 1AA")
    with pytest.raises(Faults) as refused:
        read_return(write(tmp_path / "r", episodes=rows, header=HEADER))
    assert "no episodes table" in str(refused.value) and "found in episodes.csv" in str(refused.value)
    assert "AA1" not in str(refused.value)


# ---- refused in words


def zipped(path: Path, content: bytes, name: str = "episodes.csv") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def cut(text: str) -> str:
    return text.replace("\n1,", "\n3.0E+06,").replace("\n2,", "\n3.0E+06,")


def damaged_archive(folder: Path) -> Path:
    path = zipped(folder / "r.zip", (EPISODES * 50).encode())
    content = bytearray(path.read_bytes())
    content[60:90] = b"\x55" * 30
    path.write_bytes(content)
    return path


def damaged_sheet(folder: Path) -> Path:
    path = folder / "good.xlsx"
    pd.DataFrame({"CHILD": range(200)}).to_excel(path, index=False)
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(folder / "r.xlsx", "w") as bad:
        for info in good.infolist():
            content = good.read(info)
            bad.writestr(info.filename, content[: len(content) // 2] if "sheet1" in info.filename else content)
    return folder / "r.xlsx"


def raw(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def xml(folder: Path, text: str) -> Path:
    return raw(folder / "r.xml", text.encode())


def unborn(text: str) -> str:
    return text.replace("01/02/2015", "").replace("01/03/2010", "")


def linked(folder: Path, target: Path, name: str) -> Path:
    write(folder / "r", episodes=EPISODES, header=HEADER)
    (folder / "r" / name).symlink_to(target)
    return folder / "r"


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "damaged within the archive": (damaged_archive, "damaged"),
    "an archive in an archive": (lambda d: zipped(d / "r.zip", b"x", "inner.zip"), "within an archive"),
    "a damaged sheet": (damaged_sheet, "workbook cannot be read"),
    "an old workbook": (lambda d: raw(d / "r.xls", b"\xd0\xcf\x11\xe0" + b"\x00" * 500), "old Excel workbook"),
    "identifiers cut by a spreadsheet": (lambda d: write(d / "r", episodes=cut(EPISODES), header=HEADER), "row 2, column CHILD"),
    "xml without end": (lambda d: xml(d, "<a>" * 3000 + "</a>" * 3000), "levels deep"),
    "xml of an unknown encoding": (lambda d: xml(d, '<?xml version="1.0" encoding="klingon"?><a/>'), "unknown encoding"),
    "xml of many bytes a letter": (lambda d: xml(d, '<?xml version="1.0" encoding="shift_jis"?><a/>'), "cannot be read"),
    "xml that is no return": (lambda d: xml(d, "<html><body><p>x</p></body></html>"), "no episodes table"),
    "a name that no file can have": (lambda d: d / ("x" * 5000), "no such file"),
    "a linked folder outside": (lambda d: linked(d, d, "elsewhere"), "outside the folder"),
    "a link to nothing": (lambda d: linked(d, Path("nowhere.csv"), "more.csv"), "not there"),
    "a workbook that is another archive": (lambda d: zipped(d / "r.xlsx", b"x", "a.txt"), "no Excel workbook"),
    "no date of birth": (lambda d: write(d / "r", episodes=EPISODES, header=unborn(HEADER)), "has a date of birth"),
    "a header of headings": (lambda d: write(d / "r", episodes=EPISODES, header=HEADER.split("\n")[0]), "has a date of birth"),
    "text of four bytes a letter": (lambda d: raw(d / "r.csv", EPISODES.encode("utf-32")), "not text"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_understood_is_refused_in_words(name, tmp_path):
    make, words = REFUSED[name]
    with pytest.raises(Faults, match=words) as refused:
        read_return(make(tmp_path))
    assert len(str(refused.value)) < 600


# ---- what is there already is not lost


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    more = range(100, 125)  # enough to be hidden among: fewer than twenty are refused
    episodes = EPISODES + "".join(f"{child},01/06/2020,S,C2,N1,U6,PR1,,,,AA1 1AA,AA2 2AA,111\n" for child in more)
    header = HEADER + "".join(f"{child},1,01/02/2012,WBRI,,,\n" for child in more)
    return ["profile", "--ssda903", str(write(tmp_path / "r", episodes=episodes, header=header)), "--out"]


def test_a_scenario_written_by_hand_is_not_replaced_but_a_profile_is(given, tmp_path, capsys):
    out = tmp_path / "x.yaml"
    out.write_text("title: mine\n")
    assert main([*given, str(out)]) == 2
    assert out.read_text() == "title: mine\n" and "not made by this command" in capsys.readouterr().err
    out.unlink()
    assert main([*given, str(out)]) == main([*given, str(out)]) == 0


def test_a_folder_in_the_way_of_one_file_leaves_no_other(given, tmp_path, capsys):
    (tmp_path / "x.stock.parquet").mkdir()
    assert main([*given, str(tmp_path / "x.yaml")]) == 2
    assert "x.stock.parquet: is a folder" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r", "x.stock.parquet"]


@pytest.mark.parametrize("year", ["0", "-1", "99999"])
def test_what_is_no_year_is_refused(year, given, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([*given, str(tmp_path / "x.yaml"), "--year", year])
    assert f"argument --year: '{year}' is not a year such as 2020" in capsys.readouterr().err and not (tmp_path / "x.yaml").exists()


def test_a_year_without_a_return_is_refused(given, tmp_path, capsys):
    assert main([*given, str(tmp_path / "x.yaml"), "--year", "2030"]) == 2
    assert "--year" in capsys.readouterr().err and not (tmp_path / "x.yaml").exists()


# ---- which year, and whole years


def grown(rows: int, dates: tuple[str, ...] = ("01/06/2022", "10/01/2023"), late: str = "") -> dict[str, str]:
    """A return of ``rows`` open episodes begun on the days given, and ``late`` rows after them."""
    body = [f"{n},{dates[n % len(dates)]},S,C1,N1,U6,PR1,,,,AA1 1AA,AA2 2AA,1" for n in range(1, rows + 1)]
    header = "".join(f"{n},1,01/02/2015,WBRI,U,,\n" for n in range(1, rows + 5))
    return {"episodes": "\n".join([EPISODES.split("\n")[0], *body, late]), "header": HEADER.split("\n")[0] + "\n" + header}


LATE = "".join(f"\n{n},01/12/2022,S,C1,N1,U6,PR1,{n}/04/2023,E4A,,AA1 1AA,AA2 2AA,1" for n in (22, 23, 24))


@pytest.mark.parametrize("place", ["2023", "2022-23", "return_2023"])
def test_a_year_in_a_name_holds_though_an_extract_ran_into_april(place, tmp_path):
    write(tmp_path / "r" / place, **grown(20, late=LATE))
    returned = read_return(tmp_path / "r")
    assert returned.years == (2023,) and returned.as_of == pd.Timestamp("2023-03-31")
    assert whys(returned).count("the end is after the year of the return: taken as open") == 3
    assert any("its dates seem those of 2024: taken as the return of 2023" in why for why in whys(returned))


def test_a_year_asked_for_holds_where_no_name_has_one(tmp_path):
    folder = write(tmp_path / "r", **grown(20, late=LATE))
    assert read_return(folder, "2023-03-31").years == (2023,)
    alone = read_return(folder)
    assert alone.years == (2024,) and any("far after its last date" in why for why in whys(alone))


def test_a_return_of_settled_children_is_of_the_year_in_its_name(tmp_path):
    write(tmp_path / "r" / "2023", **grown(3, ("01/06/2020",)))
    returned = read_return(tmp_path / "r")
    assert returned.years == (2023,) and any("its dates seem those of 2021" in why for why in whys(returned))


@pytest.mark.parametrize("name", ["2022", "2031", "2022-06"])
def test_names_of_the_year_begun_of_no_year_or_of_a_month_leave_the_year_to_the_dates(name, tmp_path):
    write(tmp_path / "r" / name, **grown(40))
    assert read_return(tmp_path / "r").years == (2023,)


def test_a_year_whose_episodes_are_not_there_stops_the_reading(tmp_path):
    write(tmp_path / "r" / "2022", episodes=EPISODES.split("\n", 1)[1], header=HEADER)
    write(tmp_path / "r" / "2023", **grown(20))
    with pytest.raises(Faults, match=r"2022/header.csv: no episodes table lies beside this header.*2022/episodes.csv"):
        read_return(tmp_path / "r")


def test_a_folder_that_may_not_be_opened_is_refused(tmp_path, monkeypatch):
    write(tmp_path / "r" / "2022", episodes=EPISODES, header=HEADER)
    write(tmp_path / "r" / "2023", **grown(20))
    listed = os.scandir

    def closed(place):
        if Path(place).name == "2022":
            raise PermissionError(13, "Permission denied", str(place))
        return listed(place)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(Faults, match="2022: this folder may not be opened"):
        read_return(tmp_path / "r")


# ---- what is said


def test_every_file_left_out_is_named_on_screen_and_the_line_adds_up(given, tmp_path, capsys):
    for name in ("notes", "letters"):
        (tmp_path / "r" / f"{name}.csv").write_text("x,y\n1,2\n")
    episodes = tmp_path / "r" / "episodes.csv"
    episodes.write_text(episodes.read_text() + EPISODES.split("\n")[1] + "\n,01/06/2020,S,C1,N1,U6,PR1,,,,,,\n")
    assert main([*given, str(tmp_path / "x.yaml")]) == 0
    said = capsys.readouterr().out
    assert "left out (letters.csv, notes.csv)" in said
    assert "31 rows of episodes, of which 29 are used, 1 report one of these again and 1 are left out; 27 children, of whom 27 have" in said


def test_the_gravest_kinds_of_correction_come_first():
    corrections = Corrections()
    for number in range(20):
        corrections.add("a.csv", number + 1, "DEC", "changed", "cut short")
    corrections.add("a.csv", 3, "DECOM", "doubted", "strange")
    corrections.add("a.csv", 4, "DECOM", "dropped", "gone")
    assert corrections.counts()["what"].tolist() == ["dropped", "doubted", "changed"]


def test_noughts_taken_off_identifiers_are_said(tmp_path):
    episodes, header = EPISODES.replace("\n2,", "\n02,"), HEADER.replace("\n2,", "\n02,")
    said = read_return(write(tmp_path / "a", episodes=episodes, header=header))
    assert [(correction.file, correction.what) for correction in said.corrections.made] == [("episodes.csv", "changed"), ("header.csv", "changed")]
    both = read_return(write(tmp_path / "b", episodes=EPISODES.replace("\n1,", "\n01,", 1), header=HEADER))
    assert "with and without noughts in one file: taken as one child" in whys(both)


def test_children_without_episodes_are_said_but_care_leavers_are_not(tmp_path):
    header = HEADER + "8,1,01/02/2015,WBRI,U,,\n9,1,01/02/2002,WBRI,U,,\n"
    leavers = "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM\n9,01/02/2002,YES,F1,U1\n"
    returned = read_return(write(tmp_path / "r", episodes=EPISODES, header=header, oc3=leavers))
    assert [(correction.file, correction.row) for correction in returned.corrections.made if "no other table" in correction.why] == [("header.csv", 4)]


def test_a_cell_of_any_length_is_read(tmp_path):
    long = with_notes(EPISODES).replace('"a"', "Z" * 300_000)
    same(write(tmp_path / "r", episodes=long, header=HEADER), tmp_path)


def test_american_dates_are_known_for_what_they_are(tmp_path):
    episodes = EPISODES.replace("01/06/2020", "06/21/2020").replace("01/09/2020", "09/21/2020").replace("01/12/2020", "12/21/2020")
    with pytest.raises(Faults, match=r"row 2, column DECOM.*Month and day seem to be swapped"):
        read_return(write(tmp_path / "r", episodes=episodes, header=HEADER))


def test_a_row_of_xml_is_a_child_and_says_so(tmp_path):
    folder = write(tmp_path / "tables", episodes=EPISODES.replace("K2", "Y9"), header=HEADER)
    text = as_xml(pd.read_csv(folder / "header.csv", dtype=str), pd.read_csv(folder / "episodes.csv", dtype=str))
    (tmp_path / "r.xml").write_text(text)
    assert "r.xml[rows are children]: row 2: PLACE" in str(read_return(tmp_path / "r.xml").corrections.made[0])


def test_an_archive_that_may_not_be_opened_says_so(tmp_path, monkeypatch):
    path = zipped(tmp_path / "r.zip", EPISODES.encode())

    def closed(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(zipfile, "ZipFile", closed)
    with pytest.raises(Faults, match="may not be opened"):
        read_return(path)


def test_a_return_without_a_name_is_refused(tmp_path, capsys):
    assert main(["profile", "--ssda903", "", "--out", str(tmp_path / "x.yaml")]) == 2
    assert "--ssda903: names nothing" in capsys.readouterr().err


def test_a_return_of_children_who_all_left_says_so_and_nothing_else(tmp_path, capsys):
    gone = EPISODES.replace("PR4,,,,AA1 1AA,AA3", "PR4,01/02/2021,E4A,,AA1 1AA,AA3")
    folder = write(tmp_path / "r", episodes=gone, header=HEADER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["profile", "--ssda903", str(folder), "--out", str(tmp_path / "x.yaml")]) == 2
    assert "nobody was looked after on 2021-03-31" in capsys.readouterr().err


def test_a_folder_without_a_year_whose_episodes_are_not_there_is_doubted(tmp_path):
    write(tmp_path / "r" / "last", episodes=EPISODES.split("\n", 1)[1], header=HEADER.split("\n2,")[0] + "\n")
    write(tmp_path / "r" / "this", **grown(20))
    doubted = [correction.file for correction in read_return(tmp_path / "r").corrections.made if "no episodes lie beside it" in correction.why]
    assert doubted == ["last/header.csv"]


def test_tables_of_one_year_named_in_two_ways_belong_together(tmp_path):
    for year, episodes in (("2020-21", EPISODES), ("2021-22", NEW)):
        write(tmp_path / "r", **{f"episodes {year}": episodes, f"header 20{year[-2:]}": HEADER})
    returned = read_return(tmp_path / "r")
    assert returned.years == (2021, 2022) and not any("header record is there twice" in why for why in whys(returned))
