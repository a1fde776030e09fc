"""Files are whole or absent, say plainly when they cannot be read, and can do a spreadsheet no harm."""

from __future__ import annotations

import errno
import json
import resource
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from simulation.base.errors import Faults
from simulation.results import files
from simulation.results.folder import OURS, Results, open_results
from simulation.results.tables import RESULTS_VERSION, TABLES

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "y"], "c": [0.5, np.nan, -0.0]})


def everything(folder):
    return sorted(path.name for path in folder.rglob("*"))


# ---- writing


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "table.csv"
    files.write_bytes(target, b"old")

    def fail(side):
        side.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Faults, match=r"table\.csv: cannot be written: No space left"):
        files.write_with(target, fail)
    assert target.read_bytes() == b"old" and everything(tmp_path) == ["table.csv"]


def test_a_full_disc_is_a_plain_refusal(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(Faults, match="cannot be written"):
            files.write_bytes(tmp_path / "big", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert everything(tmp_path) == []


def test_what_an_interrupted_run_left_beside_its_files_is_cleared(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".weekly.parquet.partial").write_bytes(b"half")
    files.clear_partial(tmp_path)
    assert everything(tmp_path) == ["runs"]


def test_columns_have_their_declared_type_even_when_empty_in_one_replication():
    empty = pd.DataFrame({"child": [1], "care_end": [None], "route": [None], "n_placements": [2.0], "disabled": [None]})
    full = pd.DataFrame(
        {"child": [1], "care_end": ["2021-02-03"], "route": ["adoption"], "n_placements": [2], "disabled": [True]}
    )
    first, second = files.to_arrow(empty, "periods"), files.to_arrow(full, "periods")
    assert first.schema == second.schema
    assert second.to_pandas().loc[0, "care_end"] == pd.Timestamp("2021-02-03")


# ---- reading


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: b"", lambda data: b"not parquet at all", lambda data: data[: len(data) // 2]]
)
def test_a_damaged_parquet_file_is_refused_by_name(tmp_path, damage):
    path = tmp_path / "weekly.parquet"
    path.write_bytes(damage(files.parquet_bytes(files.to_arrow(FRAME, "weekly"))))
    with pytest.raises(Faults, match=r"weekly\.parquet: cannot be read as Parquet"):
        files.read_parquet(path)


def test_a_missing_parquet_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(Faults, match="is not there"):
        files.read_parquet(tmp_path / "weekly.parquet")
    with pytest.raises(Faults, match="cannot be read"):
        files.read_parquet(tmp_path)


def test_csv_opens_in_excel_and_text_cannot_become_a_formula(tmp_path):
    frame = pd.DataFrame({name: [0.0] for name in TABLES["start_check"].names})
    frame = frame.assign(scenario="=HYPERLINK(1)", measure="+x", group="@y", unit="\tz", verdict="-1", change=-5.0)
    path = tmp_path / "start_check.csv"
    files.write_csv(path, frame, "start_check")
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and b"\r" not in data
    row = pd.read_csv(path, encoding="utf-8-sig").iloc[0]
    assert [row["scenario"], row["measure"], row["group"], row["verdict"]] == ["'=HYPERLINK(1)", "'+x", "'@y", "'-1"]
    assert row["change"] == -5.0, "numbers stay numbers"


def test_a_csv_without_a_column_is_refused(tmp_path):
    path = tmp_path / "summary.csv"
    path.write_text("scenario,mean\na,1\n")
    with pytest.raises(Faults, match="lacks the columns period_kind, period"):
        files.read_csv(path, "summary")


# ---- hashes


def test_the_content_hash_knows_values_and_not_their_packing():
    same = [
        FRAME.sample(frac=1, random_state=1),
        FRAME[["c", "a", "b"]],
        FRAME.assign(b=FRAME["b"].astype("category")),
        FRAME.assign(a=FRAME["a"].astype(float), c=[0.5, np.nan, 0.0]),
        FRAME.assign(b=pd.Categorical(FRAME["b"], categories=["y", "unused", "x"])),
    ]
    assert {files.content_hash(frame) for frame in same} == {files.content_hash(FRAME)}


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(a=[1, 2, 4]),
        FRAME.assign(b=["x", "y", None]),
        FRAME.rename(columns={"a": "d"}),
        FRAME.iloc[:2],
        FRAME[["a", "b"]],
    ],
)
def test_the_content_hash_sees_every_change(other):
    assert files.content_hash(other) != files.content_hash(FRAME)


def test_dates_hash_alike_as_text_kept_by_parquet():
    frame = pd.DataFrame({"date": pd.to_datetime(["2020-04-05", None])})
    again = files.to_arrow(frame, "weekly").to_pandas()
    assert files.content_hash(frame) == files.content_hash(again)


# ---- locks


def test_two_runs_in_one_folder_the_second_is_refused_politely(tmp_path):
    with files.locked(tmp_path), pytest.raises(Faults, match="another run is writing here"), files.locked(tmp_path):
        pass
    with files.locked(tmp_path):
        pass  # free again


def test_a_lock_dies_with_its_process(tmp_path):
    code = f"import os, pathlib\nfrom simulation.results import files\nwith files.locked(pathlib.Path({str(tmp_path)!r})): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with files.locked(tmp_path):
        pass


# ---- the folder


def test_a_folder_from_a_newer_version_is_refused(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"results_version": RESULTS_VERSION + 1}))
    with pytest.raises(Faults, match="written by a newer version"):
        open_results(tmp_path)
    with pytest.raises(Faults, match="nothing was changed"):
        Results(tmp_path).check_usable()


@pytest.mark.parametrize("text", ["{", "[]", '{"results_version": "two"}', '{"somebody": "else"}'])
def test_a_damaged_run_json_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(Faults, match=r"run\.json"):
        open_results(tmp_path)


def test_other_peoples_folders_are_not_written_in(tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(Faults, match=r"holds other files \(thesis\.docx\)"):
        Results(tmp_path).check_usable()
    with pytest.raises(Faults, match="is a file, not a folder"):
        Results(tmp_path / "thesis.docx").check_usable()
    with pytest.raises(Faults, match="is not a results folder"):
        open_results(tmp_path)
    with pytest.raises(Faults, match="is not a folder"):
        open_results(tmp_path / "nowhere")


def test_an_empty_folder_and_one_cut_short_at_once_are_usable(tmp_path):
    Results(tmp_path).check_usable()
    Results(tmp_path / "new").check_usable()
    for name in OURS - {"run.json"}:
        (tmp_path / name).touch()
    Results(tmp_path).check_usable()


def test_an_unknown_table_is_named_with_the_nearest(tmp_path):
    with pytest.raises(Faults, match="Did you mean 'summary'"):
        Results(tmp_path).read("sumary")
