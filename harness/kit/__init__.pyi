from .checkpoints import part, scratch
from .dense_top_k import top_k
from .expansion import Expansions
from .frequent_seeds import FrequentSeeds
from .fusion import Candidates, Joined, fuse, join, reciprocal_ranks, standardised
from .inner_products import inner_product_scores, seeds_with_vectors, top_inner_products
from .neighbours import neighbour_scores, neighbour_top_k
from .numba_cache import compiled, compiled_fused, compiled_in_any_order
from .parallel import in_blocks, n_threads
from .playlist_index import PlaylistIndex
from .progress import Bar, step, track
from .queries import NearestPlaylists, SimilarTracks
from .randomness import generator, hashes, row_hashes
from .seed_order import order_of
from .seeds import in_random_order, is_member, without_seeds
from .sparse_products import sparse_scores, sparse_top_k
from .titles import normalise, title_key

__all__ = [
    "Bar",
    "Candidates",
    "Expansions",
    "FrequentSeeds",
    "Joined",
    "NearestPlaylists",
    "PlaylistIndex",
    "SimilarTracks",
    "compiled",
    "compiled_fused",
    "compiled_in_any_order",
    "fuse",
    "generator",
    "hashes",
    "in_blocks",
    "in_random_order",
    "inner_product_scores",
    "is_member",
    "join",
    "n_threads",
    "neighbour_scores",
    "neighbour_top_k",
    "normalise",
    "order_of",
    "part",
    "reciprocal_ranks",
    "row_hashes",
    "scratch",
    "seeds_with_vectors",
    "sparse_scores",
    "sparse_top_k",
    "standardised",
    "step",
    "title_key",
    "top_inner_products",
    "top_k",
    "track",
    "without_seeds",
]
