"""Customers who are asked in many ways at once: once a day, as often as a year allows, and never who is held out."""

import json
import subprocess
import sys

from tests.faults.sampling import GATE_SEED
from tests.running import own_environment


def test_many_processes_that_ask_a_customer_at_once_ask_once():
    few = ["--customers", "6", "--workers", "2"]
    command = [sys.executable, "-m", "tests.faults.parallel_asks", "--seed", str(GATE_SEED), *few]

    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=own_environment(), check=False, timeout=100)

    assert json.loads(ran.stdout.strip().splitlines()[-1])["wrong"] == []
