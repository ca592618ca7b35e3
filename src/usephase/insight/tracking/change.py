"""Why a figure changed: the additive logarithmic mean Divisia index (LMDI-I), draw by draw."""

import numpy as np

Array = np.ndarray


def logarithmic_mean(a: Array, b: Array) -> Array:
    """Give the logarithmic mean (a − b)/ln(a/b) of amounts of 0 or more.

    Parameters
    ----------
    a, b : ndarray
        Amounts of one shape, or shapes that broadcast.

    Returns
    -------
    ndarray

    Notes
    -----
    L(a, a) = a; L(a, 0) = 0. Amounts that differ by less than a thousandth use the series of
    x/ln(1 + x), x = (a − b)/b, so that no digits cancel.

    References
    ----------
    B. W. Ang, "LMDI decomposition approach: a guide for implementation", Energy Policy 86 (2015).
    """
    a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    out = np.zeros(a.shape)
    both = (a > 0) & (b > 0)
    up, down = np.where(both, a, 1.0), np.where(both, b, 1.0)
    x = (up - down) / down
    near = np.abs(x) < 1e-3
    far = (up - down) / np.log(np.where(near, 2.0, up / down))
    small = np.where(near, x, 0.0)
    series = 1 + small * (1 / 2 + small * (-1 / 12 + small * (1 / 24 + small * (-19 / 720 + small * 3 / 160))))
    out[both] = np.where(near, down * series, far)[both]
    return out


def split(before: Array, after: Array) -> Array:
    """Split the change of a product of factors into what each factor does.

    Parameters
    ----------
    before, after : ndarray (link, …)
        A chain of amounts of 0 or more: each link is the one before it times a factor, and the first link is the
        first factor. The last link is the figure itself. A link that is 0 makes all after it 0.

    Returns
    -------
    ndarray (link, …)
        The contribution of each factor; their sum is ``after[-1] − before[-1]``.

    Notes
    -----
    The contribution of factor j is L(E₁, E₀) · ln(x_j₁/x_j₀), where x_j is link j over link j − 1. Where the figure
    appears or vanishes, the contribution is the limit of that for a small value in place of 0: the factor that is 0
    takes the whole change, the factors behind it, which have no value there, take none.

    References
    ----------
    B. W. Ang and N. Liu, "Handling zero values in the logarithmic mean Divisia index decomposition approach",
    Energy Policy 35 (2007): the analytical limits.
    """
    links = np.broadcast_shapes(np.shape(before), np.shape(after))
    before, after = np.broadcast_to(before, links), np.broadcast_to(after, links)
    out = np.zeros(links)
    there = (before[-1] > 0) & (after[-1] > 0)
    if there.all():  # nearly always: nothing to look for zeros in
        growth = np.log(after / before)
        growth[1:] -= growth[:-1].copy()
        return np.asarray(growth * logarithmic_mean(after[-1], before[-1]))
    mean = logarithmic_mean(np.where(there, after[-1], 0.0), np.where(there, before[-1], 0.0))
    change = after[-1] - before[-1]
    grown = np.zeros(links[1:])
    taken = there.copy()
    for j in range(links[0]):
        growth = np.log(np.where(there, after[j], 1.0) / np.where(there, before[j], 1.0))
        out[j] = mean * (growth - grown)
        grown = growth
        first_zero = ~taken & ((before[j] == 0) | (after[j] == 0))
        out[j][first_zero] = change[first_zero]
        taken |= first_zero
    return out
