"""Two settings of one recommender on the validation holdout, and the paired difference between them.

python examples/compare_settings.py [CORPUS]
"""

import sys

import polars as pl

import harness


def main(data: str = "synthetic") -> None:
    """Run item-knn with few and with many neighbours, show the leaderboard, and print each metric's difference."""
    task = harness.open_task(data)
    few, many = (harness.evaluate(task, "item-knn", {"neighbours": neighbours}) for neighbours in (10, 200))
    harness.show(harness.leaderboard())
    differences = harness.compare(many, few).to_polars()
    for row in differences.filter(pl.col("category").is_null()).iter_rows(named=True):
        interval = f"{row['low']:+.4f} to {row['high']:+.4f}"
        print(f"{row['metric']}: {row['difference']:+.4f} ({interval}, p {row['p']:.4f}) with 200 instead of 10")


if __name__ == "__main__":
    main(*sys.argv[1:])
