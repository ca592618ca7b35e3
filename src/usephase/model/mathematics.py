"""Elementary functions that the compiler can vectorize: numba's own call a scalar library.

Multiply-adds that are rounded once are written out as `fma`; nothing is left to the compiler to fuse. So the bits are
the same on every processor and whoever calls, and do not depend on what was compiled before.

Each is a polynomial or rational approximation in double precision; the tests hold the errors that the docstrings
state. Inputs are ordinary finite numbers.

References
----------
M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
"""

import math
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

_ROUND = 6755399441055744.0  # 1.5 · 2^52: adding it rounds to an integer, kept in the low bits
_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_intrinsic: Any = intrinsic  # called without the compiler's own first argument


@_intrinsic
def bits(typingctx: Any, x: Any) -> Any:
    """Read a double's bits as an integer."""
    from llvmlite import ir

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@_intrinsic
def _double(typingctx: Any, x: Any) -> Any:
    """Read an integer's bits as a double."""
    from llvmlite import ir

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@_intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Give a·b + c, rounded once."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


@njit(inline="always", error_model="numpy")
def exp(x: float) -> float:
    """Give eˣ; relative error below 4e-16 for −708 ≤ x ≤ 709, held at the ends outside."""
    x = min(max(x, -708.0), 709.0)
    t = fma(x, _LOG2E, _ROUND)
    n = t - _ROUND
    r = fma(-n, _LN2_LOW, fma(-n, _LN2_HIGH, x))
    p = 1.6059043836821613e-10
    p = fma(p, r, 2.08767569878681e-09)
    p = fma(p, r, 2.505210838544172e-08)
    p = fma(p, r, 2.755731922398589e-07)
    p = fma(p, r, 2.7557319223985893e-06)
    p = fma(p, r, 2.48015873015873e-05)
    p = fma(p, r, 0.0001984126984126984)
    p = fma(p, r, 0.001388888888888889)
    p = fma(p, r, 0.008333333333333333)
    p = fma(p, r, 0.041666666666666664)
    p = fma(p, r, 0.16666666666666666)
    p = fma(p, r, 0.5)
    p = fma(p, r, 1.0)
    p = fma(p, r, 1.0)
    return p * _double((bits(t) + 1023) << 52)


@njit(inline="always", error_model="numpy")
def log(x: float) -> float:
    """Give ln x for x > 0, normal; absolute error below 4e-16 near 1, relative below 4e-16 elsewhere."""
    b = bits(x)
    e = (b - _SQRT_HALF_BITS) >> 52
    m = _double(b - (e << 52))
    f = (m - 1.0) / (m + 1.0)
    w = f * f
    p = 0.08695652173913043
    p = fma(p, w, 0.09523809523809523)
    p = fma(p, w, 0.10526315789473684)
    p = fma(p, w, 0.11764705882352941)
    p = fma(p, w, 0.13333333333333333)
    p = fma(p, w, 0.15384615384615385)
    p = fma(p, w, 0.18181818181818182)
    p = fma(p, w, 0.2222222222222222)
    p = fma(p, w, 0.2857142857142857)
    p = fma(p, w, 0.4)
    p = fma(p, w, 0.6666666666666666)
    n = float(e)
    return fma(n, _LN2_HIGH, fma(n, _LN2_LOW, fma(f, w * p, 2.0 * f)))


@njit(inline="always", error_model="numpy")
def middle_quantile(q: float) -> float:
    """Give Φ⁻¹(½ + q) for |q| ≤ 0.425."""
    w = fma(-q, q, 0.180625)
    n = 2509.0809287301226727
    n = fma(n, w, 33430.575583588128105)
    n = fma(n, w, 67265.770927008700853)
    n = fma(n, w, 45921.953931549871457)
    n = fma(n, w, 13731.693765509461125)
    n = fma(n, w, 1971.5909503065514427)
    n = fma(n, w, 133.14166789178437745)
    n = fma(n, w, 3.387132872796366608)
    d = 5226.495278852854561
    d = fma(d, w, 28729.085735721942674)
    d = fma(d, w, 39307.89580009271061)
    d = fma(d, w, 21213.794301586595867)
    d = fma(d, w, 5394.1960214247511077)
    d = fma(d, w, 687.1870074920579083)
    d = fma(d, w, 42.313330701600911252)
    d = fma(d, w, 1.0)
    return q * n / d


