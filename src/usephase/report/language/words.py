"""The words a reader sees for the labels of figures."""

from usephase.report.language import language

LEDGERS = {
    "category_11": "Category 11, use of sold products",
    "category_12": "Category 12, end-of-life treatment of sold products",
    "total": "Category 11 + 12",
    "avoided": "Avoided emissions",
    "biogenic_co2": "Biogenic CO2",
}
SHORT_LEDGERS = {
    "category_11": "Category 11, use of sold products",
    "category_12": "Category 12, end-of-life treatment",
}
PHASES = {"direct": "Direct use", "indirect": "Indirect use", "maintenance": "Maintenance"}
BASES = {"projected": "Projected grid", "frozen": "Frozen grid"}
BOUNDARIES = {"minimum": "Minimum boundary", "life_cycle": "Life-cycle boundary"}
COMPONENTS = {
    "generation": "Electricity: generation",
    "losses": "Electricity: network losses",
    "upstream": "Electricity: fuel supply",
    "combustion": "Fuel: combustion",
    "fuel_upstream": "Fuel: supply",
    "refrigerant": "Refrigerant leaked in use",
}
ROUTES = {"refrigerant": "Refrigerant released at the end"}
PARTS = {"category_11": COMPONENTS, "category_12": ROUTES}
GROUPINGS = {
    "product": "Product",
    "family": "Family",
    "region": "Region",
    "segment": "Segment",
    "component": "Component",
    "mode": "Mode",
    "material": "Material",
    "calendar_year": "Calendar year",
    "coverage": "Coverage",
}
PLURALS = {"product": "Products", "family": "Families", "region": "Regions"}
DESIGNS = {
    "quasi": "quasi (scrambled Sobol sequence)",
    "latin_hypercube": "Latin hypercube",
    "random": "random",
}


def chance(share: float, draws: int | None) -> str:
    """Write a probability, such as ``in all 256 draws``, with plain spaces; see `Language.chance`."""
    return language().chance(share, draws).replace("\N{NO-BREAK SPACE}", " ")


def rounded() -> str:
    """Say why parts, as shown, do not add up to their sum as shown."""
    return f"  {language()('number.rounded')}"


def in_draws(share: float, draws: int) -> str:
    """Write a probability as it stands in a sentence, with plain spaces."""
    return language().in_draws(share, draws).replace("\N{NO-BREAK SPACE}", " ")


def word(words: dict[str, str], label: str) -> str:
    """Give a label's word; a label without one (a route, a user's own) is its own word, first letter large."""
    return words.get(label) or (label[:1].upper() + label[1:].replace("_", " "))
