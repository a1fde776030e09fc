"""Every table and column that is written, with its type, unit and meaning: the data dictionary has one source."""

from __future__ import annotations

from dataclasses import dataclass

RESULTS_VERSION = 1
"""Version of the folder's layout; a folder from a newer version is refused."""
TEXT, WHOLE, NUMBER, DATE, YESNO = "string", "integer", "number", "date", "boolean"


@dataclass(frozen=True)
class Column:
    """One column: ``name``, Frictionless ``type``, plain ``meaning`` and ``unit`` (empty where none applies)."""

    name: str
    type: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One table: ``name``, the ``file`` it is written to, what a row is, and its columns in order."""

    name: str
    file: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]


SCENARIO = Column("scenario", TEXT, "Scenario identifier: the stem of its file.")
REPLICATION = Column("replication", WHOLE, "Replication number, from 1; the same number has the same random numbers in every scenario.")
CHILD = Column("child", WHOLE, "Synthetic child identifier.")
PERIOD = (
    Column("period_kind", TEXT, "`year` (a financial year, every week of it in the run), `part year` (only some of its weeks) or `run` (all weeks)."),
    Column("period", TEXT, "Financial year by the calendar year in which it ends (2021 = April 2020 to March 2021), or `run`."),
)
SERIES = (
    Column("measure", TEXT, "Measure name; definitions in measures.md."),
    Column("group", TEXT, "`all`, or `kind:value` for a breakdown, such as `age:10-15`."),
    Column("unit", TEXT, "Unit of the value."),
)
BANDS = (
    Column("p05", NUMBER, "5th percentile between replications: a range of futures, not an interval for the mean.", "as unit"),
    Column("p10", NUMBER, "10th percentile between replications.", "as unit"),
    Column("p25", NUMBER, "25th percentile between replications.", "as unit"),
    Column("p50", NUMBER, "Median of the replications.", "as unit"),
    Column("p75", NUMBER, "75th percentile between replications.", "as unit"),
    Column("p90", NUMBER, "90th percentile between replications.", "as unit"),
    Column("p95", NUMBER, "95th percentile between replications.", "as unit"),
)
INTERVAL = (
    Column("ci_low", NUMBER, "Lower end of the 95% interval for the mean, cut at what is possible (0; 100%).", "as unit"),
    Column("ci_high", NUMBER, "Upper end of the 95% interval for the mean, cut at what is possible (0; 100%).", "as unit"),
)
COUNT = Column("replications", WHOLE, "Replications in which the measure has a value.")
MEAN = Column("mean", NUMBER, "Mean of the replications.", "as unit")
WEEKS = Column("weeks", WHOLE, "Weeks of the run inside the period.", "weeks")
WEEK = Column("week", WHOLE, "Week of the run; 0 is the starting state.", "weeks")
YEAR = Column("financial_year", WHOLE, "Calendar year in which the financial year ends.")
QUARTER = Column("quarter", TEXT, "`Q1` (April to June) to `Q4`; a week that lies in two quarters is shared between them day by day.")
WHEN = Column("when", TEXT, "The quarter or year as people say it: `Apr-Jun 2020`, `2020-21`.")
ROW = Column("row", TEXT, "`line`, or `total` for the sum of the lines of revenue or of capital: add up one kind or the other, never both.")
LINE = Column("line", TEXT, "Spending category, all providers together; or `revenue total`, which is net outturn, or `capital total`, which stands "
              "apart from the budget (lines that begin `capital:`).")
BUDGET_BANDS = (
    Column("p10", NUMBER, "Exceeded in nine futures of ten.", "GBP"),
    Column("p50", NUMBER, "Median of the futures.", "GBP"),
    Column("p90", NUMBER, "Exceeded in one future of ten. Percentiles of lines do not add up to those of the total; means do.", "GBP"),
    Column("days", WHOLE, "Days of the quarter or year inside the run (all, unless the run ends up to three days early).", "days"),
)


def _columns(*columns: Column | tuple[Column, ...]) -> tuple[Column, ...]:
    flat: list[Column] = []
    for column in columns:
        flat.extend([column] if isinstance(column, Column) else column)
    return tuple(flat)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("weekly", "weekly.parquet", "One counted measure in one week of one replication.", _columns(
            SCENARIO, REPLICATION, WEEK, Column("date", DATE, "Last day of the week."), SERIES,
            Column("value", NUMBER, "Value of the measure.", "as unit"))),
        Table("yearly", "yearly.parquet", "One measure, ratios included, in one financial year or the whole run of one replication.", _columns(
            SCENARIO, REPLICATION, PERIOD, SERIES, WEEKS, Column("value", NUMBER, "Value of the measure over the period.", "as unit"))),
        Table("summary", "summary.csv", "One measure in one period of one scenario, over its replications.", _columns(
            SCENARIO, PERIOD, SERIES, COUNT, MEAN, Column("sd", NUMBER, "Standard deviation between replications.", "as unit"),
            BANDS, INTERVAL, WEEKS)),
        Table("comparison", "comparison.csv", "One measure in one period: a scenario against its base, replication by replication.", _columns(
            SCENARIO, Column("base", TEXT, "Scenario compared with."), PERIOD, SERIES, COUNT,
            Column("base_mean", NUMBER, "Mean of the base.", "as unit"), MEAN,
            Column("difference", NUMBER, "Mean of the paired differences, scenario less base.", "as unit"),
            Column("ci_low", NUMBER, "Lower end of the 95% interval for the mean difference.", "as unit"),
            Column("ci_high", NUMBER, "Upper end of the 95% interval for the mean difference.", "as unit"),
            Column("p_better", NUMBER, "Share of paired futures in which the scenario is better in the stated direction, ties counted half; "
                                       "empty where no direction is better by itself.", "share 0 to 1"),
            Column("better", TEXT, "`more`, `less`, or empty where no direction is better by itself."),
            Column("verdict", TEXT, "`better`, `worse`, `no clear difference`, `changed` (clear, but no direction is better by itself) or "
                                    "`not known` (plausible priors reverse the order)."),
            Column("certainty", TEXT, "How sure `better`, `worse` and `changed` are: `clear`, or `apparent` from fewer than ten pairs of runs, which is not to be relied on."),
            Column("pairing_ratio", NUMBER, "Variance of the paired difference over that of unpaired runs; 0.1 means pairing does the work of ten times "
                                            "the replications.", "ratio"),
            Column("depends_on", TEXT, "For `not known`: the uncertain parameter the difference moves with most, the first thing to measure; empty where chance could look as strong."), WEEKS)),
        Table("variance", "variance.csv", "How much of the spread of one measure is chance and how much uncertain parameters (ensembles only).", _columns(
            SCENARIO, PERIOD, SERIES, Column("draws", WHOLE, "Parameter draws used."), COUNT,
            Column("sd_chance", NUMBER, "Standard deviation between replications of the same draw.", "as unit"),
            Column("sd_parameters", NUMBER, "Standard deviation between draws beyond chance.", "as unit"),
            Column("share_parameters", NUMBER, "Share of the variance that comes from the parameters.", "share 0 to 1"),
            Column("depends_on", TEXT, "Parameter the measure moves with most (rank correlation over draws); empty where chance could look as strong."),
            Column("rank_correlation", NUMBER, "Spearman rank correlation with that parameter.", "-1 to 1"))),
        Table("sensitivity", "sensitivity.csv", "How one measure moves with one uncertain parameter (ensembles only), in the last full year or the run.", _columns(
            SCENARIO, PERIOD, SERIES, Column("parameter", TEXT, "Uncertain parameter."),
            Column("rank_correlation", NUMBER, "Spearman rank correlation over the draws.", "-1 to 1"),
            Column("effects", WHOLE, "Pairs of neighbouring draws that differ in this parameter alone (one-way and Morris designs)."),
            Column("mean_effect", NUMBER, "Mean change of the measure over the parameter's whole range.", "as unit"),
            Column("mean_absolute_effect", NUMBER, "Mean size of that change: Morris's mu*.", "as unit"),
            Column("sd_effect", NUMBER, "Its standard deviation: large where the effect bends or depends on other parameters.", "as unit"))),
        Table("start_check", "start_check.csv", "Whether one standing measure jumps or drifts after the starting state.", _columns(
            SCENARIO, SERIES, Column("start", NUMBER, "Mean at week 0.", "as unit"),
            Column("after_4_weeks", NUMBER, "Mean four weeks later.", "as unit"),
            Column("change", NUMBER, "Change over the first four weeks.", "as unit"),
            Column("usual_change", NUMBER, "Root mean square of the four-week changes of the rest of the run.", "as unit"),
            Column("times_usual", NUMBER, "First change over the usual change.", "ratio"),
            Column("settled_after_weeks", WHOLE, "Weeks the MSER-5 rule would leave out; empty where it finds no settled part.", "weeks"),
            Column("verdict", TEXT, "`steady`, `jump at the start`, or `drifting` (still moving in the second half of the run)."))),
        Table("budget_quarterly", "budget_quarterly.csv", "One budget line, or a marked total of lines, in one whole quarter of the financial year.", _columns(
            SCENARIO, WHEN, YEAR, QUARTER, ROW, LINE, COUNT, MEAN, BUDGET_BANDS)),
        Table("budget_yearly", "budget_yearly.csv", "One budget line, or a marked total of lines, in one whole financial year.", _columns(
            SCENARIO, WHEN, YEAR, ROW, LINE, COUNT, MEAN, BUDGET_BANDS)),
        Table("budget_by_provider", "budget_by_provider.csv", "One budget line of one provider in one whole quarter of the financial year; no totals.", _columns(
            SCENARIO, WHEN, YEAR, QUARTER, LINE, Column("provider", TEXT, "Provider, or `none` for lines without one."), COUNT, MEAN, BUDGET_BANDS)),
        Table("sufficiency", "sufficiency.csv", "One line of a table in the placement sufficiency statement, at a year end or over a year.", _columns(
            SCENARIO, Column("table", TEXT, "Table of the statement."), Column("line", TEXT, "Line of that table."),
            Column("financial_year", WHOLE, "Calendar year in which the financial year ends."),
            WHEN, Column("unit", TEXT, "Unit of the value."), COUNT,
            Column("mean", NUMBER, "Mean of the futures, to a hundredth; means of the lines of a table add up to that of the whole.", "as unit"),
            Column("p10", NUMBER, "10th percentile of the futures; whole children and pounds, tenths of shares.", "as unit"),
            Column("p50", NUMBER, "Median of the futures; medians of lines do not add up.", "as unit"),
            Column("p90", NUMBER, "90th percentile of the futures.", "as unit"), Column("measure", TEXT, "Measure the line comes from."))),
        Table("pay_back", "pay_back.csv", "What one scenario costs and saves beside its base over the run, on average, and when it has paid back.", _columns(
            SCENARIO, Column("base", TEXT, "Scenario compared with."), COUNT,
            Column("in_words", TEXT, "The row in sentences."),
            Column("money_from", TEXT, "First date on which the plan's own lines cost something; empty if they never do."),
            Column("usable_from", TEXT, "First date with a whole place more, on average, of a kind that the plan's own lines pay for; empty if there is none."),
            Column("home", TEXT, "For a plan that builds homes: when the home opens, its first child, its beds filled; else empty."),
            Column("cost_gbp", NUMBER, "The plan's own lines, scenario less base, capital included: levers, capital, recruiting carers, retention; "
                   "empty beds under block contract, and in own homes if it builds any. Fees, pay and posts are among the others.", "GBP"),
            Column("capital_gbp", NUMBER, "Of that, capital, which stands outside the budget and net outturn.", "GBP"),
            Column("avoided_cost_gbp", NUMBER, "Fewer child-weeks looked after, at the base's mean cost of a child-week; negative where there are more.", "GBP"),
            Column("cashable_saving_gbp", NUMBER, "How far all other lines fall; negative where they rise, as with new posts. "
                   "cost_gbp less avoided_cost_gbp less this is net_gbp.", "GBP"),
            Column("net_gbp", NUMBER, "All money, capital included, scenario less base; negative is a saving.", "GBP"),
            Column("net_outturn_gbp", NUMBER, "The same without capital: the difference in net outturn.", "GBP"),
            Column("net_p10_gbp", NUMBER, "10th percentile of net_gbp over the replications.", "GBP"),
            Column("net_p90_gbp", NUMBER, "90th percentile of net_gbp over the replications.", "GBP"),
            Column("paid_back_from", TEXT, "First date from which the plan has cost nothing on balance; empty if not within the run."))),
        Table("periods", "children.parquet", "One period of care of one simulated child.", _columns(
            SCENARIO, REPLICATION, CHILD, Column("family", WHOLE, "Synthetic family identifier; siblings share it."),
            Column("sex", TEXT, "Sex, for equality reporting."), Column("birth_date", DATE, "Date of birth (synthetic)."),
            Column("ethnicity", TEXT, "Ethnic group, for equality reporting; no rule uses it."),
            Column("unaccompanied", YESNO, "Unaccompanied asylum-seeking child."), Column("disabled", YESNO, "Disabled child."),
            Column("need", TEXT, "Category of need on entry (SSDA903 N1 to N8)."),
            Column("care_start", DATE, "First day looked after."),
            Column("care_end", DATE, "Day the child ceased to be looked after; empty while looked after."),
            Column("reason_started", TEXT, "Why the period of care started."), Column("reason_ceased", TEXT, "Why it ceased; empty while looked after."),
            Column("legal_status_start", TEXT, "Legal status on entry; empty where care began before the run and it is not known."), Column("legal_status_end", TEXT, "Latest legal status."),
            Column("route", TEXT, "Permanence route planned or followed."), Column("plan_due", DATE, "Day of the second review."),
            Column("plan_agreed", DATE, "Day a permanence plan was agreed; empty if it never was."),
            Column("permanence_date", DATE, "Day a permanent home was reached."), Column("n_placements", WHOLE, "Placements in the period.", "placements"),
            Column("n_worker_changes", WHOLE, "Changes of social worker.", "changes"),
            Column("siblings_in_care", WHOLE, "Siblings looked after at the same time.", "children"),
            Column("started_before", YESNO, "In care before the run began (starting stock)."))),
        Table("placements", "placements.parquet", "One placement episode, with exact dates and SSDA903 codes.", _columns(
            SCENARIO, REPLICATION, CHILD, Column("start", DATE, "First day."), Column("end", DATE, "Last day; empty while it continues."),
            Column("reason_new_episode", TEXT, "SSDA903 reason for a new episode (S, P, L, T, B, U)."),
            Column("legal_status", TEXT, "SSDA903 legal status."), Column("need", TEXT, "SSDA903 category of need."),
            Column("placement", TEXT, "SSDA903 placement type."), Column("provider", TEXT, "SSDA903 placement provider."),
            Column("reason_change", TEXT, "SSDA903 reason for placement change."), Column("reason_ceased", TEXT, "SSDA903 reason episode ceased; X1 continues."),
            Column("distance_miles", NUMBER, "Distance from home.", "miles"), Column("inside_boundary", YESNO, "Inside the authority's boundary."),
            Column("x_miles", NUMBER, "Placement, miles east of the authority's centre.", "miles"),
            Column("y_miles", NUMBER, "Placement, miles north of the centre.", "miles"),
            Column("home_x_miles", NUMBER, "Home, miles east of the centre.", "miles"), Column("home_y_miles", NUMBER, "Home, miles north of the centre.", "miles"),
            Column("price_gbp_per_week", NUMBER, "Price.", "GBP per week"), Column("emergency", YESNO, "An emergency night: no suitable place was found."),
            Column("urn", TEXT, "Synthetic identifier of the home or household."), Column("siblings_together", YESNO, "Placed with all siblings in care."))),
        Table("workforce", "workforce.parquet", "One spell of one social worker in one team.", _columns(
            SCENARIO, REPLICATION, Column("worker", WHOLE, "Synthetic worker identifier."), Column("team", TEXT, "Team."),
            Column("function", TEXT, "What the team does."), Column("role", TEXT, "Role."), Column("agency", YESNO, "Agency worker."),
            Column("start", DATE, "First day."), Column("end", DATE, "Last day; empty while in post."),
            Column("experience_years_at_start", NUMBER, "Experience on the first day.", "years"), Column("reason_left", TEXT, "Why the spell ended."))),
        Table("duties", "duties.parquet", "One duty in one week of one replication.", _columns(
            SCENARIO, REPLICATION, WEEK, Column("duty", TEXT, "Duty."), Column("wanted", NUMBER, "Asked for.", "duties"),
            Column("granted", NUMBER, "Done.", "duties"), Column("waited", NUMBER, "Due and not done this week.", "duties"),
            Column("lapsed", NUMBER, "Window closed undone.", "duties"), Column("hours_wanted", NUMBER, "Hours asked for.", "hours"),
            Column("hours_granted", NUMBER, "Hours granted.", "hours"))),
        Table("money", "money.parquet", "One line of spending or income in one week of one replication.", _columns(
            SCENARIO, REPLICATION, WEEK, Column("category", TEXT, "Spending category."), Column("provider", TEXT, "Provider, where there is one."),
            Column("gbp", NUMBER, "Amount; income is negative.", "GBP"))),
        Table("events", "events.parquet", "One event in one child's life, by date (replication 1, or all with --events).", _columns(
            SCENARIO, REPLICATION, CHILD, Column("date", DATE, "Day of the event."), Column("event", TEXT, "What happened."),
            Column("from", TEXT, "State before; a worker's number, or -1 for none, where the worker changed."),
            Column("to", TEXT, "State after; why care started or ceased."))),
    )
}
"""Every table by name, in the order the data dictionary shows them."""
RECORDS = ("periods", "workforce", "duties", "money", "placements", "events")
"""Tables the model returns beside ``weekly``."""
COMPACT = ("weekly", "yearly")
"""Long tables whose text is kept as categories; in the others it is plain text."""
TEXT_TABLES = (
    "summary", "comparison", "variance", "sensitivity", "start_check",
    "budget_quarterly", "budget_yearly", "budget_by_provider", "sufficiency", "pay_back",
)  # fmt: skip
"""Tables written as CSV."""
ARROW = {TEXT: "string", WHOLE: "int64", NUMBER: "double", DATE: "timestamp[ms]", YESNO: "bool"}
"""Parquet type of each column type."""