@njit(inline="always", error_model="numpy")
def near_tail(r: float) -> float:
    """Give −Φ⁻¹(e^(−r²)) for r ≤ 5."""
    s = r - 1.6
    n = 7.74545014278341407640e-4
    n = fma(n, s, 2.27238449892691845833e-2)
    n = fma(n, s, 2.41780725177450611770e-1)
    n = fma(n, s, 1.27045825245236838258)
    n = fma(n, s, 3.64784832476320460504)
    n = fma(n, s, 5.76949722146069140550)
    n = fma(n, s, 4.63033784615654529590)
    n = fma(n, s, 1.42343711074968357734)
    d = 1.05075007164441684324e-9
    d = fma(d, s, 5.47593808499534494600e-4)
    d = fma(d, s, 1.51986665636164571966e-2)
    d = fma(d, s, 1.48103976427480074590e-1)
    d = fma(d, s, 6.89767334985100004550e-1)
    d = fma(d, s, 1.67638483018380384940)
    d = fma(d, s, 2.05319162663775882187)
    d = fma(d, s, 1.0)
    return n / d


@njit(inline="always", error_model="numpy")
def _tail(u: float) -> float:
    """Give √(−ln) of the distance to the nearer end."""
    return math.sqrt(-log(max(min(u, 1.0 - u), 1e-300)))


@njit(inline="always", error_model="numpy")
def normal_quantile(u: float) -> float:
    """Give Φ⁻¹(u) for 1e-16 < u < 1; relative error below 1e-14 (algorithm AS 241)."""
    q, r = u - 0.5, _tail(u)
    s = r - 5.0
    n = 2.01033439929228813265e-7
    n = fma(n, s, 2.71155556874348757815e-5)
    n = fma(n, s, 1.24266094738807843860e-3)
    n = fma(n, s, 2.65321895265761230930e-2)
    n = fma(n, s, 2.96560571828504891230e-1)
    n = fma(n, s, 1.78482653991729133580)
    n = fma(n, s, 5.46378491116411436990)
    n = fma(n, s, 6.65790464350110377720)
    d = 2.04426310338993978564e-15
    d = fma(d, s, 1.42151175831644588870e-7)
    d = fma(d, s, 1.84631831751005468180e-5)
    d = fma(d, s, 7.86869131145613259100e-4)
    d = fma(d, s, 1.48753612908506148525e-2)
    d = fma(d, s, 1.36929880922735805310e-1)
    d = fma(d, s, 5.99832206555887937690e-1)
    d = fma(d, s, 1.0)
    outer = near_tail(r) if r <= 5.0 else n / d
    outer = -outer if q < 0.0 else outer
    return middle_quantile(q) if abs(q) <= 0.425 else outer


@njit(inline="always", error_model="numpy")
def normal_quantile_within(u: float) -> float:
    """Give Φ⁻¹(u) for 2e-11 < u < 1 − 2e-11: `normal_quantile` without its far tail, the same bits."""
    q = u - 0.5
    near = near_tail(_tail(u))
    outer = -near if q < 0.0 else near
    return middle_quantile(q) if abs(q) <= 0.425 else outer


@njit(inline="always", error_model="numpy")
def log_gamma(x: float) -> float:
    """Give ln Γ(x) for x ≥ 1; absolute error below 4e-15·max(1, ln Γ(x + 8)): Stirling's series at x + 8."""
    rising = x * (x + 1.0) * (x + 2.0) * (x + 3.0) * (x + 4.0) * (x + 5.0) * (x + 6.0) * (x + 7.0)
    y = x + 8.0
    w = 1.0 / (y * y)
    p = -0.029550653594771242
    p = fma(p, w, 0.00641025641025641)
    p = fma(p, w, -0.0019175269175269176)
    p = fma(p, w, 0.0008417508417508417)
    p = fma(p, w, -0.0005952380952380953)
    p = fma(p, w, 0.0007936507936507937)
    p = fma(p, w, -0.002777777777777778)
    p = fma(p, w, 0.08333333333333333)
    return fma(y - 0.5, log(y), -y) + 0.9189385332046728 + p / y - log(rising)
