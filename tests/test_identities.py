"""Identities of corpora and challenges: labels, and the tagged union in JSON."""

import msgspec
import pytest

from harness.identities import ChallengeFile, ChallengeId, CorpusId, Holdout, LocalSplit, as_builtins

LOCAL = LocalSplit(
    split="challenge", holdout=Holdout.validation, seed=0, params={"per_category": 10}, fingerprint="abc"
)
FILE = ChallengeFile(file="/data/challenge_set.json", fingerprint="def")
ANSWERED = ChallengeFile(
    file="/data/challenge_set.json", fingerprint="def", answers="/data/answers.json", answers_fingerprint="123"
)


def test_an_empty_fingerprint_means_that_no_corpus_is_named():
    assert CorpusId("mpd", "abc").is_known
    assert not CorpusId("", "").is_known


def test_the_label_of_a_split_names_the_seed_unless_it_is_0():
    assert LOCAL.label == "challenge validation"
    assert msgspec.structs.replace(LOCAL, holdout=Holdout.test, seed=3).label == "challenge test seed 3"


@pytest.mark.parametrize("path", ["/data/challenge_set.json", "C:\\data\\challenge_set.json", "challenge_set.json"])
def test_the_label_of_a_challenge_file_is_its_name_without_folders(path):
    assert ChallengeFile(file=path, fingerprint="def").label == "challenge_set.json"


def test_only_answers_in_a_file_have_a_fingerprint_of_their_own():
    assert LOCAL.answers_fingerprint == ""
    assert FILE.answers_fingerprint == ""
    assert ANSWERED.answers_fingerprint == "123"


@pytest.mark.parametrize("identity", [LOCAL, FILE, ANSWERED], ids=["split", "file", "file with answers"])
def test_json_states_the_type_and_gives_back_the_identity(identity):
    text = msgspec.json.encode(identity)
    assert msgspec.json.decode(text)["type"] == ("local" if identity is LOCAL else "file")
    assert msgspec.json.decode(text, type=ChallengeId) == identity


def test_plain_values_are_those_of_the_json():
    for identity in (CorpusId("mpd", "abc"), LOCAL, ANSWERED):
        assert as_builtins(identity) == msgspec.json.decode(msgspec.json.encode(identity))


@pytest.mark.parametrize("changed", [{"holdout": "training"}, {"type": "shard"}, {"seed": "0"}])
def test_a_value_outside_the_union_is_refused(changed):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(as_builtins(LOCAL) | changed, ChallengeId)


def test_an_identity_cannot_be_changed():
    with pytest.raises(AttributeError):
        LOCAL.seed = 1
