"""How every kernel is compiled: once per signature, kept on disk, without the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`function` compiled by Numba on its first call.

    Sums may be reordered and products fused (reassoc, nsz, contract), so that dot products vectorise;
    infinities and NaN keep their meaning.  The order is fixed at compile time: the same machine gives
    the same bits on any number of threads.  The disk cache of a kernel does not notice a change in a
    kernel it calls: after editing one, delete `numerics/kernels/__pycache__`.
    """
    decorate = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
    return cast(Function, decorate(function))


def strictly_compiled(function: Function) -> Function:
    """`function` compiled by Numba on its first call, every operation in the order and with the rounding written.

    So the bits are those of IEEE 754 on every processor, as long as nothing but + - * /, fma and sqrt is called.
    Dividing by zero gives an infinity or NaN.  Loops are fast where they are written in vectors
    (`numerics.kernels.vectors`).
    """
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
