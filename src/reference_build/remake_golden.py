"""Compute the golden runs again and store their figures, with the reason why they may differ.

    python src/reference_build/remake_golden.py "The grid scenario is drawn from another stream"

Run it when a change is meant to move figures, or their last bits; the reason is appended to tests/golden/REASONS.md,
and a change that moves a figure beyond rounding belongs in the guide's page of changes too.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.golden import golden  # noqa: E402  the path comes first


def main() -> int:
    """Write the figures and what they were made with; catalogs are written only where there are none."""
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        print(__doc__)
        return 2
    changed = []
    for name in golden.NAMES:
        folder = golden.HERE / name
        if not (folder / "catalog.toml").exists():
            golden.write(name)
        text = golden.to_csv(golden.compute(name))
        target = folder / "figures.csv.golden"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            changed.append(name)
        target.write_text(text, encoding="utf-8")
    made = json.dumps(golden.surroundings(), indent=1, sort_keys=True) + "\n"
    (golden.HERE / "made_with.json").write_text(made, encoding="utf-8")
    with (golden.HERE / "REASONS.md").open("a", encoding="utf-8") as stream:
        moved = ", ".join(changed) or "no figure"
        stream.write(f"- {datetime.now(UTC):%Y-%m-%d}: {sys.argv[1].strip()} (changed: {moved})\n")
    print(f"changed: {moved}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
