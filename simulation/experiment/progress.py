"""Progress that people can read: a bar with time left on a terminal, a plain line per tenth otherwise."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from tqdm import tqdm


def duration(seconds: float) -> str:
    """A length of time as a person reads it: ``4 min 05 s``."""
    return f"{round(seconds) // 60} min {round(seconds) % 60:02d} s"


class Progress:
    """Counts replications or other ``things``; ``total`` may grow (sequential precision). Silent unless ``shown``."""

    def __init__(
        self, total: int, done: int = 0, shown: bool = True, stream: TextIO | None = None, things: str = "replications"
    ):
        self.stream, self.total, self.done, self.begun, self.first = stream or sys.stderr, total, done, time.monotonic(), done
        self.things = things
        terminal = shown and self.stream.isatty()
        self.bar = tqdm(total=total, initial=done, unit=f" {things}", file=self.stream) if terminal else None
        self.lines = shown and self.bar is None
        self.tenth = self._tenth()
        if self.lines and done:
            self._say(f"{done} of {total} {things} were finished before")

    def grow(self, total: int) -> None:
        """More replications are wanted."""
        self.total = total
        self.tenth = self._tenth()
        if self.bar is not None:
            self.bar.total = total
            self.bar.refresh()

    def step(self) -> None:
        """One more is finished."""
        self.done += 1
        if self.bar is not None:
            self.bar.update()
        elif self.lines and self._tenth() > self.tenth:
            self.tenth = self._tenth()
            self._say(f"{self.done} of {self.total} {self.things}, {self._left()}")

    def say(self, text: str) -> None:
        """A plain line, above the bar if there is one."""
        if self.bar is not None:
            tqdm.write(text, file=self.stream)
        elif self.lines:
            self._say(text)

    def close(self) -> None:
        """Leave the terminal tidy."""
        if self.bar is not None:
            self.bar.close()

    def _say(self, text: str) -> None:
        print(text, file=self.stream, flush=True)

    def _tenth(self) -> int:
        return 10 * self.done // max(self.total, 1)

    def _left(self) -> str:
        rate = (time.monotonic() - self.begun) / max(self.done - self.first, 1)
        return f"about {duration(rate * (self.total - self.done))} left" if self.done < self.total else "all run"
