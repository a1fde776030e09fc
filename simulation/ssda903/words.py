"""The code lists of the SSDA903 return from 2017 to 2026, and what they mean in the words of the model.

Sources: the Department for Education's guides and technical specifications to the SSDA903 collection (2016-17 to
2025-26). A code has the years (ending 31 March) in which it may be used; outside them it is doubted, not refused.
"""

from __future__ import annotations

from dataclasses import dataclass

ALWAYS = (0, 9999)


@dataclass(frozen=True)
class CodeList:
    """Codes of one column: ``years`` of each code, ``old`` spellings and what they are read as."""

    years: dict[str, tuple[int, int]]
    old: dict[str, str]

    @property
    def codes(self) -> frozenset[str]:
        """Every code of any year."""
        return frozenset(self.years)


def _list(codes: str, old: dict[str, str] | None = None, **years: tuple[int, int]) -> CodeList:
    return CodeList({code: years.get(code, ALWAYS) for code in codes.split()}, old or {})


EXTENDED_ETHNICITY = """
WBRI: WENG WSCO WWEL WNIR WCOR WOWB
WOTH: WALB WBOS WCRO WKOS WPOR WSER WTUR WEEU WEUR WWEU WITA WGRE WGRC WGRK WOTW
WROM: WROG WROR WROO
MWAS: MWAP MWAI
MOTH: MWAO MWCH MAOE MABL MACH MBOE MBCH MCOE MWOE MOTM
APKN: AMPK AKPA AOPK
AOTH: AAFR AKAO ANEP ASNL ASLT AOTA ASRO
BAFR: BANN BCON BGHA BNGN BSLN BSOM BSUD BAOF
BOTH: BEUR BNAM BOTB
CHNE: CHKC CMAL CSNG CTWN COCH
OOTH: OAFG OARA OEGY OFIL OIRN OIRQ OJPN OKOR OKRD OLAM OLEB OLIB OMAL OMRC OPOL OTHA OVIE OYEM OOEG
"""
"""The school census's extended codes, which authorities' systems leak, by the main code they belong to."""


def _extended() -> dict[str, str]:
    pairs = (line.split(": ") for line in EXTENDED_ETHNICITY.split("\n") if line)
    return {code: main for main, codes in pairs for code in codes.split()}


LEGAL_STATUS = _list("C1 C2 D1 E1 V2 V3 V4 J1 J2 J3 L1 L2 L3", D1=(0, 2024))
PLACEMENT = _list(
    "U1 U2 U3 U4 U5 U6 A3 A4 A5 A6 H5 K1 K2 K3 P1 P2 P3 R1 R2 R3 R5 S1 T0 T1 T2 T3 T4 Z1 Z11 Z12 Z13 Z14",
    {"Q1": "U3", "Q2": "U6", "A1": "A3", "A2": "A5", "H3": "H5", "H4": "H5"},
    H5=(0, 2025), P2=(0, 2025), K3=(2024, 9999), Z1=(0, 2025),
    Z11=(2026, 9999), Z12=(2026, 9999), Z13=(2026, 9999), Z14=(2026, 9999),
)  # fmt: skip
PROVIDER = _list("PR0 PR1 PR2 PR3 PR4 PR5", {str(n): f"PR{n}" for n in range(6)})
REASON_NEW = _list("S P L T U B")
REASON_CEASED = _list(
    "X1 E11 E12 E13 E14 E15 E16 E17 E2 E3 E4A E4B E41 E45 E46 E47 E48 E5 E6 E7 E8 E9",
    {"E1": "E11", "E4": "E4A", "E43": "E47", "E44": "E48"},
)
REASON_PLACE = _list("CARPL CLOSE ALLEG STAND APPRR CREQB CREQO CHILD LAREQ PLACE CUSTOD OTHER")
NEED = _list("N1 N2 N3 N4 N5 N6 N7 N8", {**{str(n): f"N{n}" for n in range(1, 9)}, "N0": "N8"})
SEX = _list("M F U", {"1": "M", "2": "F", "MALE": "M", "FEMALE": "F", "0": "U", "9": "U", "N": "U", "I": "U"})
REVIEW = _list("PN0 PN1 PN2 PN3 PN4 PN5 PN6 PN7")
MISSING = _list("M A")
ETHNICITY = _list(
    "WBRI WIRI WOTH WIRT WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH REFU NOBT",
    _extended(),
)
WORKER_REASON = _list("MANAGE FCONTA LEFTRL ORGRST TSPROC ABSENC CHCHAN PCCHAN SWDIED OTHERS", {"OTHER": "OTHERS"})
SDQ_REASON = _list("SDQ1 SDQ2 SDQ3 SDQ4 SDQ5")
PREVIOUS = _list("P0 P1 P2 P3 P4 Z1")
IN_TOUCH = _list("YES NO DIED REFU NREQ RHOM")
REVERSED = _list("RD1 RD2 RD3 RD4")
SHORT_BREAKS = ("V3", "V4")
TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
KIN_PLACES = ("U1", "U2", "U3")
ADOPTIVE_PLACES = ("A3", "A4", "A5", "A6")
HOME_PLACES = ("K2", "R1", "R3", "S1")
SUPPORTED_PLACES = ("H5", "K3", "P2", "P3")
PLACE_KIND = {
    **dict.fromkeys(KIN_PLACES, "foster kinship"),
    **dict.fromkeys(("U4", "U5", "U6"), "foster"),
    **dict.fromkeys(ADOPTIVE_PLACES, "adoptive"),
    **dict.fromkeys(HOME_PLACES, "home"),
    **dict.fromkeys(SUPPORTED_PLACES, "supported"),
    "K1": "secure",
    "P1": "parents",
}
"""The kind of placement of a code, before its provider is known; any other code is ``other``."""
PROVIDER_WORD = {
    "PR0": "parents", "PR1": "own", "PR2": "other authority", "PR3": "other public", "PR4": "private", "PR5": "voluntary",
}  # fmt: skip
LEGAL_WORD = {
    "C1": "interim care order", "C2": "care order", "D1": "placement order", "E1": "placement order", "V2": "section 20",
    "L1": "emergency", "L2": "emergency", "L3": "emergency", "J1": "remand", "J2": "remand", "J3": "remand",
}  # fmt: skip
CEASED_WORD = {
    "E11": "adopted", "E12": "adopted", "E41": "special guardianship", "E45": "special guardianship",
    "E46": "special guardianship", "E47": "special guardianship", "E48": "special guardianship", "E4A": "home planned",
    "E4B": "home unplanned", "E13": "home planned", "E5": "eighteen", "E6": "eighteen", "E7": "eighteen", "E17": "eighteen",
    "E2": "other", "E3": "other", "E8": "other", "E9": "other", "E14": "other", "E15": "other", "E16": "other",
}  # fmt: skip
"""Why care ceased, in the words of the model's results (``simulation.base.codes.CEASED_NAME``)."""
CHANGE_WORD = {
    "CARPL": "care plan", "PLACE": "care plan", "CUSTOD": "care plan", "OTHER": "other", "CLOSE": "disruption",
    "ALLEG": "disruption", "STAND": "disruption", "APPRR": "disruption", "CREQB": "disruption", "CREQO": "disruption",
    "CHILD": "disruption", "LAREQ": "disruption",
}  # fmt: skip
"""Whether a placement change was planned or a disruption; nine of the twelve statutory reasons are one or the other."""
