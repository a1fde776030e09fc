"""Many tasks on many processes: bounded in flight, and a dying process costs only the task it held.

Anything that keeps the ``concurrent.futures.Executor`` promise can do the work. Locally each worker is a pool of one
spawned process, so that when a process dies it is known which task it held; that task is tried again alone in a new
process and, if it keeps killing its worker, is named while the rest finish. A Dask cluster is one large pool.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulation.base.errors import fault

DEATHS_ALLOWED = 3
"""A task that has killed this many workers is not tried again."""
PATIENCE = "10s"
"""How long a Dask scheduler may take to answer."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass
class Seat:
    """A place where up to ``capacity`` tasks run at once; ``make`` builds its executor, again after a death."""

    make: Callable[[], Executor]
    capacity: int = 1
    executor: Executor | None = None
    busy: dict[Future, Any] = field(default_factory=dict)

    def submit(self, work: Callable, task: Any) -> Future:
        """Start ``work(task)`` here; a pool that died while idle is replaced first."""
        try:
            future = self._executor().submit(work, task)
        except BrokenExecutor:
            self.close()
            future = self._executor().submit(work, task)
        self.busy[future] = task
        return future

    def _executor(self) -> Executor:
        if self.executor is None:
            self.executor = self.make()
        return self.executor

    def close(self) -> None:
        """Stop the executor, dropping what it has not begun."""
        for future in self.busy:
            future.cancel()
        if self.executor is not None:
            self.executor.shutdown(wait=False)
            self.executor = None


@dataclass(frozen=True)
class Lost:
    """A task that could not be done: it ``killed`` its workers, or raised (``reason`` is the traceback)."""

    task: Any
    reason: str
    killed: bool


class Engine:
    """Runs ``work`` on tasks over seats; use as a context, and ``run`` as often as wanted (processes are kept)."""

    def __init__(self, seats: list[Seat]):
        self.seats = seats

    def __enter__(self) -> Engine:
        self.others = set(multiprocessing.active_children())
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for seat in self.seats:
            seat.close()
        if kind is not None:  # stopped by the user or by a fault: what the workers are doing is not wanted
            for worker in set(multiprocessing.active_children()) - self.others:
                worker.terminate()

    def run(self, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        """Results as they come, in any order; a ``Lost`` for each task that could not be done."""
        waiting: deque[Any] = deque(tasks)
        deaths: dict[int, int] = {}
        with one_thread_each():
            while waiting or any(seat.busy for seat in self.seats):
                self._fill(work, waiting)
                yield from self._collect(waiting, deaths)

    def _fill(self, work: Callable[[Any], Any], waiting: deque[Any]) -> None:
        for seat in self.seats:
            while waiting and len(seat.busy) < seat.capacity:
                seat.submit(work, waiting.popleft())

    def _collect(self, waiting: deque[Any], deaths: dict[int, int]) -> Iterator[Any]:
        futures = [future for seat in self.seats for future in seat.busy]
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for seat in self.seats:
            for future in [future for future in seat.busy if future in done]:
                task = seat.busy.pop(future)
                error = future.exception()
                if error is None:
                    yield future.result()
                elif isinstance(error, BrokenExecutor):
                    seat.close()
                    yield from _death(task, waiting, deaths)
                else:
                    yield Lost(task, "".join(traceback.format_exception(error)).strip(), type(error).__name__ == "KilledWorker")


def _death(task: Any, waiting: deque, deaths: dict[int, int]) -> Iterator[Lost]:
    """Try the task again next, or give it up and name it."""
    deaths[id(task)] = deaths.get(id(task), 0) + 1
    if deaths[id(task)] < DEATHS_ALLOWED:
        waiting.appendleft(task)
    else:
        yield Lost(task, f"its worker process died {DEATHS_ALLOWED} times", True)


class Inline(Executor):
    """Does the work at once in this process (``--workers 0``): for debugging a rule."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """A future that is already done."""
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes started inside use one thread each for linear algebra: the processes are the parallelism."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _leave_with_parent() -> None:  # pragma: no cover - runs in the worker processes
    """Started in each worker: Ctrl-C is left to the parent, and when the parent dies, however it dies, the worker goes too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _process_pool() -> Executor:
    """One spawned process (importing Mesa would force that start method anyway, so it is said out loud)."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_leave_with_parent)


def local(workers: int) -> Engine:
    """``workers`` spawned processes; 0 does the work in this one."""
    return Engine([Seat(_process_pool) for _ in range(workers)] if workers else [Seat(Inline)])


@contextmanager
def cluster(address: str) -> Iterator[Engine]:
    """The Dask cluster whose scheduler listens at ``address`` (tcp://host:port); needs the ``cluster`` extra."""
    try:
        from distributed import Client
    except ImportError as error:
        raise fault("--scheduler", "needs Dask: pip install 'headroom[cluster]'.") from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise fault("--scheduler", f"no Dask scheduler answers at {address} ({error}).") from error
    with client:
        threads = sum(client.nthreads().values()) or 1
        with Engine([Seat(lambda: client.get_executor(pure=False), 2 * threads)]) as engine:
            yield engine
