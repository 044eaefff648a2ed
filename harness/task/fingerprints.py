"""Fingerprints of challenges and of withheld tracks, independent of the ids of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from harness.ragged import Ragged
    from harness.types import Challenge


def _uris(challenge: Challenge, ids: Any) -> list[str]:
    uris: list[str] = challenge.catalog.tracks["uri"][ids].to_list()
    return uris


def answers_fingerprint(challenge: Challenge, withheld: Ragged) -> str:
    """Fingerprint of withheld tracks by their URIs; each row belongs to a playlist of the challenge."""
    return str(Fingerprint().array(withheld.indptr).texts(_uris(challenge, withheld.values)))


def challenge_fingerprint(challenge: Challenge) -> str:
    """Fingerprint of incomplete playlists: pids, titles, numbers of withheld entries, URIs of the seeds."""
    digest = Fingerprint().array(challenge.pids).texts(challenge.info["name"].to_list())
    digest.array(challenge.info["num_holdouts"].to_numpy()).array(challenge.seeds.indptr)
    return str(digest.texts(_uris(challenge, challenge.seeds.values)))
