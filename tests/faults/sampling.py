"""
How much of a sweep runs: in the gate a sample, the same each time; in `make prove` all of it.

A gate whose seed is drawn anew turns red by chance, and green when it is run again; that teaches
people to run it twice.
"""

import os
import random

GATE_SEED = 20261128
EVERYTHING = "GOODWORD_SWEEP"


def sample(cases, most):
    """Return *most* of the cases, in their order; all of them where everything is swept."""
    cases = list(cases)
    if os.environ.get(EVERYTHING) or len(cases) <= most:
        return cases
    return [cases[place] for place in sorted(random.Random(GATE_SEED).sample(range(len(cases)), most))]
