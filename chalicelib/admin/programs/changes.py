"""
How numbers have changed against those of the days before, in words.

Pure: no I/O, no clock.
"""

from fractions import Fraction

from chalicelib.admin.english import LOCALE
from chalicelib.admin.programs import report_words
from chalicelib.language import formats
from chalicelib.reports.shapes import Ratio, Value


def change(metric: str, now: Value, before: Value, currency: str) -> str:
    """
    Return how a metric has changed, with the exact ratio rounded only as it is written.

    Nothing before has no ratio; neither has what was below zero. Of two ratios, the one before is named. Of nothing
    that was nothing before, there is nothing to say.
    """
    if isinstance(now, Ratio) or isinstance(before, Ratio):
        return f"{report_words.value_of(metric, before, currency)} before"
    if before == 0:
        return "none before" if now else ""
    if now == before:
        return "as before"
    is_money = metric in report_words.MONEY
    less = "less" if is_money else "fewer"
    difference = report_words.value_of(metric, abs(now - before), currency)
    words = f"{difference} {'more' if now > before else less}"
    return f"{words}, {percent(now - before, before)}" if before > 0 else words


def percent(part: int, whole: int) -> str:
    """
    Return a change in percent with its sign, rounded half up: to whole percents, or below one to a tenth.

    >>> percent(12, 50), percent(-1, 3), percent(1, 400), percent(1, 100_000)
    ('+24%', '−33%', '+0.3%', '+0%')
    """
    exact = abs(Fraction(100 * part, whole))
    steps = 10 if exact < 1 else 1
    rounded = (2 * exact * steps + 1) // 2
    return ("+" if part > 0 else "−") + formats.percent(int(rounded * (100 // steps)), LOCALE)
