"""The ways of people under faults, in small numbers; `make prove` runs the large ones."""

from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.onboarding import join
from chalicelib.portal import profiles
from tests.faults.people import People
from tests.faults.sampling import GATE_SEED

FEW = settings(
    max_examples=3,
    stateful_step_count=20,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def test_on_every_path_no_one_is_locked_out_or_becomes_two_people_and_money_owed_stays_payable():
    run_state_machine_as_test(seed(GATE_SEED)(People), settings=FEW)


@pytest.mark.parametrize(
    "sabotage",
    [
        pytest.param(patch.object(join, "find_to_extend", lambda *_: None), id="whoever comes back is new"),
        pytest.param(patch.object(profiles, "end_form_links", lambda *_, **__: None), id="a form's link never ends"),
    ],
)
def test_a_service_that_is_wrong_about_people_is_found_out(sabotage):
    """The harness bites: what it would never find, it could not prove."""
    with sabotage:
        caught = any(_is_wrong(GATE_SEED + number) for number in range(12))

    assert caught


def _is_wrong(number):
    try:
        run_state_machine_as_test(seed(number)(People), settings=FEW)
    except Exception:
        return True
    return False
