"""Gathering replications takes one at a time, whatever their columns, and memory does not grow with them."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from quick_model import BASE, run_replication

from simulation.base.errors import Faults
from simulation.results import files
from simulation.results.folder import Results
from simulation.results.gather import merge
from simulation.results.periods import yearly
from simulation.results.summary import stack


def put(results, number, **tables):
    results.put("base", number, {name: files.parquet_bytes(files.to_arrow(frame, name)) for name, frame in tables.items()}, {})


def peak(folder, replications):
    """Most Arrow memory held while the weekly tables of so many replications are gathered."""
    made = run_replication(BASE, 1, weeks=100)["weekly"]
    results = Results(folder)
    for number in range(1, replications + 1):
        put(results, number, weekly=made)
    before, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(pool)
    try:
        merge(results, [("base", number) for number in range(1, replications + 1)])
    finally:
        pa.set_memory_pool(before)
    assert len(results.read("weekly", ["week"])) == replications * len(made)
    return pool.max_memory()


def test_memory_does_not_grow_with_replications(tmp_path):
    few, many = peak(tmp_path / "few", 3), peak(tmp_path / "many", 30)
    assert few > 0 and many < 1.5 * few


def test_replications_with_different_columns_are_gathered_with_gaps(tmp_path):
    results = Results(tmp_path)
    put(results, 1, money=pd.DataFrame({"week": [1], "category": ["staff"], "gbp": [1.0]}))
    put(results, 2, money=pd.DataFrame({"week": [1], "category": ["staff"], "provider": ["own"], "gbp": [2.0], "extra": [7]}))
    merge(results, [("base", 1), ("base", 2)])
    table = results.read("money")
    assert list(table["gbp"]) == [1, 2] and table["provider"].isna().tolist() == [True, False] and set(table["scenario"]) == {"base"}


def test_an_unreadable_replication_is_refused_and_the_old_table_kept(tmp_path):
    results = Results(tmp_path)
    put(results, 1, money=pd.DataFrame({"week": [1], "gbp": [1.0]}))
    merge(results, [("base", 1)])
    before = (tmp_path / "money.parquet").read_bytes()
    put(results, 2, money=pd.DataFrame({"week": [1], "gbp": [1.0]}))
    results.replication_file("base", 2, "money").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(Faults, match=r"replication-00002\.money\.parquet: cannot be read"):
        merge(results, [("base", 1), ("base", 2)])
    assert (tmp_path / "money.parquet").read_bytes() == before


def weekly(**values):
    """Ten weeks of some measures at constant values."""
    parts = [pd.DataFrame({"week": range(11), "date": pd.date_range("2020-04-05", periods=11, freq="7D"), "measure": name, "group": "all",
                           "value": [0.0] + [value] * 10}) for name, value in values.items()]  # fmt: skip
    return yearly(pd.concat(parts, ignore_index=True))


def test_a_count_that_never_occurred_is_zero_and_so_is_its_ratio():
    """Without this, futures without a single re-entry would be left out of the mean, which would be too high."""
    some, none = weekly(new_returns_home=4.0, new_reentries=1.0), weekly(new_returns_home=4.0)
    nobody_home = weekly(new_care_starts=1.0)
    data = stack([some, none, nobody_home], [1, 2, 3])
    values = {measure: list(data.array[:, row]) for row, measure in enumerate(data.keys["measure"])}
    assert values["new_reentries"] == [10, 0, 0]
    assert values["pct_reentries"][:2] == [25, 0] and pd.isna(values["pct_reentries"][2]), "nothing to divide by"
