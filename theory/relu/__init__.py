"""Shallow ReLU networks in the kernel regime: their results, one function each."""

from theory.relu.expansion import kernel_expansion
from theory.relu.kernel import kernel

__all__ = ["kernel", "kernel_expansion"]
