"""The deployed service, once for all tests about it."""

import pytest

from tests.running import ROOT

PACKAGE = ROOT / "build/package"


@pytest.fixture(scope="session")
def package():
    """Where the package for stage local lies."""
    if not (PACKAGE / "sam.json").exists() or '"x86_64"' not in (PACKAGE / "sam.json").read_text():
        pytest.skip("the package for stage local is not built: make package STAGE=local, or make e2e")
    return PACKAGE


@pytest.fixture(scope="session")
def stacks(request):
    """An emulator of AWS, empty at first; what it said is shown if anything failed."""
    from tests.deployed.stacks import Stacks

    stacks = Stacks()
    yield stacks
    if request.session.testsfailed:
        print("\nthe emulator said at last:\n", "\n".join(stacks.log.read_text(errors="replace").splitlines()[-150:]))
    stacks.stop()
