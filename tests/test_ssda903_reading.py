"""Reading a statutory return: every shape it comes in, what is corrected, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from simulation.base.errors import Faults
from simulation.ssda903 import learn, read_return
from simulation.ssda903.rates import _watched

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples" / "ssda903"
EPISODES = """CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
1,01/06/2020,S,C1,N1,U6,PR1,01/09/2020,X1,CARPL,AA1 1AA,AA2 2AA,111
1,01/09/2020,P,C1,N1,U4,PR4,01/12/2020,X1,,AA1 1AA,AA3 3AA,222
1,01/12/2020,L,C2,N1,U4,PR4,,,,AA1 1AA,AA3 3AA,222
2,01/06/2020,S,V2,N1,K2,PR4,10/01/2021,E4A,,AA1 1AA,AA4 4AA,333
"""
HEADER = """CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
1,1,01/02/2015,WBRI,UN1,,
2,2,01/03/2010,APKN,UN1,0,
"""


def write(folder: Path, **tables: str) -> Path:
    """A folder of tables, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "return", episodes=EPISODES, header=HEADER)


def whys(returned) -> list[str]:
    return [correction.why for correction in returned.corrections.made]


def test_histories_of_a_small_clean_return(small):
    returned = read_return(small)
    assert returned.years == (2021,)
    assert returned.corrections.made == []
    one = returned.spells[returned.spells.CHILD == "1"]
    assert one.PLACE.tolist() == ["U6", "U4"]
    assert one.START.tolist() == [pd.Timestamp("2020-06-01"), pd.Timestamp("2020-09-01")]
    assert one.LS.tolist() == ["C1", "C2"], "the legal-status-only row is merged into the placement"
    assert one.MOVED.tolist() == [False, True]
    period = returned.periods.set_index("CHILD")
    assert period.loc["2", "REC"] == "E4A" and period.loc["2", "END"] == pd.Timestamp("2021-01-10")
    assert pd.isna(period.loc["1", "END"]) and period.loc["1", "MOVES"] == 1


def test_files_are_known_by_their_columns_not_their_names(tmp_path):
    folder = write(tmp_path / "r", beta=HEADER, alpha=EPISODES)
    assert len(read_return(folder).periods) == 2


def test_zip_workbook_and_xml_say_the_same_as_the_folder(small, tmp_path):
    plain = read_return(small).spells
    archive = tmp_path / "return.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in small.iterdir():
            zipped.write(file, f"2021/{file.name}")
    book = tmp_path / "return.xlsx"
    with pd.ExcelWriter(book) as writer:
        for file in small.iterdir():
            table = pd.read_csv(file)
            for name in ("DECOM", "DEC", "DOB"):
                if name in table:
                    table[name] = pd.to_datetime(table[name], dayfirst=True)
            table.to_excel(writer, sheet_name=file.stem, index=False)
    xml = tmp_path / "return.xml"
    xml.write_text(as_xml(pd.read_csv(small / "header.csv", dtype=str), pd.read_csv(small / "episodes.csv", dtype=str)))
    for path in (archive, book, xml):
        pd.testing.assert_frame_equal(read_return(path).spells, plain)


def as_xml(header: pd.DataFrame, episodes: pd.DataFrame) -> str:
    def cells(row, skip=()):
        return "".join(f"<{name}>{value}</{name}>" for name, value in row.items() if pd.notna(value) and name not in skip)

    children = []
    for row in header.to_dict("records"):
        own = episodes[row["CHILD"] == episodes.CHILD].rename(columns={"PLACE": "PL"}).drop(columns="CHILD")
        parts = "".join(f"<EPISODE>{cells(each)}</EPISODE>" for each in own.to_dict("records"))
        children.append(f"<CHILD><HEADER><CHILDID>{row['CHILD']}</CHILDID>{cells(row, ('CHILD',))}</HEADER>{parts}</CHILD>")
    return f"<EXPSSDA903>{''.join(children)}</EXPSSDA903>"


@pytest.mark.skipif(not SAMPLES.exists(), reason="no samples beside the project")
def test_samples_read_alike_from_folders_and_prefixes():
    folder, archive = read_return(SAMPLES / "combined"), read_return(SAMPLES / "v1.zip")
    assert folder.years == archive.years == (2018, 2019, 2020, 2021, 2022)
    pd.testing.assert_frame_equal(folder.spells, archive.spells)
    assert folder.corrections.counts()["count"].sum() == archive.corrections.counts()["count"].sum() > 0


