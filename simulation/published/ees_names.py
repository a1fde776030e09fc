"""Which figure a row and column of DfE's files are: known by the children counted (the population) and by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

STOCK, STARTED, CEASED, OTHER = "stock", "started", "ceased", "other"
"""Looked after on 31 March; starting; ceasing; any other, such as all of a year or care leavers."""
YEAR_TO = re.compile(r"\b(year|period|12 months)( ending| ended| to)( on)?( the)? 31(st)? march( \d{4})?")
SAYS = (
    (STOCK, re.compile(r"\b31(st)? march\b")),
    (STARTED, re.compile(r"\b(start(s|ed|ing)?|enter(s|ed|ing)|entrants?|admissions?|admitted|taken into care)\b")),
    (CEASED, re.compile(r"\b(ceas(e|es|ed|ing)|left care|leaving care|exits?)\b")),
    (OTHER, re.compile(r"\b(leavers?|convict\w*|missing|away from placement|adopted|throughout)\b")),
)
YEARLY = re.compile(r"\b(during|in|at any (time|point)( in| during)?) (the|each) year\b|\bany ?point\b")
ABOUT = re.compile(r"looked after|\bcla\b|\blac\b|in care\b")
"""What a file of children looked after says somewhere; others have ages and placements too."""
PROTECTION = re.compile(r"protection|\bcpps?\b")
TOTAL = re.compile(
    r"((total|all)( (children|ages?|persons|genders|sexes|episodes|workers|cla))?|(total|all) (children )?looked after|"
    r"not applicable|z|)"
)
ONLY_A_POPULATION = re.compile(
    r"((number of|all|total) )*((children|cla|persons|those) )?(who )?((were|are) )?"
    r"((start(ed|ing)|ceas(ed|ing)) (to be |being )?)?(looked after|in care)?"
    r"( (at|on|during|each|every|in|the|31|31st|march|year|ending|ended|to|of|\d{4}))*|cla (at|on) 31(st)? march( \d{4})?"
)
BREAKS_DOWN = re.compile(
    r"male|\bboys?\b|\bgirls?\b|\bsex\b|gender|\bage[ds]?\b|\d years?|\bunder\b|\bover\b|white|asian|black|mixed|ethnic|gypsy|"
    r"disab|foster|placement|placed|\borders?\b|legal|section 20|\bs20\b|remand|provision|provider|inside|outside|\bmiles?\b|"
    r"unaccompanied|uasc|abuse|neglect|parent|\bn\d\b|agency|vacan|manager|senior|newly|case ?holder|residential|secure|"
    r"\bhomes?\b|school|re-?referr|dysfunction|low income|acute stress|absent|illness|behaviour|\b\d+ to \d+"
)
"""Words of a part of the children or workers: a column that has one throughout is no mere heading."""
SORTS = re.compile(r"\bneed\b|characteristic|breakdown|factor|source|outcome|duration|reason|group|role")
"""Headings of columns that sort children or workers into parts, beside those words."""

COUNT = r"(number|num|count|headcount|children|episodes|cla|total|no)"
N = r"(_(number|num|count|no|total))?"
RATE = r"(rate_)?per_10_?(000|k)(_children)?"
SHARE = r"(_(perc|percent|percentage|pct))?"
ON_31_MARCH = r"( (at|on) (the )?31(st)? march( \d{4})?)?"
AGE = rf"age( group| band| range)?s?( \(?(in )?years\)?)?{ON_31_MARCH}"
LEGAL = rf"legal status(es)?{ON_31_MARCH}"
PLACE = rf"(type of )?placements?( types?)?{ON_31_MARCH}"
PROVIDER = rf"(place(ment)? )?providers?( of placement)?{ON_31_MARCH}"
LOCALITY = rf"(placement )?local(ity|e)?( of placement)?{ON_31_MARCH}"
UASC = rf"(uasc|unaccompanied [^|]*|unaccompanied){ON_31_MARCH}"

OF_31_MARCH: tuple[tuple[str, str], ...] = (
    # the words of the filters that are no totals, then the kind of column; the whole must match, the first that does counts
    (rf"{AGE}\|(age )?under 1( year)?( old)?", "age_u1"),
    (rf"{AGE}\|(age )?1 to 4( years)?( old)?", "age_1_4"),
    (rf"{AGE}\|(age )?5 to 9( years)?( old)?", "age_5_9"),
    (rf"{AGE}\|(age )?10 to 15( years)?( old)?", "age_10_15"),
    (rf"{AGE}\|(age )?(16( years)?( old)?( (and|or) over|\+)|16\+ years|16 (to|and) 17( years)?)", "age_16plus"),
    (rf"{LEGAL}\|(full care orders?|care orders?: full)", "legal_fco"),
    (rf"{LEGAL}\|(interim care orders?|care orders?: interim)", "legal_ico"),
    (rf"{LEGAL}\|placement orders?( granted)?", "legal_placement_order"),
    (rf"{LEGAL}\|[^|]*(section 20|\bs20\b|voluntary agreement)[^|]*", "legal_s20"),
    (rf"{LEGAL}\|[^|]*(detained|child protection)[^|]*", "legal_detained_cp"),
    (rf"{LEGAL}\|[^|]*youth justice[^|]*", "legal_youth_justice"),
    (rf"{PLACE}\|(all |total )?foster(ing)? placements?( \(total\)|: total)?", "placement_foster"),
    (rf"{PLACE}\|[^|]*secure (unit|home)[^|]*semi.independent[^|]*", "placement_pre2020_homes_secure_semiindep"),
    (rf"{PLACE}\|[^|]*semi.independent[^|]*", "placement_semi_independent"),
    (rf"{PLACE}\|(?![^|]*not subject)[^|]*(secure (unit|home)|children.?s home)s[^|]*", "placement_childrens_homes_secure"),
    (rf"{PLACE}\|residential schools?", "placement_residential_school"),
    (rf"{PLACE}\|other residential( settings?| placements?)?", "placement_other_residential"),
    (rf"{PLACE}\|(placed with )?(own )?parents?( or [^|]*)?", "placement_parents"),
    (rf"{PLACE}\|placed for adoption", "placement_adoption"),
    (rf"{PROVIDER}\|own provision[^|]*", "provider_own"),
    (rf"{PROVIDER}\|private provision[^|]*", "provider_private"),
    (rf"{PROVIDER}\|voluntary[^|]*", "provider_voluntary"),
    (rf"{LOCALITY}\|(placed )?inside( the| own)?( local authority| council| la)?( boundary| area)?", "inside_la"),
    (rf"{LOCALITY}\|(placed )?outside( the| own)?( local authority| council| la)?( boundary| area)?", "outside_la"),
    (rf"unaccompanied[^|]*\|{UASC}|total {UASC}|{UASC}", "uasc"),
)  # fmt: skip
OF_CHILDREN: tuple[tuple[str, str], ...] = (
    (r"population(_(estimate|total|0_?(to_)?17|under_18))?", "population_0_17"),
    (rf"re_?referrals?{N}", "rereferrals_number"),
    (rf"(number_of_)?referrals?{N}", "referrals_number"),
    (rf"(number_of_)?(section_?47s?|s47s?)(_enquir(y|ies))?{N}", "s47_number"),
    (rf"(number_of_)?(icpcs?|initial_child_protection_conferences?){N}", "icpc_number"),
    (rf"(at_)?episodes_(at_)?31_?march{N}|at_?31_episodes?{N}", "cin_31march_number"),
    (rf"cpps?_(at_?)?31(_?march)?{N}|cpps?_at_?31{N}", "cpp_31march_number"),
    (rf"cpps?_start(ed|s|ing)?{N}", "cpp_started_number"),
    (rf"agency_(worker_)?rate_fte{SHARE}", "sw_agency_rate_fte_pct"),
    (rf"vacancy_rate_fte{SHARE}", "sw_vacancy_rate_fte_pct"),
    (rf"turnover_rate_fte{SHARE}", "sw_turnover_rate_fte_pct"),
    (rf"absence_rate_fte{SHARE}", "sw_absence_rate_fte_pct"),
    (r"(average_|mean_)?caseload(_fte|_avg|_average)?", "sw_caseload_avg"),
    (r"(perm_)?in_?post_fte", "sw_inpost_fte"),
    (r"agency(_workers?)?_fte", "sw_agency_fte"),
    (r"vacanc(y|ies)_fte", "sw_vacancy_fte"),
)
"""Figures whose column says all."""
FLOW = {STARTED: "cla_started", CEASED: "cla_ceased", STOCK: "cla_31march"}


@dataclass(frozen=True)
class Row:
    """What the filters of a row say: the population, whether of children looked after, and the words that break down.

    ``kept`` are the words of filters that hold one heading throughout: nothing to a column that says all itself.
    """

    population: str
    about: bool
    told: tuple[str, ...]
    kept: tuple[str, ...]


def words(text: str) -> str:
    """A heading, a cell or a file's name in small letters with blanks between the words."""
    return " ".join(text.casefold().replace("_", " ").split())


