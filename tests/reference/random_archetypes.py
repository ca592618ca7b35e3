"""Random archetypes, and products that take from them, for a random catalog."""

from numpy.random import Generator

from tests.reference.random_values import chance, number, pick, positive, share

Row = dict[str, str]
USERS = ("home", "professional")


def add_archetypes(rng: Generator, tables: dict[str, list[Row]], materials: tuple[str, ...]) -> None:
    """Add kinds of products and products of them, sold where the others are."""
    regions = sorted({row["region"] for row in tables["sales"]})
    years = sorted({row["year"] for row in tables["sales"]})
    for name in ("archetypes", "archetype_modes", "archetype_lives", "archetype_materials"):
        tables[name] = []
    for kind in ("kindA", "kindB"):
        tables["archetypes"].append({"archetype": kind})
        _kind(rng, tables, kind, regions, materials)
    for i in range(4):
        product: Row = {"product": f"X{i}", "archetype": "kindA" if i < 2 else pick(rng, "kindA", "kindB")}
        if chance(rng, 0.4):
            product["user"] = pick(rng, *USERS)
        for column, value in (("rated_power", 500.0), ("energy_per_year", 40.0), ("mass", 4.0)):
            if chance(rng, 0.4):
                product[column] = positive(rng, value * (0.5 + rng.random()))
        tables["products"].append(product)
        if chance(rng, 0.3) and "user" not in product:
            part = number(0.2 + 0.6 * rng.random())
            tables["segments"] += [
                {"product": product["product"], "segment": user, "share": text}
                for user, text in zip(USERS, (part, repr(1 - float(part))), strict=True)
            ]
        for region in regions if chance(rng, 0.6) else regions[:1]:
            for year in years:
                if year == "2024" or chance(rng, 0.5):
                    units = positive(rng, 1000 + 5000 * rng.random())
                    row = {"product": product["product"], "region": region, "year": year, "units": units}
                    tables["sales"].append(row)


def _kind(
    rng: Generator, tables: dict[str, list[Row]], kind: str, regions: list[str], materials: tuple[str, ...]
) -> None:
    tables["archetype_modes"].append(
        {"archetype": kind, "mode": "work", "carrier": "electricity", "rate": positive(rng, 400), "rate_unit": "W",
         "load": share(rng, 0.6), "efficiency": share(rng, 0.8), "rated": pick(rng, "yes", "no"),
         "guess": pick(rng, "", "guessed")}
    )  # fmt: skip
    wait: Row = {"archetype": kind, "mode": "wait", "carrier": "electricity", "rate": positive(rng, 2),
                 "rate_unit": "W", "phase": pick(rng, "direct", "indirect")}  # fmt: skip
    if chance(rng, 0.7):
        wait |= {"amount": positive(rng, 700), "amount_unit": "h/year"}
    tables["archetype_modes"].append(wait)
    for user, place in (("", regions[0]), ("professional", "")):
        if chance(rng, 0.6):
            row = {"archetype": kind, "mode": "wait", "user": user, "region": place, "amount": positive(rng, 900.0)}
            tables["archetype_modes"].append(row | {"amount_unit": "h/year"})
    for user, hours in zip(USERS, (20.0, 200.0), strict=True):
        places = [""] + [region for region in regions if chance(rng, 0.3)]
        for place in places:
            row = {"archetype": kind, "mode": "work", "user": user, "region": place,
                        "amount": positive(rng, hours * (0.5 + rng.random())), "amount_unit": "h/year",
                        "guess": pick(rng, "", "guessed")}  # fmt: skip
            tables["archetype_modes"].append(row)
        life: Row = {"archetype": kind, "user": user, "mean": positive(rng, 8.0), "guess": pick(rng, "", "lives")}
        if chance(rng, 0.5):
            life |= {"mean": positive(rng, 6 * hours), "unit": "hour", "mode": "work"}
        if chance(rng, 0.4):
            life["max_years"] = number(12.0)
        if chance(rng, 0.5):
            life["shape"] = positive(rng, 2.5)
        life["share"] = "0.7" if user == "home" else pick(rng, "0.3", "0.3 ± 10%")
        tables["archetype_lives"].append(life)
    for part in ("product", "packaging"):
        for material in materials[:2]:
            mass = positive(rng, 0.2 + rng.random())
            tables["archetype_materials"].append({"archetype": kind, "part": part, "material": material, "mass": mass})
