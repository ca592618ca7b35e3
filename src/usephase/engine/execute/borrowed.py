"""Arrays without a count of their owners.

Compiled code counts whoever holds an array, with an atomic operation each time: for every row that is looked at, more
than the arithmetic on its 128 draws takes. What is borrowed is not counted; its owner must outlive it.
"""

# mypy: disable-error-code="no-untyped-call, attr-defined"
# The compiler's own parts have no types.

from typing import Any

from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

_intrinsic: Any = intrinsic  # called without the compiler's own first argument


@_intrinsic
def borrowed(typingctx: Any, array: Any) -> Any:
    """Give an array that nothing counts; whoever calls keeps the array itself alive."""

    def codegen(context: Any, builder: Any, its: Any, args: Any) -> Any:
        own = make_array(array)(context, builder, args[0])
        out = make_array(array)(context, builder)
        for field in ("nitems", "itemsize", "data", "shape", "strides"):
            setattr(out, field, getattr(own, field))
        out.meminfo = cgutils.get_null_value(own.meminfo.type)
        out.parent = cgutils.get_null_value(own.parent.type)
        return out._getvalue()

    return signature(array, array), codegen
