"""Parameters of the synthetic corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

Beta = tuple[float, float]
"""The two shape parameters of a beta distribution."""

Knots = tuple[tuple[float, float], ...]
"""Points of a curve, interpolated linearly on logarithmic axes."""


@dataclass(frozen=True, slots=True)
class Model:
    """Parameters of the generator: catalogue, themes, titles and habits of listeners.

    The defaults are calibrated against aggregate figures of the Million Playlist Dataset; see
    `harness.synthetic.calibration`. Popularity is in expected entries per 1,000,000 playlists, years are
    decimal, shares are from 0 to 1.

    Attributes:
        catalogue_seed: seed of catalogue, themes and titles; they do not depend on the seed of the corpus.
        chunk: number of playlists drawn from one random generator; chunks are independent of each other.
        n_artists: artists in the catalogue; fewer occur in a corpus.
        star_weights: weights of the first artists; the others fall as (rank + artist_offset)^-artist_exponent.
        artist_offset: see `star_weights`.
        artist_exponent: see `star_weights`.
        tracks_exponent: exponent of the growth of an artist's number of tracks with its weight.
        tracks_factor: scale of an artist's number of tracks.
        tracks_most: maximum number of tracks of an artist.
        track_exponent: exponent of the fall of popularity with the rank of a track within its artist.
        track_noise: standard deviation of a track's log popularity around this fall.
        album_noise: the same for an album; its tracks share the deviation.
        popularity: rank of a track -> expected entries.
        albums_exponent: an artist's number of albums grows as n_tracks^albums_exponent.
        albums_factor: scale of an artist's number of albums.
        n_genres: number of genres; their sizes fall as (rank + 1.5)^-genre_exponent.
        genre_exponent: see `n_genres`.
        n_families: number of groups of genres that share current hits.
        n_themes: number of themes; a theme is some hundred tracks of one genre and a span of years.
        theme_sizes: median and log standard deviation of a theme's number of tracks.
        theme_span: median and log standard deviation of a theme's span, years.
        theme_taste: standard deviation of a theme's log affinity to an artist, and to a track.
        theme_popularity: exponents of popularity in a theme's choice of tracks, and in their weights.
        theme_artist_penalty: exponent that reduces the weight of a theme's largest artists.
        theme_exponent: popularity of themes falls as (rank + theme_offset)^-theme_exponent.
        theme_offset: see `theme_exponent`.
        n_buckets: number of parts of a theme; a playlist can prefer one of them.
        bucket_exponent: exponent of the weights within a part; above 1 favours heavy tracks.
        bucket_share: distribution of the share of a playlist's entries from its part.
        n_closed: number of closed themes (soundtracks, albums, courses): few tracks, similar playlists.
        closed_share: share of playlists with a closed theme.
        closed_exponent: popularity of closed themes falls as rank^-closed_exponent.
        closed_sizes: minimum and maximum number of tracks of a closed theme.
        closed_lengths: minimum and maximum share of a closed theme in its playlists.
        n_titles: number of distinct normalised titles; after the official first twenty their shares fall as
            (rank + title_offset)^-title_exponent.
        title_exponent: see `n_titles`.
        title_offset: see `n_titles`.
        title_specificity: distribution over titles of the probability that a playlist has one of the title's themes.
        title_themes: number of themes of a title.
        title_genre_share: share of titles that stand for a genre, not for a theme.
        lengths: playlist length -> relative frequency.
        mixture: mean shares of entries from themes, from their genre, from current hits, from the tail.
        mixture_concentration: concentration of these shares; a small value makes playlists differ more.
        purity: distribution of the share of a playlist's entries that come from its theme.
        family_hits: share of current hits that come from the playlist's family of genres.
        niche_share: share of playlists with mostly rare tracks.
        niche_mixture: Dirichlet parameters of their mixture.
        fan_share: share of playlists devoted to one or two artists.
        fan_length_exponent: exponent of its growth with length, relative to a playlist of 40 entries.
        fan_purity: distribution of the share of such a playlist by those artists.
        fan_run: like `run`, for these playlists.
        extra_themes: mean number of themes beyond the first, for a playlist of 40 entries.
        extra_themes_exponent: exponent of its growth with length.
        most_themes: maximum number of themes of a playlist.
        same_genre: probability that a further theme has the genre of the first.
        segment: mean number of entries before a playlist changes to another of its themes.
        drift: share of segments whose theme depends on the position in the playlist.
        run: distribution over playlists of the probability that an entry has the artist of the previous one.
        run_length_exponent: exponent of its growth with length.
        album_runs: share of these continuations that follow the order of an album.
        album_gap: probability that a track of the album is skipped.
        artist_gap: mean number of ranks between successive tracks of an artist otherwise.
        back: distribution over playlists of the probability that an entry returns to an earlier artist.
        back_reach: mean distance of such a return, in entries.
        repeats_share: share of playlists in which a track can occur twice.
        repeats: mean share of entries in these playlists that repeat an earlier one.
        surplus: number of drawn entries per kept one; the others replace repeated draws.
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
        """The same parameters with a small catalogue, about 20,000 tracks: for tests, generated in a moment."""
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
