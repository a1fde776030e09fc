"""Chance: every child has their own die. The only randomness in the package.

A random number is not taken from a queue; it is looked up, ``u = f(seed, replication, decision, who, when)``, so
the same child meets the same random numbers in every scenario, whatever happens to others. Agents carry a pre-mixed key
(:meth:`Dice.keys`), so a roll is one further round of mixing. One uniform goes through the inverse of a curve;
nothing is drawn by rejection. The mixer is the public-domain SplitMix64 finaliser (Steele, Lea and Flood 2014).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import special


def _number(value: int) -> np.ndarray:
    """A constant as NumPy takes it fastest: an array without dimensions."""
    return np.array(value, dtype=np.uint64)


_GOLDEN = _number(0x9E3779B97F4A7C15)
_M1, _M2 = _number(0xBF58476D1CE4E5B9), _number(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = _number(30), _number(27), _number(31), _number(11)
_TO_UNIT = np.array(2.0**-53)
_FEW = 4
_ALL = 2**64 - 1


def mix(x: np.ndarray) -> np.ndarray:
    """One SplitMix64 round over unsigned 64-bit integers of any shape (a new array)."""
    z = x + _GOLDEN
    z ^= z >> _S30
    z *= _M1
    z ^= z >> _S27
    z *= _M2
    z ^= z >> _S31
    return z


def _mix_number(x: int) -> int:
    """The same round for one whole number, without the cost of an array."""
    z = (x + 0x9E3779B97F4A7C15) & _ALL
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _ALL
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _ALL
    return z ^ (z >> 31)


def joined(key: np.ndarray | int, part: np.ndarray | int) -> np.ndarray:
    """Keys of one more part of an identity: ``joined(dice.keys(family), number)`` is ``dice.keys(family, number)``."""
    number = np.array(part, dtype=np.int64, ndmin=1, copy=None).view(np.uint64)
    return mix(number * _GOLDEN ^ key)


@lru_cache(maxsize=4096)
def _name(decision: str) -> int:
    """A decision's number, from its text: never from position."""
    raw = decision.encode()
    return _mix_number(zlib.crc32(raw) << 32 | zlib.crc32(raw[::-1]))


def _unit(bits: int) -> float:
    """A number in [0, 1) from one more round of mixing."""
    return (_mix_number(bits) >> 11) * 2.0**-53


def _uniform(bits: np.ndarray) -> np.ndarray:
    """The same for an array; a few numbers are sooner mixed one by one."""
    if bits.ndim == 1 and len(bits) <= _FEW:
        return np.array([_unit(number) for number in bits.tolist()])
    bits = mix(bits)
    bits >>= _S11
    return bits * _TO_UNIT


def _one_by_one(decisions: Sequence[str], who: np.ndarray, when: np.ndarray | int) -> np.ndarray:
    """A row of uniforms for each decision, mixed as whole numbers: the sooner way for a few."""
    keys, names = who.tolist(), [_name(decision) for decision in decisions]
    times = when.astype(np.uint64).tolist() if isinstance(when, np.ndarray) else [int(when)] * len(keys)
    asked = list(zip(keys, times, strict=True))
    rolled = [_unit(key ^ _mix_number(name ^ time)) for name in names for key, time in asked]
    return np.array(rolled).reshape(len(names), len(keys))


