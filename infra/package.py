"""
`make package`: the deployed package. Chalice's package with infra/app.yaml merged in; needs no AWS credentials.

Chalice's package is then reduced to what is used, compiled, zipped so that the same source gives the
same bytes, and completed with the parts derived from infra/app.yaml (see infra/functions.py).
"""

import argparse
import functools
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import yaml
from babel.core import get_global
from babel.localedata import locale_identifiers

from chalicelib.kit.greedy import behind
from chalicelib.language import catalogs
from infra import functions

OUT = Path("build/package")
TASK = Path("build/task")
# What Chalice packages: the sources alone.
SOURCE = Path("build/source")
# The template before it is completed: what Chalice made of app.py, with infra/app.yaml merged in.
MERGED = Path("build/merged.json")
# Chalice takes the runtime, and the wheels, from the Python that runs it.
RUNTIME = (3, 13)
# How a REST API names every method that an address does not list.
ANY = "x-amazon-apigateway-any-method"
# Of what botocore knows: the services that are called, and what it needs to find out where they are.
BOTOCORE_DATA = {
    "dynamodb",
    "lambda",
    "s3",
    "sesv2",
    "endpoints.json",
    "partitions.json",
    "sdk-default-configuration.json",
    "_retry.json",
}
# Of Babel: not what reads and writes catalogs, which ship compiled; and the locale data of the languages that have one.
_BABEL_UNUSED = ("babel/messages/", "babel/locale-data/")
# Left out everywhere: files that only developers of the package need.
_NEEDLESS = re.compile(r"(^|/)(tests?|__pycache__|bin)(/|$)|\.(pyi|c|h|pyx|so\.dSYM)$|(^|/)py\.typed$")
# Time zones a second time: ours are tzdata's, and botocore knows UTC and where it is without them. And what libraries
# import only for calendars, command lines and browsers, which are none of ours. tzdata's zones again, as their sources.
_NEEDLESS_FILES = {
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "dateutil/rrule.py",
    "segno/cli.py",
    "tzdata/zoneinfo/tzdata.zi",
}
_NEEDLESS_PARTS = ("urllib3/contrib/emscripten/",)
_NEEDLESS_FOLDERS = re.compile(r"\.dist-info/(?!(METADATA|licenses/.*|LICEN[CS]E.*|NOTICE.*|COPYING.*)$)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Build the package, and say what came out."""
    stage = _options().stage
    if stage != "local" and sys.version_info[:2] != RUNTIME:
        version = ".".join(map(str, RUNTIME))
        raise SystemExit(
            f"A package for AWS is built under Python {version}, its runtime; this is {sys.version.split()[0]}.\n"
            f"Try: make package PACKAGE_PYTHON=python{version}   (or STAGE=local, for this Python and no account)"
        )
    package(stage)
    for file in sorted(OUT.iterdir()):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB  sha256 {digest}...")


def package(stage: str) -> None:
    """Make `deployment.zip` and `sam.json` in build/package; what is in the zip also lies in build/task."""
    for folder in (OUT, TASK, SOURCE):
        shutil.rmtree(folder, ignore_errors=True)
    _run_chalice(stage)
    archive, template = OUT / "deployment.zip", OUT / "sam.yaml"
    _unpack(archive)
    _leave_out_documentation()
    _compile_catalogs(TASK)
    _compile()
    _pack(archive)
    # CloudFormation takes no YAML anchors, and Chalice writes them; JSON has none.
    merged = yaml.safe_load(template.read_text(encoding="utf-8"))
    template.unlink()
    MERGED.write_text(json.dumps(merged, indent=1) + "\n")
    (OUT / "sam.json").write_text(json.dumps(complete(merged, stage=stage), indent=1) + "\n")


def complete(template: dict[str, Any], *, stage: str) -> dict[str, Any]:
    """Return a template as Chalice merged it with all that follows from it: roles, logs, alarms, who calls what."""
    # A copy in which nothing is shared, since Chalice uses the same objects again and again.
    template = json.loads(json.dumps(template))
    template.pop("Metadata", None)
    template["Parameters"]["Stage"]["Default"] = stage
    resources = template["Resources"]
    named = functions.of(template)
    name_entries(named)
    for name, function in named.items():
        resources |= functions.companions(name, function, callees=functions.reactions(named))
        function["Properties"] |= {"Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]}}
        function["Properties"]["LoggingConfig"] = {"LogGroup": {"Ref": f"{name}Logs"}}
    resources["Dashboard"] = functions.dashboard(named)
    for function in named.values():
        del function["Metadata"]
    _share_the_code(resources)
    _leave_out_what_is_behind(resources)
    _take_every_method(resources)
    _call_the_aliases(resources)
    if stage == "local":
        _suit_an_emulator(template)
    return template


def name_entries(named: dict[str, Any]) -> None:
    """Have Lambda import a trigger's entry instead of app.py, which Chalice names and which imports the whole API."""
    for function in named.values():
        module, _, trigger = function["Properties"]["Handler"].rpartition(".")
        if module == "app" and trigger != "app":
            function["Properties"]["Handler"] = f"chalicelib.entries.{trigger}.handler"


def _share_the_code(resources: dict[str, Any]) -> None:
    """Give the redirect, which Chalice knows nothing of, the API's zip and what it runs on."""
    for name in ("CodeUri", "Runtime", "Architectures"):
        resources["Redirect"]["Properties"][name] = resources["APIHandler"]["Properties"][name]


def _leave_out_what_is_behind(resources: dict[str, Any]) -> None:
    """Have the gateway pass on what is below a greedy address: each that it knows is one of the 300 it may know."""
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path in behind(paths):
        del paths[path]


def _take_every_method(resources: dict[str, Any]) -> None:
    """Have the API answer methods that an address does not take, with 405 and those it takes; the gateway says 403."""
    for methods in resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"].values():
        proxied = next(one for one in methods.values() if one["x-amazon-apigateway-integration"]["type"] == "aws_proxy")
        methods[ANY] = {
            **{name: one for name, one in proxied.items() if name not in ("consumes", "produces")},
            "x-amazon-apigateway-integration": dict(proxied["x-amazon-apigateway-integration"]),
        }


def _call_the_aliases(resources: dict[str, Any]) -> None:
    """Have the gateway call published versions, and the redirect for short links."""
    for path, methods in resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"].items():
        for name, method in methods.items():
            function = "Redirect" if path == "/{id}" and name != ANY else "APIHandler"
            integration = method["x-amazon-apigateway-integration"]
            if integration["type"] == "aws_proxy":
                uri = integration["uri"]["Fn::Sub"]
                integration["uri"] = {"Fn::Sub": uri.replace("${APIHandler.Arn}", f"${{{function}.Alias}}")}
    resources["APIHandlerInvokePermission"]["Properties"]["FunctionName"] = {"Ref": "APIHandler.Alias"}


def _suit_an_emulator(template: dict[str, Any]) -> None:
    """Leave out what an emulator lacks, and give it time: it shares this machine with everything else."""
    template["Parameters"]["SnapStart"] |= {"Default": "none", "AllowedValues": ["none"]}
    template["Globals"]["Function"]["Environment"]["Variables"]["GOODWORD_REDIRECT_SECONDS"] = "15"


def _run_chalice(stage: str) -> None:
    """
    Have Chalice package a copy of the sources: it takes chalicelib as it lies.

    Here it has compiled files, which whatever runs beside this writes and replaces.
    """
    (SOURCE / ".chalice").mkdir(parents=True)
    for name in ("app.py", "requirements.txt", ".chalice/config.json"):
        shutil.copy(name, SOURCE / name)
    shutil.copytree("chalicelib", SOURCE / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    command = ["chalice", "--project-dir", str(SOURCE), "package", "--stage", stage, "--template-format", "yaml"]
    environment = {
        **os.environ,
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    template = str(Path("infra/app.yaml").absolute())
    subprocess.run([*command, "--merge-template", template, str(OUT.absolute())], env=environment, check=True)


def _unpack(archive: Path) -> None:
    with zipfile.ZipFile(archive) as zipped:
        members = [name for name in zipped.namelist() if not name.endswith("/") and _ships(name)]
        zipped.extractall(TASK, members)


def _leave_out_documentation() -> None:
    """Cut botocore's descriptions of services down to what it needs: most is text, read whenever a client is made."""
    for file in (TASK / "botocore/data").rglob("*.json.gz"):
        described = _undocumented(json.loads(gzip.decompress(file.read_bytes())))
        file.unlink()
        file.with_suffix("").write_text(json.dumps(described, separators=(",", ":")))


def _undocumented(described: Any) -> Any:
    """Return a description without its texts; here and there botocore wants the field to be there."""
    if isinstance(described, dict):
        without = {"documentation": ""} if isinstance(described.get("documentation"), str) else {}
        return {name: _undocumented(one) for name, one in (described | without).items()}
    return [_undocumented(one) for one in described] if isinstance(described, list) else described


def _ships(name: str) -> bool:
    if name.startswith("botocore/data/"):
        return name.split("/")[2] in BOTOCORE_DATA and not name.endswith("/examples-1.json")
    if name.startswith(_BABEL_UNUSED):
        return name in _locale_data()
    if name.startswith(_NEEDLESS_PARTS):
        return False
    return not (_NEEDLESS.search(name) or _NEEDLESS_FOLDERS.search(name) or name in _NEEDLESS_FILES)


@functools.cache
def _locale_data() -> frozenset[str]:
    """Return the files for dates and money: our languages', their regions', and what those inherit from."""
    parents = get_global("parent_exceptions")
    names = {"root"}
    for name in locale_identifiers():
        if name.split("_")[0] in {language.split("-")[0] for language in catalogs.languages()}:
            while name:
                names.add(name)
                name = parents.get(name) or name.rpartition("_")[0]
    return frozenset({"babel/locale-data/LICENSE.unicode", *(f"babel/locale-data/{name}.dat" for name in names)})


def _compile_catalogs(task: Path) -> None:
    for file in sorted((task / "chalicelib/language/catalogs").glob("*.po")):
        file.with_suffix(".mo").write_bytes(catalogs.compiled(file))
        file.unlink()


def _compile() -> None:
    """
    Compile everything: on Lambda, where nothing can be written, it would be compiled at every cold start.

    The files are not looked at again (unchecked), so their times, which a zip rounds, do not matter. The compiled files
    ship alone, as a third of the package would be sources: a traceback has the file and the line, which a checkout of
    the release shows. Columns are left out for the same reason: an eighth of the compiled files. `app.py` stays, as
    Chalice names it.
    """
    compiled = [one for one in sorted(TASK.iterdir()) if one.is_dir()]
    compiled += [one for one in sorted(TASK.glob("*.py")) if one.name != "app.py"]
    _run_compileall("-b", *map(str, compiled))
    for one in compiled:
        for source in one.rglob("*.py") if one.is_dir() else [one]:
            source.unlink()
    _run_compileall(str(TASK))


def _run_compileall(*arguments: str) -> None:
    command = [sys.executable, "-X", "no_debug_ranges", "-m", "compileall", "-q", "-s", str(TASK), "-p", "/var/task"]
    command += ["--invalidation-mode", "unchecked-hash", *arguments]
    # The order of a set among a file's constants would change from run to run.
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "0"}, check=True)


def _pack(archive: Path) -> None:
    """Zip the files in the order of their names, all of the same day: the same files give the same bytes."""
    archive.unlink()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for file in sorted(path for path in TASK.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(TASK).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            zipped.writestr(entry, file.read_bytes())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make package", description=__doc__)
    parser.add_argument("--stage", default="dev", choices=["local", "dev", "prod"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
