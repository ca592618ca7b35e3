"""The words a reader sees for the effects of a change."""

EFFECT_WORDS = {
    "volume": "Units sold",
    "mix": "Mix sold",
    "energy_per_year": "Energy for the use",
    "lifetime": "Years of life",
    "use": "Use a year",
    "grid": "Grid, not credited",
    "fuels": "Fuel factors",
    "end_of_life": "End of life",
    "mass": "Mass of units",
    "refrigerants": "Refrigerants",
    "allocation": "Allocation",
    "method": "Method, recalculated",
    "factors": "Factor set, recalculated",
    "assumptions": "Assumptions, recalculated",
    "product_data": "Product data, recalculated",
    "sales_data": "Sales data, recalculated",
    "grid_observed": "Grid observed, not credited",
    "grid_forecast_revision": "Grid forecast revised",
}