REFUSED = {
    "nothing there": (lambda d: d / "absent", "no such file"),
    "an empty folder": (lambda d: write(d / "r"), "no file here"),
    "an empty file": (lambda d: write(d / "r", episodes="", header=HEADER), "episodes.csv: the file is empty"),
    "a missing column": (lambda d: write(d / "r", episodes=EPISODES.replace("DECOM", "DECOME"), header=HEADER), "column DECOM"),
    "no episodes": (lambda d: write(d / "r", header=HEADER), "no episodes table"),
    "no header": (lambda d: write(d / "r", episodes=EPISODES), "no header table"),
    "only headings": (lambda d: write(d / "r", episodes=EPISODES.split("\n")[0] + "\n", header=HEADER), "no rows"),
    "impossible dates": (lambda d: write(d / "r", episodes=EPISODES.replace("/20", "/99"), header=HEADER), "row 2, column DECOM"),
    "unknown codes": (lambda d: write(d / "r", episodes=EPISODES.replace(",U", ",Y").replace("K2", "Y9"), header=HEADER), "column PLACE"),
    "repeated column": (lambda d: write(d / "r", episodes=EPISODES.replace("URN", "DEC"), header=HEADER), "column DEC is there more than once"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_understood_is_refused_in_words(name, tmp_path):
    make, words = REFUSED[name]
    with pytest.raises(Faults) as caught:
        read_return(make(tmp_path))
    assert words in str(caught.value)


def test_wrong_encoding_names_row_and_column(tmp_path):
    folder = write(tmp_path / "r", header=HEADER)
    (folder / "episodes.csv").write_bytes(EPISODES.encode().replace(b"U6", b"U\x81"))
    with pytest.raises(Faults, match=r"episodes.csv: row 2, column 6 \(PLACE\)"):
        read_return(folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_that_spreadsheets_write(encoding, tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    for name, text in (("episodes", EPISODES), ("header", HEADER.replace("UN1", "Ü1"))):
        (folder / f"{name}.csv").write_bytes(text.encode(encoding))
    assert len(read_return(folder).periods) == 2


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = zipped(tmp_path / "b.zip", **{"episodes.csv": b"0" * 30_000_000})
    with pytest.raises(Faults, match="zip bomb"):
        read_return(bomb)


def test_zip_bomb_inside_a_workbook_is_refused(tmp_path):
    book = zipped(tmp_path / "b.xlsx", **{"xl__worksheets__sheet1.xml": b" " * 30_000_000})
    with pytest.raises(Faults, match="zip bomb"):
        read_return(book)


@pytest.mark.parametrize("name", ["../episodes.csv", "/etc/episodes.csv", "C:/episodes.csv"])
def test_a_path_out_of_the_archive_is_refused(name, tmp_path):
    path = zipped(tmp_path / "p.zip", **{name: EPISODES.encode(), "header.csv": HEADER.encode()})
    with pytest.raises(Faults, match="leads out of the archive"):
        read_return(path)


def test_a_link_out_of_the_folder_is_refused(small, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text(HEADER)
    (small / "linked.csv").symlink_to(outside)
    with pytest.raises(Faults, match="outside the folder"):
        read_return(small)


def test_xml_with_entities_is_refused(tmp_path):
    file = tmp_path / "r.xml"
    file.write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(Faults, match="entities"):
        read_return(file)


def test_a_damaged_workbook_is_refused(tmp_path):
    file = tmp_path / "r.xlsx"
    file.write_bytes(b"not a workbook")
    with pytest.raises(Faults, match="workbook"):
        read_return(file)


DIRT = {
    "there twice": (EPISODES + EPISODES.split("\n")[1] + "\n", "dropped", "the row is there twice"),
    "end before start": (EPISODES.replace("10/01/2021", "10/01/2020"), "dropped", "the end is before the start"),
    "overlap": (EPISODES.replace("01/09/2020,X1", "09/09/2020,X1"), "changed", "the end is after the next start"),
    "unknown code": (EPISODES.replace("K2", "Y9"), "dropped", "unknown code 'Y9'"),
    "impossible date": (EPISODES.replace("10/01/2021", "31/02/2021"), "dropped", "not a date that exists"),
    "excel day number": (EPISODES.replace("10/01/2021", "44206"), "changed", "a day number of Excel"),
    "old code": (EPISODES.replace("E4A", "E44"), "changed", "code E44 read as E48"),
    "code of another year": (EPISODES.replace("K2", "K3"), "doubted", "code K3 was not in the list of that year"),
    "no child": (EPISODES + ",01/06/2020,S,C1,N1,U6,PR1,,,,,,\n", "dropped", "no child identifier"),
    "no header": (EPISODES + "3,01/06/2020,S,C1,N1,U6,PR1,,,,,,\n", "doubted", "episodes but no header"),
    "before birth": (EPISODES + "4,01/06/2020,S,C1,N1,U6,PR1,,,,,,\n", "doubted", "before the child was born"),
    "adult": (EPISODES + "5,01/06/2020,S,C1,N1,U6,PR1,,,,,,\n", "dropped", "eighteenth birthday"),
    "short breaks": (EPISODES.replace("V2", "V4"), "noted", "1 episodes of short breaks"),
    "too many cells": (EPISODES.replace("AA4 4AA,333", "AA4 4AA,333,extra"), "dropped", "more cells than headings"),
}
MORE = HEADER + "4,1,01/07/2020,WBRI,UN1,,\n5,1,01/07/2000,WBRI,UN1,,\n"


@pytest.mark.parametrize("name", DIRT)
def test_dirt_is_corrected_and_said(name, tmp_path):
    episodes, what, why = DIRT[name]
    returned = read_return(write(tmp_path / "r", episodes=episodes, header=MORE))
    assert [correction.what for correction in returned.corrections.made if why in correction.why] == [what]
    assert len(returned.periods) >= 1


def test_episodes_reported_again_next_year_are_one(tmp_path):
    folder = tmp_path / "r"
    write(folder / "2021", episodes=EPISODES, header=HEADER)
    again = EPISODES.split("\n")[0] + "\n1,01/12/2020,L,C2,N1,U4,PR4,01/08/2021,E47,,AA1 1AA,AA3 3AA,222\n"
    write(folder / "2022", episodes=again, header=HEADER)
    returned = read_return(folder)
    assert returned.years == (2021, 2022)
    one = returned.periods.set_index("CHILD").loc["1"]
    assert pd.Timestamp("2021-08-01") == one.END and one.REC == "E47" and one.START_KNOWN
    assert any("reported again" in why for why in whys(returned))


def test_corrections_never_quote_personal_columns(tmp_path):
    episodes = EPISODES.replace("10/01/2021", "31/02/2021").replace("AA4 4AA", "ZZ99 9ZZ")
    header = HEADER.replace("01/03/2010", "99/99/2010").replace("UN1", "H801200001001")
    returned = read_return(write(tmp_path / "r", episodes=episodes, header=header))
    said = "\n".join(map(str, returned.corrections.made))
    assert said and not any(secret in said for secret in ("31/02", "99/99", "ZZ99", "H8012"))


def test_one_message_for_each_fault_of_every_file(tmp_path):
    folder = write(tmp_path / "r", episodes=EPISODES.replace("DECOM", "DECOME"), header=HEADER.replace("ETHNIC", "ETHNICS"))
    with pytest.raises(Faults) as caught:
        read_return(folder)
    assert len(caught.value.faults) == 2 and all("is meant, name it" in fault.message for fault in caught.value.faults)


def test_workbook_with_junk_sheets_is_read(small, tmp_path):
    book = io.BytesIO()
    with pd.ExcelWriter(book) as writer:
        for file in small.iterdir():
            pd.read_csv(file, dtype=str).to_excel(writer, sheet_name=file.stem, index=False)
        pd.DataFrame({"notes": ["made by hand"]}).to_excel(writer, sheet_name="notes", index=False)
    path = tmp_path / "r.xlsx"
    path.write_bytes(book.getvalue())
    returned = read_return(path)
    assert len(returned.periods) == 2 and "not a table of the return: left out" in whys(returned)


def test_unaccompanied_children_are_known_from_the_table_or_the_column(tmp_path):
    header = HEADER.replace("MC_DOB", "MC_DOB,UASC").replace("UN1,,\n", "UN1,,,1\n", 1).replace("0,\n", "0,,0\n")
    both = read_return(write(tmp_path / "a", episodes=EPISODES, header=header)).children.set_index("CHILD")["UASC"]
    assert both.to_dict() == {"1": True, "2": False}
    table = "CHILD,SEX,DOB,DUC\n2,2,01/03/2010,01/03/2028\n"
    alone = read_return(write(tmp_path / "b", episodes=EPISODES, header=HEADER, u=table)).children.set_index("CHILD")["UASC"]
    assert alone.to_dict() == {"1": False, "2": True}


def histories(folder: Path, *rows: str, year: str = ""):
    """The return of child 1 with these rows, all in one home under one need; ``rows``: DECOM,RNE,PLACE,PROVIDER,DEC,REC."""
    lines = []
    for row in rows:
        start, why, place, provider, end, ceased = row.split(",")
        lines.append(f"1,{start},{why},C2,N1,{place},{provider},{end},{ceased},,AA1 1AA,,")
    return write(folder / year, episodes="\n".join([EPISODES.split("\n")[0], *lines]) + "\n", header=HEADER)


@pytest.mark.parametrize("end", ["20/06/2020", "01/06/2020"])
def test_of_two_episodes_on_one_day_the_longer_is_kept_and_care_stays_begun(end, tmp_path):
    returned = read_return(histories(tmp_path, f"01/06/2020,S,U6,PR1,{end},X1", "01/06/2020,P,K2,PR4,,"))
    assert returned.spells.PLACE.tolist() == ["K2"] and returned.spells.END.isna().all()
    assert returned.periods.START_KNOWN.tolist() == [True]
    assert "two episodes of a child start on the same day: the longer was kept" in whys(returned)


def test_of_one_episode_open_and_ended_the_ended_is_kept(tmp_path):
    returned = read_return(histories(tmp_path, "01/06/2020,S,U6,PR1,20/06/2020,E4A", "01/06/2020,S,U6,PR1,,"))
    assert returned.periods.REC.tolist() == ["E4A"] and "the episode is there open and ended: the ended was kept" in whys(returned)


def test_an_end_that_says_care_goes_on_is_no_end_of_care(tmp_path):
    returned = read_return(histories(tmp_path, "01/06/2020,S,U6,PR1,20/06/2020,X1"))
    assert returned.periods.END.isna().all() and returned.periods.CENSORED.tolist() == [pd.Timestamp("2020-06-20")]
    assert "X1 says that an episode follows, but none does: followed until then only" in whys(returned)


def test_a_start_straight_after_an_episode_that_goes_on_is_one_period(tmp_path):
    returned = read_return(histories(tmp_path, "01/06/2020,S,U6,PR1,20/06/2020,X1", "20/06/2020,S,K2,PR4,,"))
    assert len(returned.periods) == 1 and returned.periods.MOVES.tolist() == [1]
    assert "a start (S), yet the episode before goes on (X1): taken as one period of care" in whys(returned)


def test_nobody_is_followed_over_years_without_a_return(tmp_path):
    histories(tmp_path, "01/06/2018,S,U6,PR1,,", year="2019")
    histories(tmp_path, "01/06/2021,S,K2,PR4,,", "01/01/2023,P,U4,PR4,,", year="2023")
    returned = read_return(tmp_path)
    assert returned.spells.END.isna().tolist() == [True, False, True]
    assert returned.spells.CENSORED.tolist()[0] == pd.Timestamp("2019-03-31")
    seen = _watched(returned.periods, returned)
    days = [tuple(day.strftime("%Y-%m-%d") for day in row) for row in zip(seen.SINCE, seen.UNTIL, strict=True)]
    assert days == [("2018-06-01", "2019-03-31"), ("2022-04-01", "2023-03-31")]
    assert not seen.ENDED.any()


def test_care_begun_before_the_first_return_is_lengthened_as_far_as_later_episodes_lie_from_a_known_start(tmp_path):
    rows, header = [EPISODES.split("\n")[0]], HEADER.split("\n")[0] + "\n"
    for child in range(1, 11):
        header += f"{child},1,01/02/2010,WBRI,U,,\n"
        start = f"{child},01/0{child % 3 + 4}/2020"
        rows += [f"{start},S,C2,N1,U6,PR1,01/12/2020,X1,,AA1 1AA,,", f"{child},01/12/2020,P,C2,N1,K2,PR4,,,,AA1 1AA,,"]
    rows += ["11,01/04/2020,P,C2,N1,U6,PR1,,,,AA1 1AA,,"]
    rows += [f"{child},01/06/2010,S,C2,N1,U6,PR1,,,,AA1 1AA,," for child in range(12, 18)]
    header += "".join(f"{child},1,01/02/2010,WBRI,U,,\n" for child in range(11, 18))
    stock = learn(read_return(write(tmp_path, episodes="\n".join(rows) + "\n", header=header))).stock
    assert stock.loc[~stock.start_known, "weeks_in_care"].tolist() == [52 + 30], "not 565, as the settled"


def test_a_year_all_of_whose_episodes_were_reported_again_is_no_year_without_a_return(tmp_path):
    histories(tmp_path, "01/06/2018,S,U6,PR1,,", year="2018-19")
    histories(tmp_path, "01/06/2019,P,K2,PR4,,", year="2019-20")
    histories(tmp_path, "01/06/2019,P,K2,PR4,01/06/2020,X1", "01/06/2020,P,U4,PR4,,", year="2020-21")
    assert read_return(tmp_path).spells.END.notna().tolist() == [True, True, False]
