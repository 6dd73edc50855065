"""
The parts of the join page that come from the terms: how it works in three steps, and common questions.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable

from chalicelib.language.texts import Texts
from chalicelib.programs import sentences
from chalicelib.programs.terms import Agreement, Rule


def steps(rules: Iterable[Rule], way: str, t: Texts) -> list[tuple[str, str]]:
    """Return the three steps, each with an explanation; *way* is how people can join (see `join_form.way_in`)."""
    events = {rule.on for rule in rules if rule.to == "referrer"}
    friend_does = "buys" if "sale" in events else "joins" if events <= {"lead"} else "acts"
    return [
        (t["step_you_share"], t["step_you_share_later" if way == "approval" else "step_you_share_now"]),
        (t[f"step_friend_{friend_does}"], t["step_friend_how"]),
        (t["step_reward"], t["step_reward_how"]),
    ]


def questions(terms: Agreement, currency: str, t: Texts) -> list[tuple[str, list[str]]]:
    """Return common questions, each with the sentences that answer it."""
    rewards = [*sentences.when_ready(terms, t), *sentences.minimum(terms, currency, t)]
    limits = sentences.limits(terms, currency, t)
    answered = [
        (t["question_counts"], sentences.which_count(terms, t)),
        (t["question_paid"], rewards),
        (t["question_refund"], [t["taken_back"]]),
        (t["question_limits"], limits),
        (t["question_stop"], [t["answer_stop"]]),
    ]
    return [(question, answers) for question, answers in answered if answers]
