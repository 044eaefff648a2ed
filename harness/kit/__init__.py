"""Building blocks for recommenders: neighbour search, inner products, top-k, fusion."""
