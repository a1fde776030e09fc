"""Money in words: one total for each plan, capital on its own, and how far all is over or under the budget."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.base.wording import ENOUGH_RUNS, amount, day_words, listed, span
from simulation.report.folder import Results
from simulation.report.reading import rows_of

LEAST_SHARE = 0.001
"""A difference in money is worth saying from a thousandth of what the base spends."""
PAID = {"scenario", "cost_gbp", "avoided_cost_gbp", "paid_back_from"}


@dataclass(frozen=True)
class Money:
    """What a plan costs beside its base, all of it: ``total`` is ``budget`` and ``capital`` together, in pounds.

    ``low`` and ``high`` bound the total: the ends of both intervals added, which is never too narrow. ``least`` is the
    smallest total worth saying; ``runs`` counts the pairs of runs; ``when`` says over what time.
    """

    total: float
    budget: float
    capital: float
    low: float
    high: float
    least: float
    runs: int
    when: str

    @property
    def clear(self) -> bool:
        """True when the interval leaves zero out and the total is worth saying."""
        return (self.low > 0 or self.high < 0) and abs(self.total) >= self.least


def money(results: Results, lever: str) -> Money | None:
    """The plan less its base over the whole run, else over the last whole year; None when money was not compared."""
    for kind, when in (("run", f"the {results.weeks} weeks"), (results.kind, results.when)):
        net = results.difference(lever, "gbp_net", kind=kind)
        if net:
            spent = results.difference(lever, "gbp_capital", kind=kind) or {"difference": 0.0, "ci_low": 0.0, "ci_high": 0.0}
            low, high = (float(net[end] + spent[end]) for end in ("ci_low", "ci_high"))
            both = net["difference"] + spent["difference"]
            least = LEAST_SHARE * abs(float(net.get("base_mean") or 0.0))
            runs = int(net.get("replications", ENOUGH_RUNS) or 0)
            return Money(both, net["difference"], spent["difference"], low, high, least, runs, when)
    return None


def cost_sentence(results: Results, lever: str, found: Money | None) -> str:
    """What the plan costs, what of it is capital, and what it makes of the budget: plain, without intervals."""
    if found is None:
        return "Cost was not compared."
    budget = over_budget(results, lever)
    return f"{_total_words(found)}{f' {budget}' if budget else ''}"


def _total_words(found: Money) -> str:
    """One total; capital, which stands outside the budget, beside it."""
    apart = f" (counting {pounds(found.capital)} of capital, which is not from the budget)" if found.capital else ""
    if not found.clear:
        luck = (
            f"the {found.runs} pairs of runs cannot tell the difference from luck"
            if found.runs != 1
            else "one pair of runs cannot tell the difference from luck"
        )
        return f"Cost or saving is not known: on average {_more(found.total)} over {found.when}{apart}, but {luck}."
    seems = found.runs < ENOUGH_RUNS
    verb = ("It seems to cost" if seems else "It costs") if found.total > 0 else ("It seems to save" if seems else "It saves")
    return f"{verb} {pounds(abs(found.total))} beside doing nothing, over {found.when}{apart}."


def _more(value: float) -> str:
    return f"{pounds(abs(value))} {'more' if value > 0 else 'less'}"


def over_budget(results: Results, lever: str) -> str:
    """``In 2023-24 it is £33.4m over the budget (£34.6m without the plan).``; empty where no budget is known."""
    base = next((base for base, levers in results.bases.items() if lever in levers), lever)
    over = {scenario: _over(results, scenario) for scenario in (lever, base)}
    if over[lever] is None or over[base] is None or base == lever:
        return ""
    return f"In {results.when} the service is {_gap(over[lever])} its budget with the plan, {_gap(over[base])} without it."


def budget_words(results: Results, base: str) -> str:
    """``It spends £159.0m against a budget of £124.5m: £34.6m over``; empty where no budget is known."""
    over = _over(results, base)
    if over is None:
        return ""
    net, budget = (float(results.figures(name)["mean"][base]) for name in ("gbp_net", "gbp_budget"))
    return f"The money: {pounds(net)} is spent against a budget of {pounds(budget)}, {_gap(over)} it."


def _over(results: Results, scenario: str) -> float | None:
    """Net spend less the budget of the main period, in pounds."""
    net, budget = results.figures("gbp_net"), results.figures("gbp_budget")
    if scenario not in net.index or scenario not in budget.index or not budget["mean"][scenario]:
        return None
    return float(net["mean"][scenario] - budget["mean"][scenario])


def _gap(over: float | None) -> str:
    return f"{pounds(abs(over or 0.0))} {'over' if (over or 0.0) > 0 else 'under'}"


def pounds(value: float) -> str:
    """Millions to one figure after the point, so that sums of budgets can be followed; else as elsewhere."""
    return f"£{value / 1e6:,.1f}m" if abs(value) >= 1e7 else amount(value, "GBP")


def interval_words(found: Money | None) -> str:
    """The interval of the total, and what is capital and what comes from the budget."""
    if found is None:
        return ""
    interval = span(found.low, found.high, "GBP", sign=True)
    whole = f"All money over {found.when}: {_signed(found.total)} (95% interval {interval})"
    parts = f" = {_signed(found.budget)} from the budget and {_signed(found.capital)} capital" if found.capital else ""
    return f"{whole}{parts}."


def pieces(results: Results, lever: str, found: Money | None) -> str:
    """The price of the plan itself, what is avoided, and all else: together the total. Empty if not worked out."""
    table = results.table("pay_back.csv")
    rows = rows_of(table[table["scenario"] == lever]) if set(table) >= PAID else []
    if not rows or found is None:
        return ""
    cost, avoided = float(rows[0]["cost_gbp"]), float(rows[0]["avoided_cost_gbp"])
    rest = found.total - cost + avoided
    told = [f"the plan itself costs {amount(cost, 'GBP')}{' with its capital' if found.capital else ''}"] if cost else []
    if avoided:
        weeks = "fewer weeks in care avoid" if avoided > 0 else "more weeks in care cost"
        told.append(f"{weeks} {amount(abs(avoided), 'GBP')}")
    if abs(rest) >= 1:
        told.append(f"all else (posts, fees, prices) {'rises' if rest > 0 else 'falls'} by {amount(abs(rest), 'GBP')}")
    return (
        f"What that is made of: {listed(told)}; together {_signed(found.total)}. {_since(found, str(rows[0]['paid_back_from']))}"
    )


def _signed(value: float) -> str:
    return amount(value, "GBP", sign=True)


def _since(found: Money, date: str) -> str:
    """When it has paid back, on the average of the runs; not known while the total is not."""
    if not found.clear:
        return "Whether it pays back within the run is not known."
    paid = date[:1].isdigit()
    return (
        f"On the average of the runs it has paid back from {day_words(date)}." if paid else "It has not paid back within the run."
    )
