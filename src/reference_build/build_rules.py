"""Write the rule packs of targets from the table of rules and `judged/rules.csv`.

    python src/reference_build/build_rules.py PATH_TO_RAW_DATA

`judged/rules.csv` says which number of which raw row a rule takes (`1`, `2`, …, or `rest of 1`: one less it); a rule
without a raw row brings its own. Dates and marks are the raw row's where it has them. The last day of V1 is the raw row
`sunset` (two official texts; the summary of V2.0 says a month less).
"""

import csv
import re
import sys
from pathlib import Path

from reference.common import read, text

FOLDER = Path(__file__).resolve().parents[1] / "usephase/insight/rules"
JUDGED = Path(__file__).with_name("judged")
COLUMNS = ("rule", "ambition", "value", "unit", "valid_from", "valid_to", "source", "evidence", "note")
FRAMEWORKS = {"sbti_near_term_v1": "SBTi V1", "sbti_long_term_v1": "SBTi V1", "sbti_v2": "SBTi V2.0"}
MARKS = {"primary": "V", "secondary": "V2", "recalled": "M", "computed": "C"}


def number(taken: str, raw: dict[str, str]) -> str:
    """Give the number of a raw row that a rule takes."""
    numbers = re.split(r"; |(?<=\d)-(?=\d)", raw["number"])
    rest = taken.startswith("rest of ")
    value = float(numbers[int(taken.removeprefix("rest of ")) - 1])
    return text(1 - value if rest else value)


def main(folder: Path) -> None:
    raws = {(row["framework"], row["rule_id"]): row for row in read(folder / "rules", "rules")}
    packs: dict[str, list[dict[str, str]]] = {}
    for row in read(JUDGED, "rules"):
        framework = FRAMEWORKS.get(row["pack"], "")
        if row["raw"]:
            raw = raws[framework, row["raw"]]
            row["value"] = row["value"] or number(row["take"], raw)
            row["evidence"] = MARKS[raw["read"].split()[0].strip(",")]
            row["valid_from"] = row["valid_from"] or raw["applies_from"]
        if framework == "SBTi V1":
            row["valid_to"] = row["valid_to"] or raws[framework, "sunset"]["number"]
        elif framework:
            row["valid_from"] = row["valid_from"] or raws[framework, "C15.1"]["applies_from"]
        packs.setdefault(row["pack"], []).append({column: row[column] for column in COLUMNS})
    for name, rows in packs.items():
        write(name, rows)


def write(name: str, rows: list[dict[str, str]]) -> None:
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
