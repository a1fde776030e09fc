"""Managers: their posts, their quality and the four channels through which they act."""

from __future__ import annotations

from typing import Literal

from simulation.settings.section import Section, choice, number

_NO_RATE = "no published rate: judgement"


class Managers(Section):
    """Notice, sign-off, return and order are separate channels; pockets of better practice come from the spread."""

    # ---- posts
    leaving_per_year: float = number(0.15, "Yearly hazard of a team manager leaving the post, in a settled service.", unit="per year", low=0, high=3, source="DfE 2020: turnover of all social workers 13.5%", confidence="J", prior=(0.1, 0.2))
    weeks_to_fill: float = number(24, "Mean weeks to fill a manager's post for good, with permanent leaders.", unit="weeks", low=1, high=200, source="judgement: five to six months", confidence="J", prior=(16, 32))
    leader_gap_slows: float = number(0.22, "Loss of that pace for each senior post without a leader (an interim counts half).", unit="share", low=0, high=0.33, source="judgement: Bradford's team complete only 18 months after the inspection", confidence="J", prior=(0.1, 0.3))
    weeks_to_interim: float = number(8, "Mean weeks until an interim manager covers a vacant post.", unit="weeks", low=1, high=200, source="judgement", confidence="J", prior=(4, 12))
    interim_stay_weeks: float = number(30, "Mean weeks an interim manager stays.", unit="weeks", low=1, high=200, source="judgement: six to nine months", confidence="J", prior=(20, 45))
    # ---- quality
    spread: float = number(1.0, "Spread of managers' quality; zero makes all managers alike.", unit="standard deviations", low=0, high=5, source="Bradford 2020: 'pockets of better practice'; " + _NO_RATE, confidence="J", prior=(0.5, 1.5))
    mean_effectiveness: float = number(0.0, "Shift of all managers' quality (training, coaching, better appointments).", unit="standard deviations", low=-4, high=4, source="choice of the user", confidence="X")
    interim_penalty: float = number(0.5, "How much less an interim manager achieves.", unit="standard deviations", low=0, high=4, source="judgement", confidence="J", prior=(0, 1))
    # ---- channel 1: notice
    notice_per_week: float = number(0.36, "Weekly chance that a middling manager notices that a plan is due and asks for it.", unit="share", low=0, high=1, source=_NO_RATE + "; supervision about monthly, reviews in between", confidence="J", prior=(0.2, 0.4))
    notice_effect: float = number(0.5, "Logarithm of the ratio of that chance for one standard deviation of quality.", unit="log ratio", low=0, high=3, source=_NO_RATE, confidence="J", prior=(0.25, 0.75))
    notice_when_vacant: float = number(0.07, "Weekly chance where the manager's post is vacant (a neighbour's eye).", unit="share", low=0, high=1, source=_NO_RATE, confidence="J", prior=(0.03, 0.12))
    # ---- channel 2: sign-off
    sign_off_hours_per_week: float = number(2.0, "Hours a week a manager has for signing off plans, at the usual span of control.", unit="hours a week", low=0, high=37, source=_NO_RATE, confidence="J", prior=(1, 4))
    usual_span: float = number(6.5, "Case holders for each manager at which that holds; more leave less.", unit="workers", low=1, high=50, source="DfE 2020: managers a fifth of social workers", confidence="M", prior=(5, 8))
    sign_off_hours_per_plan: float = number(1.5, "Hours of a manager to read, question and sign a plan.", unit="hours", low=0.05, high=20, source=_NO_RATE, confidence="J", prior=(1, 3))
    cover_when_vacant: float = number(0.2, "Sign-off time that a neighbour gives to a team whose manager's post is vacant, of the usual.", unit="share", low=0, high=1, source=_NO_RATE, confidence="J", prior=(0.1, 0.4))
    sign_off_effect: float = number(0.15, "Logarithm of the ratio of sign-off hours for one standard deviation of quality.", unit="log ratio", low=0, high=3, source=_NO_RATE, confidence="J", prior=(0, 0.3))
    # ---- channel 3: return
    return_chance: float = number(0.20, "Chance that a middling manager sends a plan back.", unit="share", low=0, high=0.95, source=_NO_RATE, confidence="J", prior=(0.1, 0.35))
    return_effect: float = number(0.25, "Logarithm of the ratio of that chance for one standard deviation less of quality (a good manager steers earlier).", unit="log ratio", low=0, high=3, source=_NO_RATE, confidence="J", prior=(0, 0.5))
    # ---- channel 4: order
    sign_off_order: Literal["longest_waiting_first", "most_overdue_first"] = choice("longest_waiting_first", "Which plan a manager signs first: the one that waits longest, or the child longest past the second review.")
    permanence_first_above: float = number(9, "Quality above which a manager has overdue permanence work done with statutory visits, before reviews (9: nobody does).", unit="standard deviations", low=-9, high=9, source="choice of the user: no evidence that managers reorder work", confidence="X")
