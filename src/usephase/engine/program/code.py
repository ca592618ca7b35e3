"""The operations of a tape.

A row holds `LANES` draws of one quantity; row 0 is scratch. An operation has a destination, two operands a and b, two
more integers lo and hi, and two constants c and d; operand −1 stands for the number 1. A list entry, of those from lo
to hi, has a coefficient q and eight integers, usually a target and up to three rows x, y, z.
"""

LANES = 128
"""Draws evaluated together: rows of a product stay in the second cache. Changes no figure."""
AGES = 150
"""Calendar years of a life, at most: `usephase.model.lifetime.LAST_YEAR`."""

(
    MULTIPLY,  # w[dst] = c·a·b
    DIVIDE,  # w[dst] = c·a/b
    ADD,  # w[dst] = c·a + d·b
    REST,  # w[dst] = max(c·a + d, 0)
    DOT,  # w[dst] = Σ q·x·y·z
    MANY,  # w[target] = q·x·y·z, for each entry
    MORE,  # w[target] += q·x·y·z, for each entry
    CHOOSE,  # w[dst] = q·x of the draw's scenario, the entries from lo on
    CLEAR,  # w[dst … dst + lo − 1] = 0
    HOLD,  # w[dst] += c·a·b
    ACCUMULATE,  # sums[dst] += c·a·b
    REGIONS,  # t = q·x·(c·a·y + d·b); sums[target] += t; w[dst] += t
    DRAW,  # w[x] = draws of cell `target`, for each entry
    LIFE,  # slot dst: Weibull lives of mean a and shape b, scrapped at age lo; w[hi] = mean life
    GIVEN_LIFE,  # slot dst: life number lo of those made beforehand; w[hi] = mean life
    POWER,  # slot dst = slot a · b ** max(age − lo, 0), retirements not copied
    YEARS,  # w[dst] = Σ slot a
    WEIGH,  # w[dst …] = Σ weights · slot a, for the series that the entries name in set b
    PARTS,  # w[dst … dst + 5] = Σ q · units · (a·s, b·s, (a + b)·l, f, g, h), entries (a, b, s, l, f, g, h, units)
    CALENDAR,  # sums[dst + age] += slot a · (Σ weights · rows + b); an entry is a set and its own range of entries
    AGEING,  # sums[dst + age] += c · (service, or retirements if lo = 1, of slot a) · b
    DATED,  # w[dst] = Σ retirements of slot a · w[b + min(age, lo)]
    CHARGE,  # slot dst = slot a of a hermetic charge that leaks w[b] a year: years of full charge, charge retired
    CALENDAR_DATED,  # sums[dst + age] += c · retirements of slot a · w[hi] · w[b + min(age, lo)]
    SCENARIO,  # from here on draws are in the scenario that cell dst says
) = range(25)
