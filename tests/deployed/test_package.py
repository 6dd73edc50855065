"""The package: small, compiled, the same bytes each time, and quick to start."""

import hashlib
import importlib.util
import json
import marshal
import os
import pkgutil
import shutil
import statistics
import subprocess
import sys
import zipfile

import pytest
from chalice.utils import to_cfn_resource_name

from bench import runtime, sizes
from chalicelib import entries
from tests.running import ROOT

pytestmark = pytest.mark.deployed
TASK = ROOT / "build/task"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def names(package):
    with zipfile.ZipFile(package / "deployment.zip") as zipped:
        return zipped.namelist()


def test_it_is_small(package):
    content = package / "deployment.zip"

    # A third of it is our rooms, pages and API document, an eighth what writes money and dates; Lambda takes 50.
    assert content.stat().st_size < 6 * MEGABYTE
    with zipfile.ZipFile(content) as zipped:
        # A seventh of this is the API document, which names every call of the referral engine.
        assert sum(one.file_size for one in zipped.infolist()) < 20 * MEGABYTE


def test_it_holds_what_is_used_and_nothing_else(names):
    folders = {name.split("/")[0] for name in names if ".dist-info" not in name and "/" in name}
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}

    assert {"chalicelib", "chalice", "pynamodb", "botocore", "msgspec", "jinja2", "tzdata", "babel"} <= folders
    assert not folders & {"boto3", "s3transfer", "pip", "setuptools", "tests", "infra", "bench"}
    assert {one for one in services if "." not in one} == {"dynamodb", "lambda", "s3", "sesv2"}
    assert not [name for name in names if "/tests/" in name or name.endswith((".pyi", ".json.gz"))]
    assert {"chalicelib/language/catalogs/en.mo", "babel/locale-data/root.dat", "babel/locale-data/en.dat"} <= set(
        names
    )
    assert not [name for name in names if name.endswith(".po") or name.startswith("babel/messages/")]
    licenses = [name for name in names if ".dist-info/" in name and "licen" in name.lower()]
    assert len(licenses) >= 8, "what others wrote ships with its license"
    assert {f"chalicelib/admin/static/uplot/{name}" for name in ("LICENSE", "uPlot.iife.min.js")} <= set(names)


def test_everything_is_compiled_for_the_runtime_and_never_looked_at_again(names):
    sources = [name for name in names if name.endswith(".py")]
    modules = [name.removesuffix("c") for name in names if name.endswith(".pyc") and "__pycache__/" not in name]

    assert sources == ["app.py"]
    assert {"botocore/__init__.py", "chalicelib/kit/errors.py", "jinja2/environment.py", "six.py"} <= set(modules)
    for name in sources + modules:
        compiled = TASK / (importlib.util.cache_from_source(name) if name in sources else f"{name}c")
        content = compiled.read_bytes()
        assert content[:4] == importlib.util.MAGIC_NUMBER
        # PEP 552: by a hash of the source, which is not checked.
        assert int.from_bytes(content[4:8], "little") == 0b01, name
        assert marshal.loads(content[16:]).co_filename == f"/var/task/{name}"


def test_the_same_source_gives_the_same_bytes_in_another_place_at_another_time(package, tmp_path):
    for name in ("chalicelib", "infra"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copy
        )
    for name in ("app.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".chalice").mkdir()
    shutil.copy(ROOT / ".chalice/config.json", tmp_path / ".chalice/config.json")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}

    command = [sys.executable, "-m", "infra.package", "--stage", "local"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL)

    for name in ("deployment.zip", "sam.json"):
        digests = {
            hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (package, tmp_path / "build/package")
        }
        assert len(digests) == 1, name


def test_the_redirect_loads_no_framework():
    loaded = runtime.modules(TASK, "chalicelib.clicks.redirect.handler", environment=sizes.SETTINGS)

    assert not {name.split(".")[0] for name in loaded} & {
        "chalice",
        "pynamodb",
        "botocore",
        "boto3",
        "jinja2",
        "msgspec",
        "babel",
    }
    assert len(loaded) < 200


def test_the_api_loads_no_more_than_it_did():
    loaded = runtime.modules(TASK, "app.app", environment=sizes.SETTINGS)

    assert not {name.split(".")[0] for name in loaded} & {"boto3", "setuptools", "pip", "yaml", "cryptography", "babel"}
    assert not loaded & {"botocore.client", "botocore.session"}
    # Thirty of these are the routes and shapes of introductions, asking, materials and the graph.
    assert len(loaded) < 480


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(entries.__path__)])
def test_what_lambda_calls_for_a_trigger_is_its_entry_which_loads_no_framework_and_no_page(package, name):
    function = json.loads((package / "sam.json").read_text())["Resources"][to_cfn_resource_name(name)]
    handler = function["Properties"]["Handler"]

    loaded = runtime.modules(TASK, handler, environment=sizes.SETTINGS)

    assert handler == f"chalicelib.entries.{name}.handler"
    assert not {name.split(".")[0] for name in loaded} & {"chalice", "jinja2", "boto3"}


def test_a_first_click_a_first_reaction_and_a_first_call_cost_less_than_a_bare_function_with_boto3(cold_starts):
    """Measured as CPU, side by side in one run: the only thing that can be compared between machines."""
    for name, most in (("redirect", 0.60), ("reaction", 0.60), ("api", 0.9)):
        # Compared with its neighbor in time: the machine is busier now and then.
        ratios = [own / bare for own, bare in zip(cold_starts[name], cold_starts["bare"], strict=True)]
        print(f"\n{name}: {statistics.median(ratios):.2f} of a bare function with boto3", end=" ")
        assert statistics.median(ratios) <= most, cold_starts


def test_a_call_logs_a_line_of_json_with_the_id_its_caller_got(shop):
    logging = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    calls = [shop.call("GET", "/v1/programs/{id}", name) for name in ("ext_sample", "ext_unknown")]

    result = runtime.run(TASK, "app.app", calls, environment=shop.environment | logging)

    lines = [line for line in map(json.loads, result.output.splitlines()) if "/v1/programs/" in line["message"]]
    assert [line["status"] for line in lines] == [200, 404]
    assert [line["request_id"] for line in lines] == [one["headers"]["X-Request-Id"] for one in result.answers]


@pytest.fixture(scope="module")
def shop(package):
    with sizes.business() as shop:
        yield shop


@pytest.fixture
def cold_starts(shop, tmp_path):
    """CPU milliseconds from the start of a process to its first answer, three of each, in turn."""
    shutil.copy(ROOT / "tests/deployed/rival.py", tmp_path)
    row = {"pk": {"S": "code"}, "sk": {"S": "link"}, "to": {"S": "https://tea.example/"}}
    shop.engine.client("dynamodb").put_item(TableName="goodword-local-links", Item=row)
    call = shop.call("GET", "/v1/programs/{id}", "ext_sample")
    measured = {"bare": [], "redirect": [], "reaction": [], "api": []}
    for _ in range(3):
        for name, task, handler, event, status in (
            ("bare", tmp_path, "rival.handler", {}, 302),
            ("redirect", TASK, "chalicelib.clicks.redirect.handler", shop.click(), 302),
            ("reaction", TASK, "chalicelib.entries.conversions_to_rewards.handler", {"Records": []}, None),
            ("api", TASK, "app.app", call, 200),
        ):
            result = runtime.run(task, handler, [event], environment=shop.environment)
            assert result.answers[0].get("statusCode") == status, result
            measured[name].append(result.cold_cpu)
    return measured
