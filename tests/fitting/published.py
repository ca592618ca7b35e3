"""Published data sets, with what was printed of their fits."""

import numpy as np

INF = np.inf

# NIST/SEMATECH e-Handbook of Statistical Methods, 8.4.1.3: 20 units on test, 10 still alive at 500 h.
NIST = [54, 187, 216, 240, 244, 335, 361, 373, 375, 386]
# M. Reid, reliability (Python), "Fitting a specific distribution to data", example 1.
COMPLETE = [
    58, 75, 36, 52, 63, 65, 22, 17, 28, 64, 23, 40, 73, 45, 52, 36, 52, 60, 13, 55, 82, 55, 34, 57, 23, 42, 66, 35, 34,
    25,
]  # fmt: skip
# NAG library, routine g07be, example 1.
NAG = [1.1, 1.4, 1.3, 1.7, 1.9, 1.8, 1.6, 2.2, 1.7, 2.7, 4.1, 1.8, 1.5, 1.2, 1.4, 3.0, 1.7, 2.3, 1.6, 2.0]
# Lieblein and Zelen 1956, in Lawless, Statistical Models and Methods for Lifetime Data (2003), ex. 5.2.2 and 5.3.
BEARINGS = [
    17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80, 68.64, 68.64, 68.88, 84.12,
    93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40,
]  # fmt: skip
# O'Connor 1985, in Meeker and Escobar, Statistical Methods for Reliability Data (1998), table C.2 and ch. 8. [km]
SHOCK_FAILED = [6700, 9120, 12200, 13150, 14300, 17520, 20100, 20900, 22700, 26510, 27490]
SHOCK_ALIVE = [
    6950, 7820, 8790, 9660, 9820, 11310, 11690, 11850, 11880, 12140, 12870, 13330, 13470, 14040, 17540, 17890, 18450,
    18960, 18980, 19410, 20100, 20150, 20320, 23490, 27410, 27890, 28100,
]  # fmt: skip
# Bearing cages, staggered entry, counts: Abernethy et al. 1983, in Meeker and Escobar, ch. 8. [h]
CAGE_FAILED = [230, 334, 423, 990, 1009, 1510]
CAGE_ALIVE = {
    50: 288, 150: 148, 250: 124, 350: 111, 450: 106, 550: 99, 650: 110, 750: 114, 850: 119, 950: 127, 1050: 123,
    1150: 93, 1250: 47, 1350: 41, 1450: 27, 1550: 11, 1650: 6, 1850: 1, 2050: 2,
}  # fmt: skip
# Locomotive controls, 59 of 96 alive at 135,000 miles: Nelson 1982, in Lawless (2003), ex. 5.3.
LOCOMOTIVE = [
    22.5, 37.5, 46.0, 48.5, 51.5, 53.0, 54.5, 57.5, 66.5, 68.0, 69.5, 76.5, 77.0, 78.5, 80.0, 81.5, 82.0, 83.0, 84.0,
    91.5, 93.5, 102.5, 107.0, 108.5, 112.5, 113.5, 116.0, 117.0, 118.5, 119.0, 120.0, 122.5, 123.0, 127.5, 131.0, 132.5,
    134.0,
]  # fmt: skip
# 167 turbine parts, cracks found at inspections: Nelson 1982, p. 415; SAS/QC user's guide, PROC RELIABILITY. [months]
CRACKS_AT = [6.12, 19.92, 29.64, 35.40, 39.72, 45.24, 52.32, 63.48]
CRACKS = [5, 16, 12, 18, 18, 2, 6, 17]
# Integrated circuits, 28 of 4,156 failed by 1,370 h: Meeker, Technometrics 29 (1987) 51-65.
CIRCUITS = [
    0.1, 0.1, 0.15, 0.6, 0.8, 0.8, 1.2, 2.5, 3, 4, 4, 6, 10, 10, 12.5, 20, 20, 43, 43, 48, 48, 54, 74, 84, 94, 168, 263,
    593,
]  # fmt: skip
# Field failures of units that had survived a burn-in of 5,000 h: Tobias and Trindade, Applied Reliability, 3rd ed.
# (2012), ex. 4.6; hours after the burn-in, 69 alive at 15,000. Lifelines 0.30.3 and SurPyval 0.25 both give 40,432 h
# and 0.7449 for a Weibull life.
BURNT_IN = [
    454, 620, 974, 1063, 1265, 1936, 2351, 2364, 2976, 3095, 3381, 3475, 4055, 5592, 5641, 5765, 5822, 7913, 8660, 8682,
    8999, 9002, 9712, 9960, 10338, 11337, 11368, 11904, 12210, 12776, 12859, 14036,
]  # fmt: skip
# GUM (JCGM 100:2008), table 1: 20 readings of a temperature. [degC]
GUM_READINGS = [
    96.90, 98.18, 98.25, 98.61, 99.03, 99.49, 99.56, 99.74, 99.89, 100.07, 100.33, 100.42, 100.68, 100.95, 101.11,
    101.20, 101.57, 101.84, 102.36, 102.72,
]  # fmt: skip