def heading(text: str) -> str:
    """A column's heading as the patterns know it: small letters, underlines, and ``percentage`` for the sign."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold().replace("%", " percentage ")).strip("_")


def population(text: str) -> str:
    """Whom a text speaks of, or an empty string; of several at once, of none of ours."""
    plain = YEAR_TO.sub("year", words(text))
    said = [name for name, pattern in SAYS if pattern.search(plain)]
    if not said:
        return OTHER if YEARLY.search(plain) else ""
    return said[0] if len(said) == 1 else OTHER


def row(cells: list[str], default: str, about: bool, constant: tuple[str, ...] = ()) -> Row:
    """What one combination of filters says; ``default`` is the population where the cells name none."""
    said = {found for cell in cells if (found := population(cell))}
    whose = default if not said else said.pop() if len(said) == 1 else OTHER
    about = about or any(ABOUT.search(words(cell)) for cell in cells)
    return Row(whose, about, _telling(cells), tuple(word for word in _telling(constant) if not ABOUT.search(word)))


def _telling(cells: Iterable[str]) -> tuple[str, ...]:
    """The words of cells that are neither a total nor only a population."""
    plain = map(words, cells)
    return tuple(cell for cell in plain if not TOTAL.fullmatch(cell) and not ONLY_A_POPULATION.fullmatch(cell))


def says_nothing(heading: str, values: set[str]) -> bool:
    """Whether the cells of a filter are one heading throughout, which singles nobody out (``Children in need``)."""
    some = {cell for value in values if not TOTAL.fullmatch(cell := words(value))}
    if some and (SORTS.search(words(heading)) or BREAKS_DOWN.search(words(heading))):
        return False
    return len(some) <= 1 and not any(BREAKS_DOWN.search(cell) or population(cell) for cell in some)


def figure(of: Row, column: str, protection: bool = False) -> str:
    """The indicator of a row and a column, or an empty string; ``protection``: the file is one of protection plans."""
    name = heading(column)
    if protection and re.fullmatch(r"(at_)?31(_?march)?|at_?31(_?march)?", name):
        name = f"cpp_{name}"
    if not of.told and (own := next((found for pattern, found in OF_CHILDREN if re.fullmatch(pattern, name)), "")):
        return own
    return _looked_after(of, name) if of.about and of.population in FLOW and not of.kept else ""


def _looked_after(of: Row, name: str) -> str:
    counted, rated = re.fullmatch(COUNT, name), re.fullmatch(RATE, name)
    if not of.told:
        return f"{FLOW[of.population]}_{'number' if counted else 'rate_per_10k'}" if counted or rated else ""
    if of.population != STOCK or not counted:
        return ""
    text = "|".join(of.told)
    part = next((found for pattern, found in OF_31_MARCH if re.fullmatch(pattern, text)), "")
    return f"cla_31march_{part}_number" if part else ""
