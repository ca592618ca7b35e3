"""Elementary functions in single precision, for loops that the compiler runs sixteen lanes wide.

Numba widens a 32-bit number that meets a literal or a 32-bit integer that is added to another one, and a loop that
widens runs at half its speed: constants are float32, and bits are handled inside intrinsics.

References
----------
M. Giles, "Approximating the erfinv function", GPU Computing Gems, Jade edition (2011), chapter 10.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

F = np.float32
_ROUND = F(12582912.0)  # 1.5 · 2^23: adding it rounds to an integer, kept in the low bits
_LOG2E = F(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = F(0.693359375), F(-2.12194440054690583e-4)
_SQRT_HALF_BITS = 0x3F3504F3
_MANTISSA = 0x007FFFFF
ONE, TWO, HALF, ZERO = F(1.0), F(2.0), F(0.5), F(0.0)
_LEAST, _MOST = F(-87.0), F(88.0)
# Taylor's series of the exponential on ±ln 2 / 2: the next term is below 2e-8 of it.
_B6, _B5, _B4 = F(1.540353039338161e-04), F(1.333355814642844e-03), F(9.618129107628477e-03)  # of 2ʳ: (ln 2)ⁿ/n!
_B3, _B2, _B1 = F(5.550410866482158e-02), F(2.402265069591007e-01), F(6.931471805599453e-01)
_LOWEST, _HIGHEST = F(-126.0), F(127.0)
_E7, _E6, _E5, _E4, _E3 = F(1 / 5040), F(1 / 720), F(1 / 120), F(1 / 24), F(1 / 6)
# ln((1 + f)/(1 − f)) = 2f + f³ · series in f², |f| < 0.1716
_L4, _L3, _L2, _L1, _L0 = F(2 / 11), F(2 / 9), F(2 / 7), F(2 / 5), F(2 / 3)
_FOUR, _SPLIT, _MIDDLE, _FAR = F(4.0), F(6.25), F(2.5), F(3.5)
# Φ⁻¹(u)/(2u − 1) by w = −ln 4u(1 − u), as in Giles, fitted anew (least greatest relative error, 8e-8 and 3e-7): in
# w − 2.5 up to w = 6.25, in √w − 3.5 from there to w = 23.
_N0, _N1, _N2, _N3 = F(2.12331343), F(0.348802537), F(-0.005907516), F(-0.00177254458)
_N4, _N5, _N6, _N7 = F(0.000308576797), F(-6.57933015e-06), F(-4.83747908e-06), F(5.77102639e-07)
_N8, _N9 = F(2.79081505e-08), F(-7.15580439e-09)
_T0, _T1, _T2, _T3 = F(4.71708822), F(1.42462742), F(0.0046575414), F(-0.00285412744)
_T4, _T5, _T6, _T7 = F(0.00144390133), F(-0.00109921966), F(0.000776892586), F(-0.000232250706)
_intrinsic: Any = intrinsic  # called without the compiler's own first argument


@_intrinsic
def _power_of_two(typingctx: Any, t: Any) -> Any:
    """Give 2ⁿ of a number n to which `_ROUND` was added."""
    from llvmlite import ir

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = ir.IntType(32)
        bits = builder.shl(builder.bitcast(args[0], whole), whole(23))
        return builder.bitcast(builder.add(bits, whole(127 << 23)), ir.FloatType())

    return types.float32(types.float32), codegen


@_intrinsic
def _exponent(typingctx: Any, x: Any) -> Any:
    """Give n of x = 2ⁿ m, √½ ≤ m < √2."""
    from llvmlite import ir

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = ir.IntType(32)
        bits = builder.sub(builder.bitcast(args[0], whole), whole(_SQRT_HALF_BITS))
        return builder.sitofp(builder.ashr(bits, whole(23)), ir.FloatType())

    return types.float32(types.float32), codegen


@_intrinsic
def _mantissa(typingctx: Any, x: Any) -> Any:
    """Give m of x = 2ⁿ m, √½ ≤ m < √2."""
    from llvmlite import ir

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = ir.IntType(32)
        bits = builder.sub(builder.bitcast(args[0], whole), whole(_SQRT_HALF_BITS))
        kept = builder.and_(bits, whole(_MANTISSA))
        return builder.bitcast(builder.add(kept, whole(_SQRT_HALF_BITS)), ir.FloatType())

    return types.float32(types.float32), codegen


@njit(inline="always", error_model="numpy")
def exp(x: Any) -> Any:
    """Give eˣ; relative error below 3e-7 for −87 ≤ x ≤ 88, held at the ends outside."""
    x = min(max(x, _LEAST), _MOST)
    t = x * _LOG2E + _ROUND
    n = t - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    p = _E7 * r + _E6
    p = p * r + _E5
    p = p * r + _E4
    p = p * r + _E3
    p = p * r + HALF
    p = p * r + ONE
    p = p * r + ONE
    return p * _power_of_two(t)


@njit(inline="always", error_model="numpy")
def exp2(x: Any) -> Any:
    """Give 2ˣ; relative error below 3e-7 for −126 ≤ x ≤ 127, held at the ends outside."""
    x = min(max(x, _LOWEST), _HIGHEST)
    t = x + _ROUND
    r = x - (t - _ROUND)
    p = _B6 * r + _B5
    p = p * r + _B4
    p = p * r + _B3
    p = p * r + _B2
    p = p * r + _B1
    p = p * r + ONE
    return p * _power_of_two(t)


@njit(inline="always", error_model="numpy")
def log(x: Any) -> Any:
    """Give ln x for x > 0, normal; absolute error below 1e-7 near 1, relative below 3e-7 elsewhere."""
    n = _exponent(x)
    m = _mantissa(x)
    f = (m - ONE) / (m + ONE)
    w = f * f
    p = _L4 * w + _L3
    p = p * w + _L2
    p = p * w + _L1
    p = p * w + _L0
    return n * _LN2_HIGH + (n * _LN2_LOW + (f * (w * p) + TWO * f))


@njit(inline="always", error_model="numpy")
def normal_quantile(below: Any, above: Any) -> Any:
    """Give Φ⁻¹(below), above = 1 − below, both ≥ 1e-15; error below 6e-7 of max(1, |Φ⁻¹|).

    Two arguments, because neither tail is lost then.
    """
    w = -log(_FOUR * below * above)
    s = w - _MIDDLE
    p = _N9 * s + _N8
    p = p * s + _N7
    p = p * s + _N6
    p = p * s + _N5
    p = p * s + _N4
    p = p * s + _N3
    p = p * s + _N2
    p = p * s + _N1
    p = p * s + _N0
    s = np.sqrt(max(w, ZERO)) - _FAR
    q = _T7 * s + _T6
    q = q * s + _T5
    q = q * s + _T4
    q = q * s + _T3
    q = q * s + _T2
    q = q * s + _T1
    q = q * s + _T0
    return (p if w < _SPLIT else q) * (below - above)
