"""Category 11: use of sold products, the lifetime emissions of the units sold in a year."""

import numpy as np

Array = np.ndarray


def used_years(service: Array, annual_change: Array) -> Array:
    """Weigh years in service by how much a unit of that age is used: a_k (1 + c)^k. Shape (year, draw). [yr]"""
    if np.ndim(annual_change) == 0 and annual_change == 0:
        return service
    ages = np.arange(len(service), dtype=float)[:, None]
    return np.asarray(service * np.power(1 + annual_change, ages), dtype=service.dtype)


def sum_over_ages(used: Array, factors: Array) -> Array:
    """Sum a_k (1 + c)^k · F(y + k) over the ages, in order.

    Parameters
    ----------
    used : ndarray (year, draw)
        Years of use at each age. [yr]
    factors : ndarray (year, draw) or (year, 1)
        Factor of each calendar year from the sale year on. [kg/kWh]
    """
    total = used[0] * factors[0]
    for k in range(1, len(used)):
        total = total + used[k] * factors[k]
    return total


def leaked(charge_kg: Array, annual_leak: Array, gwp: Array, life_years: Array) -> Array:
    """Give the refrigerant emissions of a unit over its life: charge · leak · GWP · Σ a_k. [kg CO2e]"""
    return charge_kg * annual_leak * gwp * life_years
