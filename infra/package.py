"""`make package`: what is deployed. Chalice's package with infra/app.yaml merged in; needs no AWS credentials."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

OUT = Path("build/package")
# Chalice takes the runtime, and the wheels, from the Python that runs it.
RUNTIME = (3, 13)


def main() -> None:
    """Build the package, and say what came out."""
    stage = _options().stage
    if stage != "local" and sys.version_info[:2] != RUNTIME:
        wanted = ".".join(map(str, RUNTIME))
        raise SystemExit(
            f"A package for AWS is built under Python {wanted}, its runtime; this is {sys.version.split()[0]}.\n"
            f"Try: make package PACKAGE_PYTHON=python{wanted}   (or STAGE=local, for this Python and no account)"
        )
    shutil.rmtree(OUT, ignore_errors=True)
    command = [
        "chalice",
        "package",
        "--stage",
        stage,
        "--template-format",
        "yaml",
        "--merge-template",
        "infra/app.yaml",
    ]
    environment = {
        **os.environ,
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # chalicelib is zipped as it lies; compiled files would change the package's hash from run to run.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for compiled in Path("chalicelib").rglob("__pycache__"):
        shutil.rmtree(compiled)
    subprocess.run([*command, str(OUT)], env=environment, check=True)
    for file in sorted(OUT.iterdir()):
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make package", description=__doc__)
    parser.add_argument("--stage", default="dev", choices=["local", "dev", "prod"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
