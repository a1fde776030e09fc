"""Finished work is never lost and unfinished work never counted, whenever the power goes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from quick_model import BASE, PLAN
from test_experiment_runner import run, values

from simulation.results.folder import Results

REPLICATIONS = 5
COMMAND = f"""
from quick_model import BASE, PLAN
from simulation.experiment.runner import run_experiment
import sys
run_experiment([BASE, PLAN], {REPLICATIONS}, weeks=10, workers=2, out=sys.argv[1], function="quick_model:slow")
"""
LAST_LINE = 10
"""Progress has ten lines; after the last one the tables are being gathered."""


def start(code: str, *arguments: str) -> subprocess.Popen:
    """A Python of its own, in a process group of its own."""
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), str(here.parent)])
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=os.environ | {"PYTHONPATH": path}, start_new_session=True, **pipes)


def kill_at_a_random_moment(out: Path, luck: random.Random) -> bool:
    """Start the experiment and kill its whole group after some progress; True if it had not finished."""
    with start(COMMAND, str(out)) as process:
        for _ in range(luck.randint(0, LAST_LINE)):
            process.stderr.readline()
        try:
            process.wait(timeout=luck.uniform(0, 0.3))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def kill_and_resume(tmp_path: Path, times: int, luck: random.Random) -> None:
    whole = values(run(tmp_path / "whole", [BASE, PLAN], REPLICATIONS, weeks=10))
    killed = 0
    for attempt in range(times):
        out = tmp_path / str(attempt)
        killed += kill_at_a_random_moment(out, luck)
        again = run(out, [BASE, PLAN], REPLICATIONS, weeks=10, function="quick_model:slow")
        assert values(again) == whole
        assert not list(out.rglob("*.partial"))
    assert killed, "no run was killed before it finished"


@pytest.mark.slow
def test_killing_the_group_and_resuming_equals_the_uninterrupted_result(tmp_path):
    kill_and_resume(tmp_path, 10, random.Random(5))


def test_kills_one_after_another_lose_nothing(tmp_path):
    """Killed again and again in one folder, each time a little further."""
    out, luck = tmp_path / "out", random.Random(6)
    kill_at_a_random_moment(out, luck)
    kill_at_a_random_moment(out, luck)
    whole = run(tmp_path / "whole", [BASE, PLAN], REPLICATIONS, weeks=10)
    assert values(run(out, [BASE, PLAN], REPLICATIONS, weeks=10, function="quick_model:slow")) == values(whole)


STOPPED = COMMAND.replace("import sys\n", "import sys\ntry:\n    ").replace("quick_model:slow\")\n", "quick_model:slow\")\nexcept KeyboardInterrupt: sys.exit(130)\n")
STOPPED = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + STOPPED  # a job in the background ignores it


def test_stopping_is_quiet_at_once_and_keeps_what_is_finished(tmp_path):
    """Ctrl-C reaches the whole group; no worker says anything, none is waited for, and the folder says it was stopped."""
    with start(STOPPED, str(tmp_path / "out")) as process:
        first = next(line for line in process.stderr if " of " in line and "replications" in line)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=600)
    assert "replications" in first and process.returncode == 130 and "Traceback" not in said
    assert Results(tmp_path / "out").read_run()["status"] == "stopped"


ORPHAN = """
import os, signal
from simulation.experiment import engine
with engine.local(1) as made:
    print(*made.run(abs, [-5]), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_do_not_outlive_their_parent():
    """The worker holds the other end of the pipe: it closes only when the worker has gone too."""
    with start(ORPHAN) as process:
        told, _ = process.communicate(timeout=600)
    assert told.strip() == "5" and process.returncode == -signal.SIGKILL
