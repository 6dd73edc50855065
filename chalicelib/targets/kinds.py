"""
The closed sets of targets and action items, and what their rows hold.

Pure: no I/O, no clock.
"""

from typing import Literal

ItemState = Literal["open", "done", "dismissed", "resolved"]
Dismissal = Literal["not_needed", "cannot_reach", "wrong", "other"]
TargetPeriod = Literal["month", "quarter", "year"]
TargetMetric = Literal["human_clicks", "leads", "customers", "sales", "net_revenue"]
# Numbers of an action item, and words of it such as a tier's name; days as `2026-11-21`.
Figures = dict[str, int | str]
# The current month, quarter and year up to a day, each with its first day: the metrics of targets, in their order.
PeriodSums = dict[TargetPeriod, tuple[str, list[int]]]
# The rules, in the order of urgency: money that we owe, then people we lose, then what could be better.
RuleName = Literal[
    "reward_held_long",
    "low_score",
    "emails_bounce",
    "refunds_high",
    "target_behind",
    "almost_next_tier",
    "quiet_since",
    "signups_without_sales",
    "clicks_without_signups",
    "friends_do_not_return",
    "links_unused",
    "nobody_came_yet",
]
# How far a target is.
Status = Literal["ahead", "on_track", "behind", "too_early"]
