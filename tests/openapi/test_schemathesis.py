"""The running service against its own document, with all of schemathesis's checks: 0 failures."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.running import ROOT, own_environment

# The gate makes the same calls in every run; with a seed, others, and as many as one likes.
SEED, EXAMPLES = os.environ.get("SEED", ""), os.environ.get("EXAMPLES", "") or "2"


def test_the_service_is_what_its_document_says(running):
    running.call("PATCH", "/v1/programs/ext_sample", {"origins": ["https://tea.example"]})
    publishable = running.json("POST", "/v1/programs/ext_sample/keys", {"name": "pages"})["secret"]
    tool = Path(sys.executable).parent / "schemathesis"
    command = [tool, "--config-file", ROOT / "tests/openapi/schemathesis.toml", "run", f"{running.url}/openapi.json"]
    options = ["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", EXAMPLES]
    options += ["--seed", SEED, "--generation-database", "none"] if SEED else ["--generation-deterministic"]
    result = subprocess.run(
        [*map(str, command), *options, "--no-color", "--header", f"Authorization: Bearer {running.key}"],
        cwd=ROOT,
        env=own_environment() | {"PYTHONPATH": str(ROOT), "PUBLISHABLE_KEY": publishable},
        capture_output=True,
        text=True,
    )

    print(result.stdout[-3_000:])
    assert result.returncode == 0, _failures(result.stdout) + result.stderr[-5_000:]
    selected, of, tested = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", result.stdout).groups()
    assert selected == of == tested
    assert "Failures:" not in result.stdout


def _failures(output):
    """Return what failed of all that was written: an example's body may be longer than everything else."""
    failures = output.partition("= FAILURES =")[2].partition("= WARNINGS =")[0]
    return "\n".join(line[:2_000] for line in (failures or output).splitlines())[-30_000:]
