"""Category 12: end-of-life treatment of sold products."""

import numpy as np

Value = np.ndarray | float


def normalized(shares: list[Value]) -> list[Value]:
    """Divide shares by their sum."""
    total = sum(shares[1:], start=shares[0])
    return [share / total for share in shares]


def refrigerant_lost(charge_kg: Value, loss: Value, gwp: Value) -> Value:
    """Give what a unit's charge emits when it is discarded: charge · loss · GWP. [kg CO2e]"""
    return charge_kg * loss * gwp
