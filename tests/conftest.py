"""What tests start from: an environment, and AWS as the engine in this process, as moto, or as a server."""

import gc
import os

# What is imported stays: to look for garbage among it, again and again, was a tenth of the time.
gc.disable()
# Moto patches botocore; with `wire`, the same tests run over HTTP against MiniStack's server.
os.environ.setdefault("GOODWORD_TRANSPORT", "botocore")
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    GOODWORD_TABLES="goodword-test-",
    GOODWORD_URL="https://go.example",
    GOODWORD_SENDER="Goodword <hello@go.example>",
    # A click is given up on after real time, which a busy machine may need; a test that fails for it fails by chance.
    GOODWORD_REDIRECT_SECONDS="15",
    GOODWORD_DEAD_LETTERS="goodword-test-dead-letters",
    GOODWORD_ROOTS="goodword-test-roots",
    GOODWORD_ALARM_EMAIL="admin@go.example",
    GOODWORD_LASTING_SECRETS="a-lasting-secret-that-is-long-enough-for-tests",
    GOODWORD_CLICK_SECRETS="a-click-secret-that-is-long-enough-1 an-older-click-secret-that-verifies-2",
    GOODWORD_SECRETS="a-secret-that-is-long-enough-for-tests-1 an-older-secret-that-still-verifies-2",
)

# Before botocore, as everywhere: with `wire` the tests run on models that were imported without it.
from chalicelib.kit.dynamo import models  # noqa: F401

# isort: split
import pytest
from hypothesis import HealthCheck, settings

from tests import calls
from tests.faults.sampling import EVERYTHING, GATE_SEED
from tests.running import ROOT

# They need Chromium, or tools of others: `make browser`, `make openapi`.
collect_ignore = ["browser", "openapi"]

# Their tests start processes, deploy, draw by the thousand, recount long histories, or measure.
SLOW = {"bench", "engine", "faults", "operate", "reports"}

calls.listen()

# As every seed of the gate, what hypothesis draws is the same in every run. In `make prove` its seed is that run's.
settings.register_profile("gate", derandomize=True, deadline=None, max_examples=50)
settings.register_profile(
    "everything", deadline=None, max_examples=500, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("everything" if os.environ.get(EVERYTHING) else "gate")


_collected = set()


def pytest_ignore_collect(collection_path, config):
    """Leave whole folders of slow tests unread, where slow ones do not run."""
    return True if collection_path.name in SLOW and "not slow" in config.option.markexpr else None


def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


def pytest_report_header():
    return f"seed {GATE_SEED}, the same in every run; `make prove` draws its own"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    _collected.update(str(item.path) for item in items)
    for item in items:
        if SLOW.intersection(item.path.relative_to(ROOT).parts):
            item.add_marker("slow")
    left = _left_to_prove(items)
    if os.environ.get(EVERYTHING):
        left |= {item for item in items if hasattr(getattr(item, "obj", None), "hypothesis")}
        for item in left:
            item.add_marker("sweep")
    elif left and not any("::" in one for one in config.args):
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=list(left))


def _left_to_prove(items):
    """Return further cases of tests that run on moto: of each of these tests, the gate runs one there."""
    on_moto = [one for one in items if getattr(one, "callspec", None) and one.callspec.params.get("platform") == "moto"]
    first = {one.originalname + str(one.path): one for one in reversed(on_moto)}
    return set(on_moto) - set(first.values())


def pytest_sessionfinish(session):
    """Compare what functions called with what they may call, once all processes have said what they recorded."""
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["calls"], worker["collected"] = calls.recorded(), sorted(_collected)
    elif _ran_whole(session):
        wrong = calls.differences()
        for line in wrong or ["every call that was made is allowed, and every permission was used"]:
            print(f"\nroles: {line}", end="")
        if wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    output = getattr(node, "workeroutput", {})
    if "calls" in output:
        calls.merge(output["calls"])
        _collected.update(output["collected"])


def _ran_whole(session):
    needed = {
        str(path)
        for path in (ROOT / "tests").rglob("test_*.py")
        if not {"browser", "openapi", "deployed", "faults", "bench"} & set(path.parts)
    }
    option = session.config.getoption
    chosen = (
        option("collectonly")
        or option("keyword")
        or "not deployed" not in option("markexpr")
        or "not slow" in option("markexpr")
        or any("::" in one for one in session.config.args)
    )
    return not session.testsfailed and not chosen and needed <= _collected


@pytest.fixture(autouse=True)
def _evidence(request):
    """Count what a test calls as evidence of what a function needs, unless chance decides what it calls."""
    with calls.evidence("faults" not in request.path.parts):
        yield


PLATFORM = "server" if os.environ["GOODWORD_TRANSPORT"] == "wire" else "engine"


def pytest_generate_tests(metafunc):
    """Run what is marked `moto` on moto too."""
    named = [name for mark in metafunc.definition.iter_markers("parametrize") for name in mark.args[0]]
    if metafunc.definition.get_closest_marker("moto") and PLATFORM == "engine" and "platform" not in named:
        metafunc.parametrize("platform", ["engine", "moto"])


@pytest.fixture
def platform(request):
    """What stands in for AWS: the engine in this process, or MiniStack's server for `TRANSPORT=wire`."""
    return "engine" if request.node.get_closest_marker("engine") else PLATFORM


@pytest.fixture(scope="session")
def emulator(request):
    """AWS with clients of its own: moto, or MiniStack's server."""
    from tests import world

    with world.moto() if PLATFORM == "engine" else world.ministack() as fresh:
        yield fresh


@pytest.fixture
def aws(request, emulator):
    """Fresh tables, streams and mailbox of an emulator, and nothing remembered from the test before."""
    from chalicelib.kit import memory
    from tests import world

    memory.forget_everything()
    marked = request.node.get_closest_marker("moto")
    with emulator(by_botocore=marked is None or "botocore" in marked.args) as emails:
        world.create_tables()
        world.emails = emails
        yield


@pytest.fixture
def shop(request, platform):
    """A program, a partner and a website, driven through the public API."""
    from tests.faults.world import world
    from tests.world import NOON, Shop

    if platform == "engine":
        with world() as shop:
            yield shop
    else:
        request.getfixturevalue("aws")
        yield Shop(NOON)


@pytest.fixture(scope="session")
def running():
    """The service of `make run`: real streams, real concurrency, real HTTP."""
    from tests.running import Running

    service = Running()
    yield service
    service.stop()
