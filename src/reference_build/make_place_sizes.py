"""Write facts/place_sizes.csv from two tables of the World Bank's development indicators.

    python src/reference_build/make_place_sizes.py POPULATION.csv GDP.csv

Both have the columns Country Code, Year and Value, as github.com/datasets/population and /gdp keep them. Of each place
of the reference the last year is taken that both have.
"""

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ZONES = HERE.parent / "usephase/catalog/reference/zones.csv"
FIRST_YEAR = 2018


def values(path: str) -> dict[tuple[str, int], float]:
    with Path(path).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["Country Code"], int(row["Year"])): float(row["Value"]) for row in rows if row["Value"]}


def main(population: str, gdp: str) -> None:
    people, money = values(population), values(gdp)
    with ZONES.open(encoding="utf-8", newline="") as stream:
        places = {row["zone"] for row in csv.DictReader(stream)}
    rows = []
    for place in sorted(places):
        years = [year for of, year in people.keys() & money.keys() if of == place and year >= FIRST_YEAR]
        if years:
            year = max(years)
            rows.append((place, year, f"{people[place, year]:.0f}", f"{money[place, year] / 1e6:.4g}"))
    with (HERE / "facts/place_sizes.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("place", "year", "population", "gdp_musd"))
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
