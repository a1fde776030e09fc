"""The model's examination: the stylised facts D1 to D22, each answered by simulation and written to a file.

A fact that was used to set a parameter is *fitted*, never *passed*. Where the runs are too few to tell, it is *not clear*.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from simulation.base.errors import fault
from simulation.results import files
from simulation.validation.fact import Fact

PASSED, MISSED, FITTED, NOT_CLEAR, NOT_YET = "passed", "missed", "fitted", "not clear", "not yet examined"


def examine(out: str | Path, replications: int = 10, workers: int | None = None, only: str | None = None) -> int:
    """Run what the facts need, judge them, write ``examination.csv`` and ``examination.md``; 0 unless a fact could not be run."""
    from simulation.validation.facts import FACTS
    from simulation.validation.runs import Runs

    chosen = _chosen(FACTS, only)
    folder = Path(out)
    runs = Runs(folder / "runs", replications, workers)
    rows = [_row(fact, runs) for fact in chosen]
    table = pd.DataFrame(rows)
    folder.mkdir(parents=True, exist_ok=True)
    files.write_bytes(folder / "examination.csv", table.to_csv(index=False).encode("utf-8-sig"))
    files.write_bytes(folder / "examination.md", _page(table, replications).encode())
    print(_page(table, replications))
    print(f"Written to {folder / 'examination.md'} and examination.csv.")
    return 0


def _chosen(facts: tuple[Fact, ...], only: str | None) -> list[Fact]:
    if not only:
        return list(facts)
    wanted = [name.strip().upper() for name in only.split(",") if name.strip()]
    known = [fact.id for fact in facts]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise fault("--only", f"{', '.join(unknown)} is not a fact; they are {known[0]} to {known[-1]}.")
    return [fact for fact in facts if fact.id in wanted]


def _row(fact: Fact, runs: Any) -> dict[str, str]:
    told = {"fact": fact.id, "statement": fact.statement, "target": fact.target, "tolerance": fact.tolerance}
    if fact.judge is None:
        return {**told, "model": "", "verdict": NOT_YET, "source": fact.source}
    answer = fact.judge(runs)
    return {**told, "model": answer.figure, "verdict": verdict(answer.within, fact.fitted), "source": fact.source}


def verdict(within: bool | None, fitted: bool) -> str:
    """The word for an answer; a fitted fact that is not met says both."""
    word = {True: PASSED, False: MISSED, None: NOT_CLEAR}[within]
    return word if not fitted else (FITTED if within else f"{FITTED}, {word}")


def _page(table: pd.DataFrame, replications: int) -> str:
    lines = [
        "# The model's examination",
        "",
        f"{replications} replications. *Fitted*: the fact was used to set a parameter and proves nothing by itself. "
        "*Not clear*: these runs cannot tell.",
        "",
        "| fact | statement | target | model | verdict |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.fact} | {r.statement} | {r.target} ({r.tolerance}) | {r.model} | **{r.verdict}** |" for r in table.itertuples()
    ]
    return "\n".join(lines) + "\n"
