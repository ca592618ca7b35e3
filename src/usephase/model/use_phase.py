"""Category 11: use of sold products, the lifetime emissions of the units sold in a year."""

import numpy as np

Value = np.ndarray | float


def leaked(charge_kg: Value, annual_leak: Value, gwp: Value, charged_years: Value) -> Value:
    """Give the refrigerant emissions of a unit over its life: charge · leak · GWP · years of full charge. [kg CO2e]

    Years of full charge are Σ a_k where the charge is topped up, and Σ a_k (1 − leak)^k where it is not.
    """
    return charge_kg * annual_leak * gwp * charged_years
