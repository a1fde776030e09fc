"""Processes that die cost only what they held; the killer is named; the rest finish."""

from __future__ import annotations

import os

import pytest
from quick_model import BASE, NAME
from quick_work import die, square, threads
from test_experiment_runner import run, values

from simulation.base.errors import Faults
from simulation.experiment import engine
from simulation.experiment.runner import exit_code


def test_results_come_from_every_task_once():
    with engine.local(2) as made:
        assert sorted(made.run(square, range(20))) == sorted(n * n for n in range(20))
        assert sorted(made.run(square, range(3))) == [0, 1, 4], "processes are kept for the next batch"


def test_no_more_is_begun_than_there_are_seats():
    with engine.local(0) as made:
        begun = []
        results = made.run(lambda n: begun.append(n) or n, range(10))
        next(results)
        assert len(begun) == 1


def test_a_task_that_always_kills_its_worker_is_named():
    with engine.local(2) as made:
        came = list(made.run(die, range(6)))
    lost = [one for one in came if isinstance(one, engine.Lost)]
    assert [(one.task, one.killed) for one in lost] == [(2, True)] and "died 3 times" in lost[0].reason
    assert sorted(one for one in came if not isinstance(one, engine.Lost)) == [0, 1, 3, 4, 5]


def test_a_task_that_raises_is_lost_with_its_traceback():
    with engine.local(0) as made:
        (lost,) = made.run(lambda n: 1 / n, [0])
    assert "ZeroDivisionError" in lost.reason and not lost.killed


def test_workers_use_one_thread_each_and_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with engine.local(1) as made:
        assert list(made.run(threads, [0])) == [["1"] * len(engine.THREADS)]
    assert os.environ["OMP_NUM_THREADS"] == "7" and "MKL_NUM_THREADS" not in os.environ


def test_a_deadly_replication_is_named_the_rest_finish_and_the_exit_code_is_3(tmp_path):
    results = run(tmp_path / "out", [BASE], 5, workers=2, weeks=3, function="quick_model:deadly")
    told = results.read_run()
    assert [(one["replication"], one["killed_its_worker"]) for one in told["failures"]] == [(3, True)]
    assert told["finished"] == 4 and exit_code(results.path) == 3


def test_a_killed_worker_costs_only_the_replication_it_held(tmp_path, monkeypatch):
    monkeypatch.setenv("QUICK_MODEL_NOTES", str(tmp_path))
    results = run(tmp_path / "out", [BASE], 6, workers=2, weeks=3, function="quick_model:deadly_once")
    starts = sorted(int(line) for line in (tmp_path / "starts").read_text().split())
    assert starts == [1, 2, 2, 3, 4, 5, 6], "only replication 2 was begun twice"
    fresh = run(tmp_path / "fresh", [BASE], 6, weeks=3)
    assert values(results) == values(fresh) and exit_code(results.path) == 0


@pytest.fixture(scope="module")
def scheduler():
    """A Dask cluster of two processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")
def test_dask_gives_the_same_values(tmp_path, scheduler):
    assert values(run(tmp_path / "dask", scheduler=scheduler)) == values(run(tmp_path / "here"))


@pytest.mark.filterwarnings("ignore")
def test_a_failing_replication_on_dask_is_named(tmp_path, scheduler):
    results = run(tmp_path / "out", [BASE], 3, weeks=3, scheduler=scheduler, function="quick_model:faulty")
    assert [one["replication"] for one in results.read_run()["failures"]] == [2]


def test_a_scheduler_that_does_not_answer_is_a_plain_refusal(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "PATIENCE", "200ms")
    with pytest.raises(Faults, match="--scheduler: no Dask scheduler answers"):
        run(tmp_path / "out", [BASE], 1, scheduler="tcp://127.0.0.1:9", function=NAME)
