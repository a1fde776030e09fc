"""Verbs that rules share: coming into care and leaving it, placing, duties, cases, staffing, teams."""
