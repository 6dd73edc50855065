"""Plans a program from a few numbers: the values that the calculator's template takes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import roi_words
from chalicelib.admin.typed import read_amount, read_decimal
from chalicelib.kit.errors import InvalidValue, refuse_invalid
from chalicelib.kit.money import decimal
from chalicelib.programs.table import Program
from chalicelib.roi.fractions import half_up, places
from chalicelib.roi.own_numbers import DAYS, OwnNumbers, own_numbers
from chalicelib.roi.plan import Plan, steps


class Input(NamedTuple):
    """A number of a plan: its name there, its label, how it is typed, and what is assumed without own numbers."""

    of_plan: str
    label: str
    unit: Literal["number", "percent", "money"]
    assumed: str


# By the name of the field.
INPUTS: dict[str, Input] = {
    "customers": Input("customers", "Customers you can ask", "number", "1000"),
    "share": Input("share", "Share of them who refer, %", "percent", "5"),
    "friends": Input("referrals_each", "Friends who come by each", "number", "4"),
    "conversion": Input("conversion", "Share of friends who buy, %", "percent", "10"),
    "order": Input("order_value", "Order value", "money", "50"),
    "margin": Input("margin", "Margin, %", "percent", "40"),
    "reward": Input("referrer_reward", "Partner's reward for each", "money", "5"),
    "gift": Input("referee_reward", "Friend's reward", "money", "5"),
    "start": Input("set_up_cost", "Set-up cost, once", "money", "0"),
    "running": Input("running_cost", "Running cost a month", "money", "100"),
    "months": Input("months", "Months", "number", "12"),
}
_ALL = 100


def page(reference: str, typed: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a plan of a program, by fields that stay in the address; without any, of its own numbers."""
    program, own = own_numbers(reference, at=at)
    fields = {**_prefilled(own, program), **{name: typed[name] for name in INPUTS if name in typed}}
    plan = _read(fields, program)
    return _page(program, own, fields, plan)


def refused(reference: str, typed: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show the fields as they were filled in, without a plan."""
    program, own = own_numbers(reference, at=at)
    fields = {**_prefilled(own, program), **{name: typed[name] for name in INPUTS if name in typed}}
    return _page(program, own, fields, None)


def _page(program: Program, own: OwnNumbers, fields: Mapping[str, str], plan: Plan | None) -> AdminPage:
    prefilled, currency = _prefilled(own, program), program.currency
    of_program = {name for name, one in INPUTS.items() if getattr(own, one.of_plan, None) is not None}
    values: dict[str, Any] = {
        "program": program,
        "days": DAYS,
        "inputs": [
            {
                "name": name,
                "label": f"{one.label}, {currency}" if one.unit == "money" else one.label,
                "value": fields[name],
                "whence": _whence(name, fields[name] == prefilled[name], name in of_program),
            }
            for name, one in INPUTS.items()
        ],
        "steps": [
            {
                "name": roi_words.STEPS[step.name][0],
                "words": roi_words.STEPS[step.name][1],
                "formula": roi_words.formula_of(step, currency),
                "result": roi_words.result_of(step, currency),
            }
            for step in steps(plan)
        ]
        if plan is not None
        else [],
    }
    return AdminPage("calculator", "programs", "Calculator", values)


def _whence(name: str, is_prefilled: bool, is_own: bool) -> str:
    if not is_prefilled:
        return "yours"
    if not is_own:
        return "an assumption: change it"
    return "as set for the program" if name == "margin" else f"from the program's last {DAYS} days"


def _prefilled(own: OwnNumbers, program: Program) -> dict[str, str]:
    """Return what the fields begin with: the program's own numbers, to two decimals, or what is assumed."""
    texts = {}
    for name, one in INPUTS.items():
        value: Fraction | None = getattr(own, one.of_plan, None)
        if value is None:
            texts[name] = one.assumed
        elif one.unit == "money":
            texts[name] = decimal(half_up(value), program.currency)
        else:
            text = places(value * (_ALL if one.unit == "percent" else 1), 2)
            texts[name] = text.rstrip("0").rstrip(".")
    return texts


def _read(fields: Mapping[str, str], program: Program) -> Plan:
    """Return the numbers that were typed. Refuses all that are none."""
    read: dict[str, Callable[[str, str], Fraction]] = {
        "number": lambda text, name: read_decimal(text, name=name),
        "percent": _share,
        "money": lambda text, name: Fraction(read_amount(text, program.currency, name=name)),
    }
    values, wrong = {}, []
    for name, one in INPUTS.items():
        try:
            values[one.of_plan] = read[one.unit](fields[name], name)
        except InvalidValue as refusal:
            wrong.append((refusal.pointer or "", refusal.detail))
    refuse_invalid(wrong)
    return Plan(**values)


def _share(text: str, name: str) -> Fraction:
    share = read_decimal(text.strip().removesuffix("%").strip(), name=name)
    if share > _ALL:
        raise InvalidValue("Enter at most 100 percent.", pointer=f"/{name}")
    return share / _ALL
