"""What to do where a place or a material is not known: never another one that is merely spelled alike."""

from collections.abc import Iterable

from usephase.catalog.names import (
    LETTERS_OF_A_CODE,
    READINGS,
    Group,
    countries_of,
    country_of_part,
    folded,
    grid_of_part,
    groups,
    is_code,
    names_like_codes,
    nearest_material,
    nearest_place,
    of_a_total,
    place,
    place_name,
    rest_of,
    within_countries,
)
from usephase.catalog.rules.listing import advise


def advise_place(zone: str, own: set[str]) -> str:
    """Advise on an unknown place: the rows that define it. A code is never corrected into another."""
    define = "give it rows in grid, name another zone's path in zones, or map the region to zones in regions"
    if of_a_total(zone):
        return (
            "delete the row if the rows that it adds up are there: a total is no place, and is added up anyway. "
            "If they are not, write the places in its stead"
        )
    if (group := names_like_codes().get(zone) or groups().get(folded(zone))) is not None:
        return advise_group(zone, group)
    if rest := rest_of(zone):
        return f"{advise_group(zone, groups()[rest]._replace(zone=''))}; leave out those that have rows of their own"
    if several := countries_of(zone):
        return advise_group(zone, Group(several, "", "as written"))
    if parts := within_countries(zone):
        return f"{_meant(parts)}. Otherwise {define}"
    if (country := place(zone)) or (country := country_of_part(zone)):
        inside = "" if country == place(zone) else f"write `{country}` for all of {place_name(country)}, or "
        return f"{inside}{define}"
    if is_code(zone):
        return define
    if near := nearest_place(zone):
        return f"did you mean {place_name(near)}? Then write `{near}`. Otherwise {define}"
    return advise(zone, (name for name in own if not is_code(name) and not place(name)), define)


def _meant(codes: Iterable[str]) -> str:
    """Say what to write where one of some places is meant."""
    grids = {code: f" ({grid})" if (grid := grid_of_part(code)) else "" for code in codes}
    return "write " + ", or ".join(f"`{code}` if {place_name(code)} is meant{grids[code]}" for code in codes)


def advise_group(name: str, group: Group) -> str:
    """Give rows of `regions` for a group of countries; weights are shares of its sales, for the user to fill in.

    Of a name that is no group but may stand for one of some places, these.
    """
    if group.note.startswith(READINGS):
        return _meant(group.members)
    weight = f"{1 / len(group.members):g}" if group.open else "1"
    rows = " ".join(f"`{_cell(name)},{member},{weight}`" for member in group.members)
    how = "put in place of each 1 the country's share of the group's sales"
    if group.open:
        how = (
            "which countries it holds is yours to define, and these are only an example: "
            "put yours in their place, each with its share of the group's sales"
        )
    told = f"list the group in regions (region,zone,weight): {rows}; {how}"
    mean = f". Or, not by your sales, with the mean grid of all of it: `{_cell(name)},{group.zone},1`"
    return told + (mean if group.zone else "")


def _cell(name: str) -> str:
    return f'"{name}"' if "," in name else name


def advise_material(name: str, own: Iterable[str], otherwise: str) -> str:
    """Advise on an unknown material: a longer name that is misspelt, or the rows that define it."""
    if near := nearest_material(name):
        return f"did you mean `{near}`? Otherwise {otherwise}"
    return advise(name, own if len(name) > LETTERS_OF_A_CODE else (), otherwise)
