"""What a catalog's own columns of products declare: which of them are aligned, circular, and what a unit brings."""

from typing import TYPE_CHECKING

import numpy as np

from usephase.catalog.values.cells import best_estimates
from usephase.report.disclosure.form import Answer, blank

if TYPE_CHECKING:
    from usephase.catalog.resolve import Resolved

PRICE = "price"
"""The column with what a unit brings: weighs products by revenue."""
_SAID = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def declared_share(resolved: "Resolved", flag: str, year: int, by: str) -> Answer:
    """Give the share of products sold in a year for which a column says yes. [%]

    Parameters
    ----------
    resolved : Resolved
    flag : str
        A column of products with yes or no; empty counts as no, and is told.
    year : int
        A sale year; units at their best estimates.
    by : {"units", "revenue"}
        What products weigh; revenue is units times the column `PRICE`, of the same currency everywhere.

    Returns
    -------
    Answer
        Blank, with the reason, where the columns do not say enough.
    """
    products = resolved.tables["products"].frame
    sales = resolved.tables["sales"]
    rows_sold = sales.frame[["product"]].assign(units=best_estimates(sales.values["units"]))
    units = rows_sold[sales.frame["year"] == year].groupby("product", sort=False, observed=True)["units"].sum()
    sold = {str(name): float(each) for name, each in units.items()}
    if not sum(sold.values()):
        return blank(f"The catalog has no sales of {year}.")
    wanted = (flag,) if by == "units" else (flag, PRICE)
    missing = [name for name in wanted if name not in products.columns]
    if missing:
        told = " and ".join(f"`{name}`" for name in missing)
        return blank(f"The company declares it: write {told} as a column of products ({_form(missing)}).")
    rows = products.set_index("product")
    stated = {name: str(rows.at[name, flag]).strip().casefold() for name in sold}
    odd = sorted(name for name, text in stated.items() if text not in _SAID)
    if odd:
        return blank(f"`{flag}` of {odd[0]} is neither yes nor no.")
    weight = np.array(list(sold.values()))
    if by == "revenue":
        prices = {name: str(rows.at[name, PRICE]).strip() for name in sold}
        try:
            weight = weight * np.array([float(text) for text in prices.values()])
        except ValueError:
            return blank(f"`{PRICE}` needs a number for every product sold in {year}.")
        if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
            return blank(f"`{PRICE}` needs a number of 0 or more for every product sold in {year}.")
    yes = np.array([_SAID[text] for text in stated.values()])
    silent = sum(not text for text in stated.values())
    note = "As the company declares it; no benchmark was applied."
    if silent:
        note += f" {silent} of {len(stated)} products state nothing and count as no."
    return Answer(100 * float(weight[yes].sum() / weight.sum()), note)


def _form(names: list[str]) -> str:
    forms = dict.fromkeys(names, "yes or no") | ({PRICE: "revenue a unit"} if PRICE in names else {})
    return ", ".join(forms.values())
