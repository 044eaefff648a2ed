"""Targets of the calibration: aggregate figures of the Million Playlist Dataset and of samples of it.

Sources: OFF, the official statistics; MG, the first 4,000 playlists; S, 7,071 of its playlists with ten
followers or more; S', 3,503 of those with their titles; P, 50,446 of its playlists cut to frequent tracks
and 100 entries; CH, the official challenge; B, a study of the whole. Tolerances are the sampling error and
the bias of the sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """One figure of the MPD.

    Attributes:
        corpus: part of a corpus that is measured, a key of `calibration.PARTS`.
        name: name of the measure.
        value: value of the MPD.
        tolerance: allowed difference of a corpus.
        kind: `relative` if the tolerance is a share of the value, `absolute` if it is a difference.
        source: source of the value.
    """

    corpus: str
    name: str
    value: float
    tolerance: float
    kind: Literal["relative", "absolute"]
    source: str

    @property
    def allowed(self) -> float:
        """The largest allowed difference."""
        return self.tolerance * abs(self.value) if self.kind == "relative" else self.tolerance


@dataclass(frozen=True, slots=True)
class Band:
    """Expected range of a recommender's mean NDCG.

    Attributes:
        recommender: registered name.
        categories: categories of the challenge whose playlists count; all if empty.
        low: lower end of the range.
        high: upper end of the range.
        n_playlists: size of the corpus for which the range holds; for another size it is approximate.
    """

    recommender: str
    categories: tuple[int, ...]
    low: float
    high: float
    n_playlists: int = 1_000_000


def _targets(
    corpus: str, source: str, tolerance: float, values: dict[str, float], *, absolute: bool = False
) -> tuple[Target, ...]:
    kind: Literal["relative", "absolute"] = "absolute" if absolute else "relative"
    return tuple(Target(corpus, name, value, tolerance, kind, source) for name, value in values.items())


ANY, MILLION, FEW, NAMED = "any", "1,000,000", "first 4,000", "first 8,000"
FOLLOWED, CUT = "7,071 followed", "50,000 cut"

_LENGTHS = (
    *_targets(ANY, "OFF", 0.02, {"length: mean": 66.35}),
    *_targets(
        ANY,
        "B",
        2,
        {"length: lower quartile": 26, "length: median": 49, "length: upper quartile": 92},
        absolute=True,
    ),
    *_targets(ANY, "OFF", 0, {"length: least": 5, "length: most": 250}),
    *_targets(
        ANY,
        "OFF",
        0.10,
        {
            f"share of length {n}": share
            for n, share in {12: 0.0120, 15: 0.0142, 20: 0.0151, 25: 0.0130, 31: 0.0119}.items()
        },
    ),
)

_POPULARITY = (
    *_targets(MILLION, "OFF", 0.15, {"tracks": 2_262_292, "albums": 734_684, "artists": 295_860}),
    *_targets(FEW, "MG", 0.05, {"4,000: entries": 266_386, "4,000: tracks": 93_139}),
    *_targets(
        FEW,
        "MG",
        0.02,
        {"4,000: tracks that occur once": 0.667, "4,000: tracks that occur up to 5 times": 0.910},
        absolute=True,
    ),
    *_targets(FEW, "MG", 0.01, {"4,000: entries in the top 0.1 %": 0.037}, absolute=True),
    *_targets(FEW, "MG", 0.02, {"4,000: entries in the top 1 %": 0.191}, absolute=True),
    *_targets(FEW, "MG", 0.03, {"4,000: entries in the top 10 %": 0.552}, absolute=True),
    *_targets(
        FEW,
        "MG",
        0.04,
        {"4,000: slope, ranks 10 to 100": -0.24, "4,000: slope, ranks 100 to 1,000": -0.42},
        absolute=True,
    ),
    *_targets(FEW, "MG", 0.08, {"4,000: slope, ranks 1,000 to 10,000": -0.89}, absolute=True),
    *_targets(
        FOLLOWED,
        "S",
        0.03,
        {"growth of tracks, 500 to 1,000": 0.77, "growth of tracks, 4,000 to 7,000": 0.66},
        absolute=True,
    ),
    *_targets(MILLION, "OFF", 0.03, {"growth of tracks, 4,000 to all": 0.578}, absolute=True),
    *_targets(
        ANY,
        "OFF",
        0.10,
        {
            "playlists with track 1": 0.0466,
            "playlists with track 10": 0.0349,
            "playlists with track 20": 0.0305,
        },
    ),
    *_targets(
        MILLION,
        "OFF",
        0.25,
        {"entries of artist 1": 847_160, "entries of artist 2": 413_297, "entries of artist 20": 185_520},
    ),
)

_ORDER = (
    *_targets(ANY, "B", 0.05, {"albums a playlist: mean": 49.6, "albums a playlist: median": 37}),
    *_targets(
        FOLLOWED,
        "S",
        0.04,
        {"artists / length: mean": 0.608, "artists / length: p10": 0.27, "artists / length: p90": 0.92},
        absolute=True,
    ),
    *_targets(FOLLOWED, "S", 0.10, {"effective artists": 44.6}),
    *_targets(CUT, "P", 0.10, {"effective artists": 18.8}),
    *_targets(
        FOLLOWED,
        "S",
        0.20,
        {
            "two tracks by one artist: mean": 0.064,
            "two tracks by one artist: median": 0.017,
            "two tracks by one artist: p90": 0.123,
        },
    ),
    *_targets(
        FOLLOWED,
        "S",
        0.15,
        {
            "neighbours by one artist: mean": 0.206,
            "neighbours by one artist: median": 0.118,
            "neighbours by one artist: p90": 0.567,
        },
    ),
    *_targets(
        FOLLOWED,
        "S",
        0.20,
        {
            f"one artist at distance {distance}": share
            for distance, share in {
                1: 0.233,
                2: 0.167,
                3: 0.135,
                5: 0.103,
                10: 0.072,
                20: 0.054,
                50: 0.044,
                100: 0.038,
            }.items()
        },
    ),
    *_targets(NAMED, "CH", 0.30, {"one artist, first 25": 0.121, "one artist, random 25": 0.032}),
    *_targets(FOLLOWED, "sample of 37", 0.25, {"two tracks of one album": 0.019, "neighbours of one album": 0.094}),
    *_targets(CUT, "P", 0.25, {"two tracks of one album": 0.023, "neighbours of one album": 0.087}),
    *_targets(FOLLOWED, "S", 0.25, {"a track twice: playlists": 0.376, "a track twice: entries": 0.0143}),
)

_LIKENESS = (
    *_targets(
        FOLLOWED,
        "S",
        0.20,
        {
            "pairs: common tracks": 0.493,
            "pairs: one or more": 0.139,
            "pairs: five or more": 0.029,
            "pairs: cosine": 0.0043,
            "neighbour 1: cosine": 0.189,
            "neighbour 10: cosine": 0.107,
            "neighbour 100: cosine": 0.047,
            "neighbour 1: p10": 0.06,
            "neighbour 1: p99": 0.82,
        },
    ),
    *_targets(
        FOLLOWED,
        "S",
        0.15,
        {
            f"singular value {k} / first": share
            for k, share in {2: 0.845, 3: 0.705, 5: 0.615, 10: 0.53, 20: 0.407, 50: 0.313}.items()
        },
    ),
    *_targets(FOLLOWED, "S", 0.15, {"energy in the first 50": 0.085}),
    *_targets(
        FOLLOWED,
        "S",
        0.25,
        {
            "same title: cosine of tracks": 0.051,
            "same title: cosine of artists": 0.122,
            "any pair: cosine of artists": 0.022,
        },
    ),
)

_TITLES = (
    *_targets(
        NAMED,
        "CH",
        0.10,
        {
            f"distinct titles of {n:,}": count
            for n, count in {500: 401, 1_000: 710, 2_000: 1_231, 4_000: 2_089, 8_000: 3_436}.items()
        },
    ),
    *_targets(
        MILLION,
        "OFF",
        0.15,
        {
            "titles: raw": 92_944,
            "titles: normalised": 17_381,
            "titles: the commonest": 0.01,
            "titles: the second": 0.01,
        },
    ),
    *_targets(
        NAMED,
        "CH",
        0.30,
        {
            "titles: emoji": 0.020,
            "titles: non-ASCII": 0.022,
            "titles: blanks at an end": 0.069,
            "titles: digits": 0.087,
            "titles: quote": 0.021,
        },
    ),
    *_targets(
        NAMED,
        "CH",
        0.05,
        {"titles: lower case": 0.37, "titles: title case": 0.46, "titles: upper case": 0.07},
        absolute=True,
    ),
)

_TITLE_WORDS = _targets(
    NAMED,
    "S'",
    0.30,
    {"title words: the commonest": 0.0320, "title words: the second": 0.0265, "title words: the tenth": 0.0146},
)

_FIGURES = (
    *_targets(
        MILLION,
        "OFF",
        0.05,
        {
            "followers: 1": 754_219,
            "followers: 2": 149_600,
            "followers: 3": 46_939,
            "followers: 4": 19_591,
            "followers: 5": 9_813,
            "followers: 10": 1_006,
            "followers: most": 71_643,
        },
    ),
    *_targets(ANY, "S", 0.10, {"edits: constant": -1.08, "edits: slope": 0.925, "edits: residual sd": 0.87}),
    *_targets(ANY, "S", 0, {"edits: least": 2}),
    *_targets(ANY, "OFF", 0.20, {"modified: the top day": 0.019, "modified: the top 20 days": 0.163}),
    *_targets(ANY, "OFF", 0, {"modified: top days in October 2017": 1}),
    *_targets(ANY, "OFF", 0.10, {"descriptions a million": 18_760}),
    *_targets(ANY, "P", 0.05, {"track duration: mean": 235, "track duration: sd": 76}),
    *_targets(
        FEW,
        "S",
        0.30,
        {
            "track names: non-ASCII": 0.036,
            "track names: non-Latin": 0.005,
            "track names: quote": 0.090,
            "track names: comma": 0.026,
            "track names: featuring": 0.047,
            "track names: version": 0.109,
            "tracks with a twin": 0.0125,
        },
    ),
    *_targets(ANY, "OFF", 0, {"playlists that break a rule": 0}),
)

_AUDIO = (
    *_targets(
        FEW,
        "B",
        0.05,
        {
            "danceability: mean": 0.564,
            "danceability: sd": 0.179,
            "energy: mean": 0.619,
            "energy: sd": 0.250,
            "loudness: mean": -8.65,
            "loudness: sd": 5.02,
            "key: mean": 5.26,
        },
    ),
    *_targets(
        FEW,
        "S",
        0.30,
        {
            f"within {group}: {feature}": value
            for feature, values in {
                "danceability": (0.25, 0.45),
                "energy": (0.25, 0.45),
                "speechiness": (0.25, 0.45),
                "loudness": (0.26, 0.57),
                "acousticness": (0.23, 0.44),
                "valence": (0.22, 0.34),
                "tempo": (0.02, 0.07),
                "liveness": (0.02, 0.07),
            }.items()
            for group, value in zip(("a playlist", "an artist"), values, strict=True)
        },
    ),
    *_targets(FEW, "S", 0.01, {"within a playlist: key": 0, "within an artist: key": 0.01}, absolute=True),
    *_targets(
        FEW,
        "S",
        0.15,
        {
            "energy and loudness": 0.74,
            "energy and acousticness": -0.68,
            "loudness and acousticness": -0.51,
            "danceability and valence": 0.42,
        },
    ),
)

TARGETS: tuple[Target, ...] = (
    *(*_LENGTHS, *_POPULARITY, *_ORDER, *_LIKENESS),
    *(*_TITLES, *_TITLE_WORDS, *_FIGURES, *_AUDIO),
)
"""Every line that a corpus is held to."""

BANDS: tuple[Band, ...] = (
    Band("popularity", (), 0.06, 0.09),
    Band("title", (1,), 0.18, 0.24),
    Band("playlist-knn", (2,), 0.27, 0.33),
    Band("playlist-knn", (3, 4), 0.35, 0.40),
    Band("playlist-knn", (5, 6), 0.35, 0.40),
    Band("playlist-knn", (7,), 0.36, 0.41),
    Band("playlist-knn", (8,), 0.47, 0.54),
    Band("playlist-knn", (9,), 0.33, 0.38),
    Band("playlist-knn", (10,), 0.47, 0.54),
    Band("playlist-knn", (), 0.30, 0.36, n_playlists=10_000),
)
"""Bands for recommenders, from published results on the whole MPD."""

ORDERING = ("popularity", "title", "word2vec", "als", "playlist-knn")
"""Recommenders whose mean NDCG over all categories should rise in this order."""