class Dice:
    """The random numbers of one replication.

    seed, replication: whole numbers. Replication ``k`` has the same random numbers in every scenario.
    """

    def __init__(self, seed: int, replication: int):
        self._root = _mix_number(_mix_number(seed) ^ (replication * 0x632BE59BD9B4E019))
        self._asked: set[tuple] | None = None

    def watch(self) -> None:
        """From now on refuse the same question asked twice (for tests)."""
        self._asked = set()

    def keys(self, *identity: np.ndarray | int) -> np.ndarray:
        """Pre-mixed keys for stable identities (whole numbers, scalars or arrays): carry them, never row numbers."""
        key: np.ndarray | int = self._root
        for part in identity:
            if isinstance(key, int) and isinstance(part, int):
                key = _mix_number(part * 0x9E3779B97F4A7C15 & _ALL ^ key)
            else:
                key = joined(key, part)
        return np.array(key, dtype=np.uint64, ndmin=1, copy=None)

    def roll(self, decision: str, who: np.ndarray, when: np.ndarray | int = 0) -> np.ndarray:
        """Uniform numbers in [0, 1), one for each pre-mixed key in ``who``.

        decision: the name of the question; when: the week, or the n-th time, or 0 for once in a life
        (a scalar, or an array as long as ``who``).
        """
        if self._asked is not None:
            self._refuse_repeats(decision, who, when)
        if not len(who):
            return np.empty(0)
        if isinstance(when, np.ndarray):
            if len(who) <= _FEW:
                return _one_by_one((decision,), who, when)[0]
            return _uniform(who ^ mix(when.astype(np.uint64) ^ np.uint64(_name(decision))))
        return _uniform(who ^ np.uint64(_mix_number(_name(decision) ^ int(when))))

    def rolls(self, decisions: Sequence[str], who: np.ndarray, when: np.ndarray | int = 0) -> np.ndarray:
        """Several questions asked of the same agents: a row of uniforms for each decision, as ``roll`` gives them."""
        if self._asked is not None:
            for decision in decisions:
                self._refuse_repeats(decision, who, when)
        if len(who) * len(decisions) <= 2 * _FEW:
            return _one_by_one(decisions, who, when)
        if isinstance(when, np.ndarray):
            names = np.array([_name(decision) for decision in decisions], dtype=np.uint64)
            return _uniform(who ^ mix(when.astype(np.uint64) ^ names[:, None]))
        salts = np.array([_mix_number(_name(decision) ^ int(when)) for decision in decisions], dtype=np.uint64)
        return _uniform(who ^ salts[:, None])

    def one(self, decision: str, *identity: int, when: int = 0) -> float:
        """A single uniform number for something that is not an agent (the authority, the weather)."""
        key = self._root
        for part in identity or (0,):
            key = _mix_number(part * 0x9E3779B97F4A7C15 & _ALL ^ key)
        if self._asked is not None:
            self._refuse_repeats(decision, np.array([key], dtype=np.uint64), when)
        return _unit(key ^ _mix_number(_name(decision) ^ when))

    def _refuse_repeats(self, decision: str, who: np.ndarray, when: np.ndarray | int) -> None:
        for key, time in zip(who.tolist(), np.broadcast_to(when, who.shape).tolist(), strict=True):
            if (decision, key, time) in self._asked:  # type: ignore[operator]
                raise ValueError(f"the die {decision!r} was rolled twice for the same agent at {time}")
            self._asked.add((decision, key, time))  # type: ignore[union-attr]


def pick(u: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Index chosen by each ``u``: inverse of the cumulative ``weights`` (1-D, or one row for each ``u``)."""
    cumulative = weights.cumsum(axis=-1)
    if cumulative.ndim == 1:
        return np.minimum(cumulative.searchsorted(u * cumulative[-1], side="right"), len(cumulative) - 1)
    return np.minimum((cumulative <= (u * cumulative[:, -1])[:, None]).sum(axis=1), cumulative.shape[1] - 1)


def weekly(rate_per_year: np.ndarray | float) -> np.ndarray | float:
    """The chance within a week of something that happens at ``rate_per_year``."""
    return -np.expm1(-np.asarray(rate_per_year) / (365.25 / 7))


def normal(u: np.ndarray | float) -> np.ndarray:
    """Standard normal numbers from uniforms."""
    return special.ndtri(np.minimum(np.maximum(u, 1e-12), 1 - 1e-12))


def lognormal(u: np.ndarray | float, mean: np.ndarray | float, coefficient_of_variation: float) -> np.ndarray:
    """Log-normal numbers with the given mean and coefficient of variation."""
    spread = math.log1p(coefficient_of_variation**2)
    return mean * np.exp(math.sqrt(spread) * normal(u) - spread / 2)


def exponential(u: np.ndarray | float, mean: np.ndarray | float) -> np.ndarray:
    """Exponential durations with the given mean."""
    return -np.log1p(-u) * mean


def weibull(u: np.ndarray, scale: np.ndarray | float, shape: float) -> np.ndarray:
    """Weibull durations; ``shape`` below one means a falling hazard."""
    return scale * (-np.log1p(-u)) ** (1.0 / shape)


def poisson(u: np.ndarray | float, mean: np.ndarray | float) -> np.ndarray:
    """Poisson counts by the inverse curve (so a higher mean can only add)."""
    mean = np.asarray(mean, dtype=float)
    counts = np.floor(special.pdtrik(np.minimum(np.maximum(u, 1e-12), 1 - 1e-12), np.maximum(mean, 1e-12)) + 1.0 - 1e-9)
    return np.where(mean > 0, np.maximum(counts, 0), 0).astype(int)
