"""
`make mutants`: changes the code of money in every small way, and says which changes no test would notice.

Ends with 1 if less is noticed than is published in docs/explanation/reliability.md. Figures: build/mutants.json.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

OUT = Path("build/mutants.json")
_PUBLISHED = 0.95
_KILLED = {"killed", "timeout", "segfault", "caught by type check"}


def main():
    shutil.rmtree("mutants", ignore_errors=True)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 2)]
    subprocess.run(command, check=True)
    # Importing it reads the settings of the folder we are in.
    from mutmut.stats import status_by_exit_code

    verdicts = {
        name: status_by_exit_code[code]
        for meta in Path("mutants").rglob("*.meta")
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items()
    }
    modules = Counter(name.partition(".x")[0] for name in verdicts)
    killed = Counter(name.partition(".x")[0] for name, verdict in verdicts.items() if verdict in _KILLED)
    survivors = sorted(name for name, verdict in verdicts.items() if verdict not in _KILLED)
    share = sum(killed.values()) / len(verdicts)
    OUT.parent.mkdir(exist_ok=True)
    figures = {
        "mutants": len(verdicts),
        "killed": sum(killed.values()),
        "modules": {name: [killed[name], modules[name]] for name in sorted(modules)},
        "survivors": survivors,
    }
    OUT.write_text(json.dumps(figures, indent=2) + "\n")
    for name in sorted(modules):
        print(f"  {name:<36}{killed[name]:>6} of {modules[name]:>4}")
    print(f"  {'all':<36}{sum(killed.values()):>6} of {len(verdicts):>4}   {share:.1%}")
    for name in survivors:
        print(f"  survived: {name}")
    sys.exit(share < _PUBLISHED)


if __name__ == "__main__":
    main()
