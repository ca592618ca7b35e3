"""The slow twin's archetypes: what a product takes from its kind, written out row by row as the guide says it.

A row that is made here says in ``@COLUMN`` of which cell its number is: table, row and column, joined by ``|``.
"""

from collections.abc import Iterator

from tests.reference.twin_cells import Row, Tables, row_key

MADE = ("modes", "use_profiles", "lifetimes", "segments", "materials")


def written_out(tables: Tables) -> Tables:
    """Give tables in which no product needs an archetype any more."""
    out = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for name in MADE:
        out.setdefault(name, [])
    profiles: set[str] = set()
    for product in out["products"]:
        kind, name = product.get("archetype", ""), product["product"]
        own = {table: any(row.get("product") == name for row in tables.get(table, ())) for table in MADE}
        if product.get("energy_per_year"):
            label = {"product": name, "mode": "energy_per_year", "carrier": "electricity", "rate_unit": "kWh/year"}
            out["modes"].append(label | _cell("products", product, "energy_per_year", "rate"))
        if not kind:
            continue
        users = sorted(row["user"] for row in tables["archetype_lives"] if row["archetype"] == kind)
        asked = product.get("user", "") or "mixed"
        mine = users if asked == "mixed" else [asked]
        if not own["modes"]:
            out["modes"] += _modes(tables, product, kind)
        if not own["materials"]:
            out["materials"] += [
                {"product": name, "part": row["part"], "material": row["material"]} | _cells("archetype_materials", row)
                for row in tables["archetype_materials"] if row["archetype"] == kind
            ]  # fmt: skip
        for user in mine:
            if f"{kind}/{user}" not in profiles:
                profiles.add(f"{kind}/{user}")
                out["use_profiles"] += _amounts(tables, kind, user)
                out["lifetimes"] += _lives(tables, kind, user)
        if asked == "mixed" and len(users) > 1 and not own["segments"]:
            out["segments"] += [
                {"product": name, "segment": row["user"]} | _cells("archetype_lives", row, "share")
                for row in tables["archetype_lives"] if row["archetype"] == kind
            ]  # fmt: skip
        said = {column: product.get(column, "") for column in ("use_profile", "lifetime")}
        for segment in out["segments"]:
            if segment["product"] == name and segment["segment"] in users:
                for column in said:
                    if not said[column] and not segment.get(column):
                        segment[column] = f"{kind}/{segment['segment']}"
        for column in said:
            product[column] = said[column] or f"{kind}/{mine[0]}"
    return out


def _cell(table: str, row: Row, column: str, into: str = "") -> Row:
    """Fill one cell with that of a row, by default."""
    text = row.get(column, "")
    return {into or column: text, f"@{into or column}": f"{table}|{row_key(table, row)}|{column}"} if text else {}


def _cells(table: str, row: Row, *columns: str) -> Row:
    found: dict[str, str] = {}
    for column in columns or ("mass",):
        found |= _cell(table, row, column)
    return found


def _modes(tables: Tables, product: Row, kind: str) -> Iterator[Row]:
    for row in tables["archetype_modes"]:
        if row["archetype"] != kind or row.get("user") or row.get("region"):
            continue
        if product.get("energy_per_year") and row["carrier"] == "electricity":
            continue
        made = {"product": product["product"], "mode": row["mode"], "carrier": row["carrier"],
                "rate_unit": row.get("rate_unit", ""), "phase": row.get("phase", "")}  # fmt: skip
        made |= _cells("archetype_modes", row, "rate", "load", "efficiency")
        if product.get("rated_power") and row.get("rated") == "yes":
            made |= _cell("products", product, "rated_power", "rate") | {"rate_unit": "W"}
        yield made


def _amounts(tables: Tables, kind: str, user: str) -> Iterator[Row]:
    rows = [row for row in tables["archetype_modes"] if row["archetype"] == kind]
    for mode in dict.fromkeys(row["mode"] for row in rows):
        its = [row for row in rows if row["mode"] == mode and row.get("amount")]
        general = next(row for row in rows if row["mode"] == mode and not row.get("user") and not row.get("region"))
        per_cycle = "cycle" in general["rate_unit"]
        of_user = [row for row in its if row.get("user", "") == user]
        whole = [row for row in of_user if not row.get("region")] or [
            row for row in its if not row.get("user") and not row.get("region")
        ]
        about = {"use_profile": f"{kind}/{user}", "mode": mode}
        if whole:
            yield about | {"amount_unit": whole[0]["amount_unit"]} | _cells("archetype_modes", whole[0], "amount")
        else:
            yield about | {"amount_unit": "cycle/year" if per_cycle else "h/year", "amount": "0", "@amount": "0"}
        places = {row["region"]: row for row in of_user if row.get("region")}
        if not any(not row.get("region") for row in of_user):
            places = {row["region"]: row for row in its if not row.get("user") and row.get("region")} | places
        for region, row in places.items():
            yield (
                about | {"region": region, "amount_unit": row["amount_unit"]} | _cells("archetype_modes", row, "amount")
            )


def _lives(tables: Tables, kind: str, user: str) -> Iterator[Row]:
    for row in tables["archetype_lives"]:
        if (row["archetype"], row["user"]) == (kind, user):
            made = {"lifetime": f"{kind}/{user}", "unit": row.get("unit", ""), "mode": row.get("mode", "")}
            yield made | _cells("archetype_lives", row, "mean", "shape", "max_years")
