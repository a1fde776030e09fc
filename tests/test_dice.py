"""Chance: even, uncorrelated, the same for each agent whoever else is asked, and the only randomness in the model."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from twins import mixed

from simulation.base.dice import Dice, exponential, joined, lognormal, mix, normal, pick, poisson, weekly, weibull

PACKAGE = Path(__file__).resolve().parent.parent / "simulation"
DESIGNS = ("experiment", "forecast", "profile", "report", "results", "ssda903", "validation")
"""Rooms that draw samples of settings or of results with seeded generators; what happens in a week is none of theirs."""
UNIFORM = st.floats(0, 1, exclude_max=True)
MANY = 200_000


def rolls(decision: str = "leaves", when: int = 3, *, replication: int = 1, seed: int = 0, first: int = 0) -> np.ndarray:
    dice = Dice(seed, replication)
    return dice.roll(decision, dice.keys(np.arange(first, first + MANY)), when)


# ---- even and unrelated


@pytest.mark.parametrize("when", [0, 1, 261])
def test_rolls_are_even_over_zero_to_one(when):
    u = rolls(when=when)
    assert u.min() >= 0.0
    assert u.max() < 1.0
    counts = np.bincount((u * 100).astype(int), minlength=100)
    assert stats.chisquare(counts).pvalue > 1e-4


def test_one_agents_rolls_are_even_over_the_weeks():
    dice = Dice(0, 1)
    u = dice.roll("leaves", np.repeat(dice.keys(7), MANY), np.arange(MANY))
    assert stats.kstest(u, "uniform").pvalue > 1e-4


@pytest.mark.parametrize(
    "other",
    [
        {"when": 4}, {"decision": "leavet"}, {"decision": "comes"}, {"replication": 2}, {"seed": 1}, {"first": 1},
        {"decision": "selaev"},
    ],
    ids=str,
)  # fmt: skip
def test_rolls_of_other_weeks_decisions_agents_and_replications_are_unrelated(other):
    """Correlation within five standard errors of none, and their joint distribution is even."""
    one, two = rolls(), rolls(**other)
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(MANY)
    table = np.histogram2d(one, two, bins=20, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(table.ravel()).pvalue > 1e-4


def test_keys_of_families_and_birth_orders_do_not_meet():
    dice = Dice(0, 1)
    family, order = np.repeat(np.arange(20_000), 5), np.tile(np.arange(5), 20_000)
    assert len(np.unique(dice.keys(family, order))) == len(family)
    assert dice.keys(3, 4) != dice.keys(4, 3)


# ---- the same luck whoever else is asked


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=30, unique=True), st.data())
def test_a_roll_does_not_depend_on_who_else_rolls(identities, data):
    dice = Dice(5, 2)
    every = dice.roll("leaves", dice.keys(np.array(identities)), 9)
    at = data.draw(st.lists(st.integers(0, len(identities) - 1), max_size=20))
    some = dice.roll("leaves", dice.keys(np.array(identities, dtype=np.int64)[at]), 9)
    np.testing.assert_array_equal(some, every[at])


@given(st.integers(0, 2**62), st.integers(0, 10_000), st.integers(0, 2**31), st.integers(1, 1000))
def test_a_single_roll_is_the_same_number(identity, week, seed, replication):
    dice = Dice(seed, replication)
    assert dice.one("carers approved", identity, when=week) == dice.roll("carers approved", dice.keys(identity), week)[0]
    assert dice.one("the weather", when=week) == dice.roll("the weather", dice.keys(0), week)[0]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_the_mixer_is_splitmix(numbers):
    assert mix(np.array(numbers, dtype=np.uint64)).tolist() == [mixed(number) for number in numbers]


def test_the_mixer_leaves_its_argument_as_it_was():
    numbers = np.arange(5, dtype=np.uint64)
    mix(numbers)
    np.testing.assert_array_equal(numbers, np.arange(5))


def test_a_week_for_each_agent_is_the_same_as_one_after_another():
    dice = Dice(0, 1)
    keys, weeks = dice.keys(np.arange(4)), np.array([0, 3, 3, 8])
    together = dice.roll("nth", keys, weeks)
    assert together.tolist() == [dice.roll("nth", keys[[i]], int(week))[0] for i, week in enumerate(weeks)]


@pytest.mark.parametrize("when", [5, np.array([0, 3, 3, 8])], ids=["one week", "a week each"])
def test_several_questions_at_once_are_the_same_numbers(when):
    dice = Dice(0, 1)
    keys, decisions = dice.keys(np.arange(4)), ("leaves", "comes", "stays")
    one_by_one = [dice.roll(decision, keys, when).tolist() for decision in decisions]
    assert dice.rolls(decisions, keys, when).tolist() == one_by_one
    assert dice.rolls(decisions, keys[:0], when[:0] if isinstance(when, np.ndarray) else when).shape == (3, 0)


@pytest.mark.parametrize("few", range(5))
@pytest.mark.parametrize("when", [5, np.arange(40)], ids=["one week", "a week each"])
def test_a_few_agents_roll_what_they_roll_among_many(when, few):
    dice = Dice(0, 1)
    keys, decisions, times = dice.keys(np.arange(40)), ("leaves", "comes", "stays"), when if isinstance(when, int) else when[:few]
    assert dice.rolls(decisions, keys[:few], times).tolist() == dice.rolls(decisions, keys, when)[:, :few].tolist()
    assert dice.roll("leaves", keys[:few], times).tolist() == dice.roll("leaves", keys, when)[:few].tolist()
    assert dice.rolls((), keys[:few], times).shape == (0, few)


def test_an_identity_is_its_parts_one_after_another():
    dice = Dice(0, 1)
    family, order = np.array([4, 5, 2**40]), np.array([0, 1, -1])
    assert joined(dice.keys(family), order).tolist() == dice.keys(family, order).tolist()
    assert dice.keys(3, 4).tolist() == dice.keys(np.array([3]), 4).tolist() == dice.keys(3, np.int64(4)).tolist()


def test_nobody_rolls_nothing():
    assert len(Dice(0, 1).roll("leaves", np.empty(0, dtype=np.uint64), 3)) == 0


def test_luck_is_the_same_in_another_process_with_other_hashes():
    line = "from simulation.base.dice import Dice; d = Dice(3, 4); print(d.one('who', 5, when=6), d.roll('x', d.keys(range(3)), 1).tolist())"
    told = {
        subprocess.run(
            [sys.executable, "-c", line], env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(PACKAGE.parent)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1


def test_a_watched_die_refuses_the_same_question_twice():
    dice = Dice(0, 1)
    dice.watch()
    dice.roll("leaves", dice.keys(np.arange(3)), 1)
    dice.roll("leaves", dice.keys(np.arange(3)), 2)
    with pytest.raises(ValueError, match="'leaves' was rolled twice"):
        dice.roll("leaves", dice.keys(np.arange(2, 4)), 2)
    with pytest.raises(ValueError, match="'comes' was rolled twice"):
        dice.rolls(("comes", "stays", "comes"), dice.keys(np.arange(3)), 1)
    dice.one("weather", when=1)
    with pytest.raises(ValueError, match="'weather' was rolled twice"):
        dice.one("weather", when=1)


# ---- curves: one number each, more luck never gives less


CURVES = {
    "normal": normal,
    "lognormal": lambda u: lognormal(u, 10.0, 0.5),
    "exponential": lambda u: exponential(u, 3.0),
    "weibull": lambda u: weibull(u, 2.0, 0.7),
    "poisson": lambda u: poisson(u, 3.7),
    "pick": lambda u: pick(u, np.array([0.2, 0.0, 0.5, 0.3])),
}


@pytest.mark.parametrize("name", CURVES)
@given(luck=st.lists(UNIFORM, min_size=2, max_size=30))
def test_curves_rise_with_the_uniform(name, luck):
    assert (np.diff(CURVES[name](np.sort(np.array(luck)))) >= 0).all()


@pytest.mark.parametrize(
    ("name", "mean", "spread"),
    [("normal", 0, 1), ("lognormal", 10, 5), ("exponential", 3, 3), ("weibull", 2.532, 3.703), ("poisson", 3.7, 1.924)],
)
def test_curves_have_their_mean_and_spread(name, mean, spread):
    drawn = CURVES[name]((np.arange(MANY) + 0.5) / MANY)
    assert drawn.mean() == pytest.approx(mean, rel=0.01, abs=0.01)
    assert drawn.std() == pytest.approx(spread, rel=0.03)


@given(UNIFORM, st.floats(0, 60), st.floats(0, 20))
def test_a_higher_mean_never_takes_a_count_away(u, mean, more):
    assert poisson(u, mean + more) >= poisson(u, mean)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.01, 60))
def test_poisson_is_the_inverse_curve(u, mean):
    count = int(poisson(u, mean))
    assert stats.poisson.cdf(count, mean) >= u - 1e-8
    assert count == 0 or stats.poisson.cdf(count - 1, mean) <= u + 1e-8


def test_no_mean_gives_no_count():
    assert poisson(np.array([0.0, 0.5, 0.999999]), 0.0).tolist() == [0, 0, 0]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=8).filter(lambda weights: sum(weights) > 0.1), UNIFORM)
def test_pick_takes_each_in_its_share_and_never_what_weighs_nothing(weights, u):
    weights = np.array(weights)
    chosen = int(pick(np.array([u]), weights)[0])
    share = np.cumsum(weights) / weights.sum()
    assert share[chosen] >= u - 1e-12
    assert chosen == 0 or share[chosen - 1] <= u + 1e-12
    assert weights[chosen] > 0


def test_pick_with_weights_of_their_own():
    luck, weights = np.array([0.1, 0.1, 0.9]), np.array([[1, 1], [0, 1], [3, 1]])
    assert pick(luck, weights).tolist() == [0, 1, 1]


@given(st.floats(0, 500), st.floats(0, 500))
def test_a_yearly_rate_becomes_a_weekly_chance(low, more):
    chance = weekly(np.array([low, low + more]))
    assert 0 <= chance[0] <= chance[1] <= 1
    assert (1 - chance[0]) ** (365.25 / 7) == pytest.approx(np.exp(-low), abs=1e-9)


@pytest.mark.parametrize("u", [0.0, np.nextafter(1.0, 0.0)])
@pytest.mark.parametrize("name", CURVES)
def test_curves_are_finite_at_both_ends(name, u):
    assert np.isfinite(CURVES[name](np.array([u]))).all()


# ---- no other randomness


def other_randomness(source: str) -> list[str]:
    """Lines that import or call a source of randomness other than the dice."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute):
            names = [node.attr]
        else:
            continue
        parts = {part for name in names for part in name.split(".")}
        if parts & {"random", "rng", "secrets", "uuid", "urandom", "default_rng", "shuffle", "rvs", "qmc"}:
            found.append(f"line {node.lineno}: {', '.join(names)}")
    return found


def weeks_own_files() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in DESIGNS]


def test_nothing_else_in_the_model_is_random():
    assert len(weeks_own_files()) > 50
    found = {str(path.relative_to(PACKAGE)): other_randomness(path.read_text()) for path in weeks_own_files()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    ["import random", "from numpy import random", "np.random.default_rng(1)", "self.random.choice(x)", "import secrets", "model.rng.shuffle(x)"],
)
def test_the_search_for_other_randomness_can_find_it(line):
    assert other_randomness(line)
