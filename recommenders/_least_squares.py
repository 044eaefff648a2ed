"""Alternating least squares: conjugate gradients for the rows of one side of a factorisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import harness

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Vectors = NDArray[np.float32]

STEPS = 3
"""Conjugate gradient steps per row and iteration, as in `implicit`."""

SOLVED = np.float32(1e-20)
"""Squared length of a residual below which no further step is taken."""

BLOCK = 512
"""Rows solved together; the last bits of the result depend on it."""


def solve_side(
    confidence: csr_array, vectors: Vectors, others: Vectors, penalties: Vectors, threads: int, what: str
) -> None:
    """Improve `vectors` in place; the vectors of the other side are fixed.

    Row x with confidence c of its entries and 1 elsewhere minimises::

        sum over columns of c * (p - x * y)^2 + penalty of the row * |x|^2

    Rows are independent and sums have a fixed order, so the result does not depend on `threads`.

    Args:
        confidence: c of the observed entries, (n, n_columns) CSR float32; p is 1 there and 0 elsewhere.
        vectors: (n, factors), the rows of this side; a row without entries becomes 0.
        others: (n_columns, factors), the rows of the other side.
        penalties: (n,) float32, above 0.
        threads: see `harness.kit.n_threads`.
        what: label of the progress bar.
    """
    from threadpoolctl import threadpool_limits

    indptr, indices, data = confidence.indptr.astype(np.int64), confidence.indices, confidence.data
    with threadpool_limits(1, "blas"):  # for a fixed order of sums
        gram = others.T @ others

        def rows(first: int, end: int) -> None:
            entries = _Entries(indptr[first : end + 1], indices, data)
            _solve_rows(entries, vectors[first:end], others, gram, penalties[first:end, None])

        harness.kit.in_blocks(rows, len(vectors), what, threads=threads, block=BLOCK)


class _Entries(NamedTuple):
    """Observed entries of n rows: row r has `indices[indptr[r]:indptr[r + 1]]` with confidence `data`."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: Vectors


def _solve_rows(entries: _Entries, x: Vectors, others: Vectors, gram: Vectors, penalties: Vectors) -> None:
    """Conjugate gradients on (Y'CY + penalty) x = Y'c, from the current x of each row, (n, factors)."""

    def multiply(rows: Vectors) -> Vectors:
        products: Vectors = rows @ gram
        products += penalties * rows
        _add_entries(entries, rows, others, products)
        return products

    x[np.diff(entries.indptr) == 0] = 0
    residual: Vectors = -multiply(x)
    _add_targets(entries, others, residual)
    direction, squared = residual.copy(), _squared(residual)
    for _ in range(STEPS):
        products = multiply(direction)
        curvature = np.einsum("ij,ij->i", direction, products)[:, None]
        step = np.where(squared > SOLVED, squared / np.maximum(curvature, SOLVED), np.float32(0))
        x += step * direction
        residual -= step * products
        before = squared
        squared = _squared(residual)
        growth = np.where(before > SOLVED, squared / np.maximum(before, SOLVED), np.float32(0))
        direction *= growth
        direction += residual


def _squared(rows: Vectors) -> Vectors:
    """Squared length of each row, (n, 1)."""
    squared: Vectors = np.einsum("ij,ij->i", rows, rows)[:, None]
    return squared


@harness.kit.compiled_fused
def _add_entries(entries: _Entries, rows: Vectors, others: Vectors, products: Vectors) -> None:
    """Add to each row's product the sum over its entries of (c - 1) y y' row."""
    for row in range(len(rows)):
        x, product = rows[row], products[row]
        for entry in range(entries.indptr[row], entries.indptr[row + 1]):
            y = others[entries.indices[entry]]
            total = np.float32(0)
            for factor in range(len(x)):
                total += y[factor] * x[factor]
            total *= entries.data[entry] - np.float32(1)
            for factor in range(len(x)):
                product[factor] += total * y[factor]


@harness.kit.compiled_fused
def _add_targets(entries: _Entries, others: Vectors, sums: Vectors) -> None:
    """Add to each row the sum over its entries of c y."""
    for row in range(len(sums)):
        for entry in range(entries.indptr[row], entries.indptr[row + 1]):
            y, c = others[entries.indices[entry]], entries.data[entry]
            for factor in range(len(y)):
                sums[row, factor] += c * y[factor]
