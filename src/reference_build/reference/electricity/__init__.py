"""Electricity: what leaves the stacks and what comes before, from official factors and from the mix of generation."""
