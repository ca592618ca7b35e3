"""Category 11: use of sold products, the lifetime emissions of the units sold in a year."""

import numpy as np

Array = np.ndarray
Value = np.ndarray | float


def used_years(service: Array, annual_change: Value) -> Array:
    """Weigh years in service by how much a unit of that age is used: a_k (1 + c)^k. Shape (year, draw). [yr]"""
    if np.ndim(annual_change) == 0 and annual_change == 0:
        return service
    ages = np.arange(float(len(service)))[:, None]
    return np.asarray(service * np.power(1 + annual_change, ages), dtype=service.dtype)


def leaked(charge_kg: Value, annual_leak: Value, gwp: Value, life_years: Value) -> Value:
    """Give the refrigerant emissions of a unit over its life: charge · leak · GWP · Σ a_k. [kg CO2e]"""
    return charge_kg * annual_leak * gwp * life_years
