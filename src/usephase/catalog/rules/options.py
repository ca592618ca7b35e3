"""Rules of design options and correlations: the cells that they name must be there."""

from collections.abc import Iterator

import numpy as np

from usephase.catalog.options.changes import matching, of_same_places, read_row
from usephase.catalog.options.records import Edit
from usephase.catalog.options.understand import BASE
from usephase.catalog.rules.context import Context
from usephase.catalog.rules.listing import advise, listed, series
from usephase.catalog.schema import BELIEVED
from usephase.catalog.values import cells
from usephase.catalog.values.refusal import Refusal
from usephase.errors import Problem


def _cell(table: str, column: str) -> None:
    """Refuse a table without uncertain values, or a column that is none of them."""
    if table not in BELIEVED:
        raise Refusal(
            f"`{table}` is not a table with uncertain values",
            advise(table, BELIEVED, f"write one of {series(BELIEVED, 20)}"),
        )
    columns = BELIEVED[table].value_columns
    if column not in columns:
        raise Refusal(
            f"`{column}` is not an uncertain column of {table}",
            advise(column, columns, f"write one of {series(columns)}"),
        )


def options_can_be_read(ctx: Context) -> Iterator[Problem]:
    """Every row of an option names what is there, once, and writes something that fits."""
    table = ctx.table("options")
    for row, refusal in ctx.options[1]:
        yield from listed(table, [row], refusal.at, refusal.what, refusal.fix)


def options_change_something(ctx: Context) -> Iterator[Problem]:
    """A step or a value that leaves the cell as it is changes nothing."""
    rows = [row for rows in ctx.options[0].rows.values() for row in rows]
    idle = [row.number for row in rows if row.edits and not row.lots and all(_leaves(ctx, edit) for edit in row.edits)]
    fix = "write what is to change, or remove the row"
    yield from listed(
        ctx.table("options"), idle, "value", "the cell stays as it is: this changes nothing", fix, "warning"
    )


def _leaves(ctx: Context, edit: Edit) -> bool:
    if edit.operation != "set" or edit.params is None:
        return not edit.uncertain_step and edit.number == {"multiply": 1.0, "add": 0.0}.get(edit.operation)
    table = ctx.table(edit.address[0])
    values, rows = table.values[edit.address[2]], matching(table, read_row(edit.address[1], table.name), exact=True)
    return edit.points is None and all(
        values.kind[row] == edit.kind and np.allclose(values.params[row], edit.params, rtol=1e-12, atol=0)
        for row in rows
    )


def option_names(ctx: Context) -> Iterator[Problem]:
    """`base` is the catalog itself."""
    rows = np.flatnonzero(ctx.text("options", "option") == BASE)
    yield from listed(
        ctx.table("options"), rows, "option", f"`{BASE}` is the catalog itself", "name the option otherwise"
    )


def correlations_name_cells(ctx: Context) -> Iterator[Problem]:
    """A correlation matches uncertain cells; a cell is in one group, and a group has one correlation."""
    table = ctx.table("correlations")
    groups, factor = ctx.text("correlations", "group"), ctx.text("correlations", "correlation")
    group_of: dict[tuple[str, str, int], tuple[str, int]] = {}
    size: dict[str, int] = {str(group): 0 for group in groups}
    broken: set[str] = set()
    for row in range(len(table)):
        name, text, column = (str(ctx.text("correlations", c)[row]) for c in ("table", "row", "column"))
        at = "column" if name in BELIEVED else "table"
        group = str(groups[row])
        try:
            _cell(name, column)
            at = "row"
            rows = matching(ctx.table(name), read_row(text, name), exact=False)
            if not len(rows):
                keys = (
                    [ctx.table(name).key(i) for i in range(len(ctx.table(name)))]
                    if len(ctx.table(name)) <= 2000
                    else []
                )
                raise Refusal(
                    f"no row of {name} matches `{text}`",
                    advise(text, of_same_places(name, text, keys), "name keys of rows that are used"),
                )
            hit = rows[cells.correlatable(ctx.table(name).values[column])[rows]]
            if not len(hit):
                raise Refusal(
                    f"no uncertain `{column}` is there to correlate", "make the values uncertain, or remove the row"
                )
            for cell in hit:
                other, first = group_of.setdefault((name, column, int(cell)), (group, row))
                if other != group:
                    key = ctx.table(name).key(int(cell)) or name
                    what = f"{key} is in the group `{other}` already ({table.place(first)})"
                    raise Refusal(what, "leave every cell in one group")
                size[group] += first == row
        except Refusal as refusal:
            broken.add(group)
            yield from listed(table, [row], at, refusal.what, refusal.fix)
    for group, count in size.items():
        rows = np.flatnonzero(groups == group)
        first_row = rows[np.argmin(table.line[rows])]
        different = rows[factor[rows] != factor[first_row]]
        what = f"the group `{group}` has the correlation {factor[first_row]:g} in its first row"
        yield from listed(table, different, "correlation", what, "write the same correlation in every row of a group")
        if count == 1 and group not in broken:
            what = f"the group `{group}` has one uncertain cell: there is nothing it could be correlated with"
            yield from listed(table, [first_row], "group", what, "add a row, or remove the group", "warning")


def common_errors_name_columns(ctx: Context) -> Iterator[Problem]:
    """A common error is of a column with uncertain values, and of some that are there."""
    table = ctx.table("settings")
    known = [f"{name}.{column}" for name, schema in BELIEVED.items() for column in schema.value_columns]
    for stated in ctx.catalog.settings.dependence:
        where = table.place(0, f"dependence.{stated}")
        if stated not in known:
            otherwise = "write TABLE.COLUMN, such as `use_profiles.amount` or `reference_grid.level`"
            what = f"`{stated}` is not a column with uncertain values"
            yield Problem(where=where, what=what, fix=advise(stated, known, otherwise))
            continue
        name, column = stated.split(".")
        if not cells.correlatable(ctx.table(name).values[column]).any():
            what, fix = f"no value of `{stated}` is uncertain: there is no error to share", "remove the setting"
            yield Problem(where=where, what=what, fix=fix, severity="warning")


RULES = (
    options_can_be_read,
    options_change_something,
    option_names,
    correlations_name_cells,
    common_errors_name_columns,
)
