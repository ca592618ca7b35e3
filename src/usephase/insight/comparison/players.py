"""The changes of an option as the players of a game: what is switched on or off on its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usephase.catalog.options.records import Address, Edit, OptionRow, RowChange
from usephase.catalog.resolve import Resolved
from usephase.catalog.schema import ARCHETYPES, TABLES

_NAMING = ("products", "use_profiles", "lifetimes", "carriers", "gases", "regions", "zones", "archetypes")
"""Tables whose first key other tables refer to."""


@dataclass(frozen=True)
class Player:
    """Hold rows of an option that act together; the first one names it."""

    rows: tuple[OptionRow, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Changes of values."""
        return tuple(edit for row in self.rows for edit in row.edits)

    @property
    def changes(self) -> tuple[RowChange, ...]:
        """Changes of rows and texts."""
        return tuple(row.change for row in self.rows if row.change is not None)

    @property
    def lots(self) -> tuple[tuple[str, str, str], ...]:
        """Sales rows that must be there."""
        return tuple(lot for row in self.rows for lot in row.lots)

    @property
    def name(self) -> Address:
        """Table, row and column of the first row."""
        first = self.rows[0]
        return first.table, first.row, first.column


def players(rows: Sequence[OptionRow]) -> list[Player]:
    """Make a player of every row; rows that would mean nothing without each other make one together.

    Notes
    -----
    A new product goes with its modes, materials and sales; a new life or profile with whoever refers to it; a removed
    row with the one that takes its place. Texts of one row are cells of their own.
    """
    changes = [row.change for row in rows if row.change is not None]
    new = {name for change in changes if (name := _introduced(change)) is not None}
    # A substitution by a new product is part of that product's coming.
    bound = [row for row in rows if row.change is not None or any(lot[0] in new for lot in row.lots)]
    free = [row for row in rows if row not in bound]
    group = list(range(len(bound)))
    owner: dict[object, int] = {}
    for i, row in enumerate(bound):
        words = {lot[0] for lot in row.lots}
        if row.change is not None:
            words |= {*row.change.keys.values(), *row.change.cells.values()}
        for word in [*sorted(words & new), *([] if row.change is None else [change_mark(row.change)])]:
            first = owner.setdefault(word, i)
            old, into = group[i], group[first]
            group = [into if g == old else g for g in group]
    made = [Player((row,)) for row in free]
    for g in dict.fromkeys(group):
        together = [row for row, mine in zip(bound, group, strict=True) if mine == g]
        made.append(Player(tuple(sorted(together, key=_rank))))
    return made


def change_mark(change: RowChange) -> object:
    """Name what a change is of: a row that comes or goes, or a cell."""
    whole = change.kind in ("add", "remove")
    return change.table, tuple(sorted(change.keys.items())), "" if whole else tuple(change.cells)


def joined(parts: Sequence[Player]) -> list[Player]:
    """Make one player of all that change rows or texts."""
    bound = [row for part in parts if part.changes for row in part.rows]
    free = [part for part in parts if not part.changes]
    return [*free, Player(tuple(bound))] if bound else free


def _rank(row: OptionRow) -> tuple[int, int]:
    return (list(TABLES).index(row.table), row.number)


def _introduced(change: RowChange | None) -> str | None:
    if change is None or change.kind != "add" or change.table not in _NAMING:
        return None
    return change.keys[TABLES[change.table].keys[0]]


def touched(resolved: Resolved, parts: Sequence[Player]) -> list[frozenset[str]]:
    """Name, of each part, the products whose figures its changes can move.

    A life, profile, carrier or gas moves the products that refer to it in the catalog, and those that do so once
    another of the changes is made.
    """
    referring: dict[tuple[str, str], set[str]] = {}
    for change in (change for part in parts for change in part.changes):
        for column, name in {**change.keys, **change.cells}.items():
            if "product" in change.keys and column in _REFERRED:
                referring.setdefault((column, name), set()).add(change.keys["product"])
    return [frozenset().union(*(_touched(resolved, row, referring) for row in part.rows)) for part in parts]


def _touched(resolved: Resolved, row: OptionRow, referring: Mapping[tuple[str, str], set[str]]) -> set[str]:
    out = {address[1] for edit in row.edits for address in (edit.address,) if "product=" in address[1]}
    if out:
        return {dict(part.split("=", 1) for part in text.split(";"))["product"] for text in out}
    keys = dict(row.change.keys) if row.change else _keys(row)
    if "product" in keys:
        return {keys["product"]}
    column = next((column for column, (tables, _) in _REFERRED.items() if row.table in tables), None)
    if column is None:
        return set(map(str, resolved.tables["products"].frame["product"]))
    name = keys[column]
    out = set(referring.get((column, name), ()))
    for table in _REFERRED[column][1]:
        frame = resolved.tables[table].frame
        out |= set(map(str, frame["product"][frame[column] == name]))
    return out


def _keys(row: OptionRow) -> dict[str, str]:
    return dict(part.split("=", 1) for part in row.row.split(";") if "=" in part)


_REFERRED = {
    "use_profile": (("use_profiles",), ("products", "segments")),
    "lifetime": (("lifetimes",), ("products", "segments")),
    "carrier": (("carriers",), ("modes",)),
    "gas": (("gases",), ("refrigerants",)),
    "archetype": (ARCHETYPES, ("products",)),
}
"""By key: the tables that have it, and tables of products that refer to it."""
