"""Category 12: end-of-life treatment of sold products."""

import numpy as np

Value = np.ndarray | float


def normalized(shares: list[Value]) -> list[Value]:
    """Divide shares by their sum."""
    total = sum(shares[1:], start=shares[0])
    return [share / total for share in shares]


def scale_to_mass(mass_kg: Value, parts_kg: list[Value]) -> Value:
    """Give the factor by which parts are scaled to a product's mass: their proportions stay."""
    return mass_kg / sum(parts_kg[1:], start=parts_kg[0])


def refrigerant_lost(charge_kg: Value, loss: Value, gwp: Value) -> Value:
    """Give what a unit's charge emits when it is discarded: charge · loss · GWP. [kg CO2e]"""
    return charge_kg * loss * gwp
