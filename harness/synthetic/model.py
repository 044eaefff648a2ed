"""The parameters of the synthetic corpus, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

Beta = tuple[float, float]
"""The two shape parameters of a beta distribution."""

Knots = tuple[tuple[float, float], ...]
"""Points of a curve that is straight between them on logarithmic axes."""


@dataclass(frozen=True, slots=True)
class Model:
    """What the generator assumes about music and its listeners.

    The defaults are calibrated against aggregate figures of the Million Playlist Dataset; see
    `harness.synthetic.calibration`. Popularity is in expected entries per 1,000,000 playlists, years are
    decimal, shares lie in 0 to 1.

    Attributes:
        catalogue_seed: the catalogue, the themes and the titles do not change with the corpus's seed.
        chunk: playlists drawn together from one generator; a playlist does not depend on the others.
        n_artists: artists in the catalogue; fewer occur in a corpus.
        star_weights: weights of the first artists; the rest falls as (rank + artist_offset)^-artist_exponent.
        artist_offset: see `star_weights`.
        artist_exponent: see `star_weights`.
        tracks_exponent: how an artist's number of tracks grows with its weight.
        tracks_factor: scale of an artist's number of tracks.
        tracks_most: tracks an artist has at most.
        track_exponent: how popularity falls from an artist's first track to the next.
        track_noise: standard deviation of a track's log popularity about that.
        album_noise: the same of an album's, shared by its tracks.
        popularity: rank of a track -> expected entries.
        albums_exponent: an artist's albums grow as n_tracks^albums_exponent.
        albums_factor: scale of an artist's number of albums.
        n_genres: genres; their sizes fall as (rank + 1.5)^-genre_exponent.
        genre_exponent: see `n_genres`.
        n_families: groups of genres that share their hits of the time.
        n_themes: themes, what a playlist is about: some hundred tracks of one genre and a span of years.
        theme_sizes: median and log standard deviation of a theme's number of tracks.
        theme_span: median and log standard deviation of a theme's span, years.
        theme_taste: standard deviation of a theme's log affinity to an artist, and to a track.
        theme_popularity: exponents of popularity when a theme chooses tracks, and when it weighs them.
        theme_artist_penalty: exponent that takes weight from a theme's biggest artists.
        theme_exponent: popularity of themes falls as (rank + theme_offset)^-theme_exponent.
        theme_offset: see `theme_exponent`.
        n_buckets: parts of a theme that one playlist may keep to.
        bucket_exponent: sharpens the weights inside a part.
        bucket_share: how much of a playlist keeps to its part.
        n_closed: closed themes (soundtracks, albums, courses): few tracks, lists that resemble each other.
        closed_share: share of playlists about a closed theme.
        closed_exponent: popularity of closed themes falls as rank^-closed_exponent.
        closed_sizes: fewest and most tracks of a closed theme.
        closed_lengths: least and greatest share of a closed theme that its playlists hold.
        n_titles: distinct normalised titles; after the official first twenty they fall as
            (rank + title_offset)^-title_exponent.
        title_exponent: see `n_titles`.
        title_offset: see `n_titles`.
        title_specificity: probability, a title, that a playlist is about one of the title's themes.
        title_themes: themes of one title.
        title_genre_share: share of titles that mean a genre and not a theme.
        lengths: playlist length -> relative frequency.
        mixture: mean shares of entries from themes, from their genre, from hits of the time, from the tail.
        mixture_concentration: how alike playlists are in that; small means unlike.
        purity: how much of a theme's playlists is about the theme.
        family_hits: share of hits of the time that come from the playlist's family of genres.
        niche_share: share of playlists that live in the tail.
        niche_mixture: Dirichlet parameters of their mixture.
        fan_share: share of playlists about one or two artists.
        fan_length_exponent: how that grows with length, from a playlist of 40 entries.
        fan_purity: share of such a playlist that is by those artists.
        fan_run: as `run`, for those playlists.
        extra_themes: mean number of themes beyond the first, for a playlist of 40 entries.
        extra_themes_exponent: how that grows with length.
        most_themes: themes of one playlist at most.
        same_genre: probability that a further theme is of the first one's genre.
        segment: mean entries until a playlist turns to another of its themes.
        drift: share of segments whose theme follows the position in the playlist.
        run: probability, a playlist, that an entry continues with the artist of the one before.
        run_length_exponent: how that grows with length.
        album_runs: share of those continuations that walk along an album.
        album_gap: probability that such a walk leaves out a track.
        artist_gap: mean ranks that a walk along an artist's tracks moves down.
        back: probability, a playlist, that an entry returns to the artist of an earlier one.
        back_reach: mean number of entries that such a return reaches back.
        repeats_share: share of playlists in which a track may stand twice.
        repeats: share of entries, in those playlists, that repeat an earlier one.
        surplus: entries drawn for one that is kept; the rest makes up for repeated draws.
    """

    catalogue_seed: int = 7
    chunk: int = 10_000
    n_artists: int = 330_000
    star_weights: tuple[float, ...] = (
        *(0.17, 0.044, 0.041, 0.039, 0.037, 0.036, 0.0355, 0.035, 0.0345, 0.034),
        *(0.0335, 0.033, 0.0325, 0.032, 0.0315, 0.031, 0.0305, 0.03, 0.0295, 0.029),
    )
    artist_offset: float = 30.0
    artist_exponent: float = 0.95
    tracks_exponent: float = 0.42
    tracks_factor: float = 10.0
    tracks_most: int = 600
    track_exponent: float = 1.1
    track_noise: float = 0.68
    album_noise: float = 0.75
    popularity: Knots = (
        (1, 29e3),
        (10, 24.8e3),
        (100, 16.3e3),
        (1e3, 9.0e3),
        (3e3, 4.3e3),
        (1e4, 1.1e3),
        (1e5, 58),
        (1e6, 1.7),
        (3.2e6, 0.22),
    )
    albums_exponent: float = 0.70
    albums_factor: float = 0.55
    n_genres: int = 60
    genre_exponent: float = 1.55
    n_families: int = 10
    n_themes: int = 5_500
    theme_sizes: tuple[float, float] = (450, 0.9)
    theme_span: tuple[float, float] = (2.5, 0.8)
    theme_taste: tuple[float, float] = (0.6, 0.8)
    theme_popularity: tuple[float, float] = (0.9, 1.08)
    theme_artist_penalty: float = 0.38
    theme_exponent: float = 0.9
    theme_offset: float = 15.0
    n_buckets: int = 6
    bucket_exponent: float = 1.5
    bucket_share: Beta = (3.0, 0.8)
    n_closed: int = 150
    closed_share: float = 0.042
    closed_exponent: float = 1.1
    closed_sizes: tuple[int, int] = (16, 60)
    closed_lengths: tuple[float, float] = (0.7, 1.0)
    n_titles: int = 17_381
    title_exponent: float = 1.1
    title_offset: float = 50.0
    title_specificity: Beta = (2.2, 1.0)
    title_themes: int = 3
    title_genre_share: float = 0.25
    lengths: Knots = (
        (5, 0.0036),
        (8, 0.007),
        (12, 0.012),
        (15, 0.0142),
        (20, 0.0147),
        (25, 0.0128),
        (31, 0.0115),
        (49, 0.0092),
        (70, 0.0055),
        (92, 0.0041),
        (150, 0.0019),
        (250, 0.00054),
    )
    mixture: tuple[float, float, float, float] = (0.7, 0.155, 0.105, 0.04)
    mixture_concentration: float = 1.3
    purity: Beta = (4.0, 2.2)
    family_hits: float = 0.95
    niche_share: float = 0.22
    niche_mixture: tuple[float, float, float, float] = (0.15, 0.1, 0.03, 2.2)
    fan_share: float = 0.040
    fan_length_exponent: float = 0.25
    fan_purity: Beta = (3.2, 0.6)
    fan_run: Beta = (2.0, 1.0)
    extra_themes: float = 0.8
    extra_themes_exponent: float = 0.3
    most_themes: int = 8
    same_genre: float = 0.75
    segment: float = 14.0
    drift: float = 0.75
    run: Beta = (0.28, 1.9)
    run_length_exponent: float = 0.3
    album_runs: float = 0.62
    album_gap: float = 0.3
    artist_gap: float = 1.6
    back: Beta = (0.5, 3.5)
    back_reach: float = 7.0
    repeats_share: float = 0.60
    repeats: float = 0.024
    surplus: float = 1.6

    @classmethod
    def small(cls) -> Self:
        """The same assumptions over a catalogue of some 20,000 tracks: for tests, made in a moment."""
        return cls(
            chunk=500,
            n_artists=3_000,
            tracks_factor=4.0,
            n_genres=12,
            n_families=4,
            n_themes=60,
            n_closed=5,
            n_titles=400,
        )
