"""What `make prove` says at its end."""

import json
from pathlib import Path

OUT = Path("build/prove.json")


def report(figures, wrong, short, seed, seconds):
    """Print what was counted and what was wrong, and leave it in build/prove.json."""
    OUT.parent.mkdir(exist_ok=True)
    whole = {"seed": seed, "seconds": seconds, "violations": wrong, **figures}
    OUT.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    print()
    for name, value in figures.get("parallel", {}).items():
        actual, expected = (_written(one) for one in value)
        print(f"  {name:<44}{actual:>14}" + (f"   of {expected}" if expected else ""))
    for name, counted in figures.items():
        if name != "parallel":
            print(f"  {name:<44}{counted.get('count', 0):>14,}   {counted['violations']} violations")
            for extra in ("calls", "batches", "crashes", "given_up", "conversions", "faults that came", "changeless"):
                if extra in counted:
                    print(f"    {extra.replace('_', ' '):<42}{counted[extra]:>14,}")
            if counted["runs"] < counted["runs_wanted"]:
                print(f"    time was over after {counted['runs']:,} of {counted['runs_wanted']:,} runs")
    print(f"\n  {seconds // 60} min {seconds % 60} s, seed {seed}. Figures: {OUT}")
    if short:
        print(f"\nNot complete: time was over for {', '.join(short)}; MINUTES= gives it more.")
    print("\nNothing was violated." if not wrong else f"\n{len(wrong)} violations.")


def _written(figure):
    """Return a number, or numbers by their names, as text; nothing is expected of what is None."""
    if isinstance(figure, dict):
        return ", ".join(f"{_written(count)} {name}" for name, count in figure.items()) or "none"
    return "" if figure is None else f"{figure:,}"
