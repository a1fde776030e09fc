"""Stub until money lands: replace this whole file."""

import pandas as pd

from simulation.rules.base import Rule


class Money(Rule):
    """Stub."""

    def step(self, model):
        pass


def tally_money(model):
    pass


def money_table(model):
    return pd.DataFrame()
