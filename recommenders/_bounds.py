"""Bounds that hyper-parameters of several recommenders share."""

from typing import Annotated

import harness

INT32_MAX = 2**31 - 1

Positive = Annotated[int, harness.Bounds(ge=1, le=INT32_MAX)]
"""At least 1; the upper bound is that of the kernels' integers."""
NonNegative = Annotated[int, harness.Bounds(ge=0, le=INT32_MAX)]
"""At least 0, likewise."""
Seed = Annotated[int, harness.Bounds(ge=0, le=2**32 - 1)]
"""A seed that NumPy's and scikit-learn's generators take."""
