"""Blend: weights of members by kind of playlist, trained without leaks."""

import json

import numpy as np
import polars as pl
import pytest

import harness
from harness.errors import ContractError, ParameterError
from harness.metrics.catalogue import metrics_named
from harness.ragged import Ragged
from harness.run.options import Options
from harness.run.pipeline import evaluate
from harness.run.runs import lists_of
from harness.task.tasks import open_task
from harness.types import Challenge
from recommenders import blend as blend_module
from recommenders.blend import weights as blend_weights
from recommenders.blend.weights import Learnable, kinds, learn, weights_of

TWO = {"members": ["title", "cosine=item-knn"]}


def of_category(challenge, categories):
    info = challenge.info.with_columns(category=pl.Series(categories, dtype=pl.Int64))
    return Challenge(info, challenge.seeds, challenge.catalog)


@pytest.fixture
def learnable(handmade, challenge_with):
    """600 playlists of two categories: one member finds what is withheld in the first, the other in the second."""
    n, n_tracks = 600, 40
    train = handmade([list(range(n_tracks))])
    challenge = of_category(challenge_with(train, [[]] * n), [1] * 300 + [2] * 300)
    generator = np.random.default_rng(0)
    right = np.stack([generator.permutation(n_tracks) for _ in range(n)]).astype(np.int32)
    wrong = np.stack([generator.permutation(n_tracks) for _ in range(n)]).astype(np.int32)
    scores = np.tile(np.linspace(2, 1, n_tracks, dtype=np.float32), (n, 1))
    first = np.arange(n)[:, None] < 300
    lists = [harness.Ranked(np.where(first, *pair), scores) for pair in ((right, wrong), (wrong, right))]
    return Learnable(challenge, harness.kit.join(lists, [scores, scores]), Ragged.from_rows(right[:, :5]))


def test_the_member_that_finds_more_weighs_more_kind_by_kind(learnable):
    weights = learn(learnable, ["one", "other"]).weights
    assert weights["category 1"]["one"] > weights["category 1"]["other"]
    assert weights["category 2"]["other"] > weights["category 2"]["one"]
    assert all(sum(each.values()) == pytest.approx(1, abs=1e-3) for each in weights.values())


def test_a_member_that_finds_nothing_weighs_nothing_for_all(learnable):
    only_first = learnable.challenge.take(np.arange(300))
    joined = harness.kit.Joined(*(each[:300] for each in learnable.joined))
    weights = learn(Learnable(only_first, joined, learnable.withheld.take(np.arange(300))), ["one", "other"]).weights
    assert weights["all"]["other"] < 0.1


@pytest.fixture
def complementary(handmade, challenge_with):
    """400 playlists without a category: each of two members finds one of the two withheld tracks, a third none."""
    n, n_tracks = 400, 40
    train = handmade([list(range(n_tracks))])
    challenge = challenge_with(train, [[]] * n)
    generator = np.random.default_rng(0)
    right = generator.permuted(np.tile(np.arange(n_tracks, dtype=np.int32), (n, 1)), axis=1)
    scores = np.tile(np.append(10, np.linspace(2, 1, n_tracks - 1)).astype(np.float32), (n, 1))
    lists = []
    for first in (0, 1, 5):
        others = generator.permuted(np.delete(right, first, axis=1), axis=1)
        lists.append(harness.Ranked(np.concatenate([right[:, [first]], others], axis=1), scores))
    info = challenge.info.with_columns(category=pl.lit(0, pl.Int64))
    challenge = Challenge(info, challenge.seeds, challenge.catalog)
    return Learnable(challenge, harness.kit.join(lists, [scores] * 3), Ragged.from_rows(right[:, :2]))


def test_a_blend_that_gains_answers(complementary):
    learnt = learn(complementary, ["one", "other", "none"])
    assert learnt.checks["all"]["answers"] == "blend"
    assert learnt.checks["all"]["gain"] > 0.1
    assert min(learnt.weights["all"][name] for name in ("one", "other")) > learnt.weights["all"]["none"]


def test_where_the_learnt_weights_lose_the_best_member_answers(complementary, monkeypatch):
    learnt_badly = {"all": {"one": 0.0, "other": 0.0, "none": 1.0}}
    monkeypatch.setattr(blend_weights, "_by_kind", lambda *_: learnt_badly)
    learnt = learn(complementary, ["one", "other", "none"])
    best = learnt.checks["all"]["best member"]
    assert best in ("one", "other")
    assert learnt.checks["all"]["answers"] == best
    assert learnt.checks["all"]["gain"] < 0
    assert set(learnt.weights) == {"all", *learnt.checks}
    assert all(weights == {name: float(name == best) for name in weights} for weights in learnt.weights.values())


def test_a_kind_is_the_category_or_else_seeds_and_title(handmade, challenge_with):
    train = handmade([list(range(70))])
    seeds = [[], [0], [0, 1], list(range(10)), list(range(25)), list(range(70))]
    challenge = of_category(challenge_with(train, seeds, ["a", None, "a", None, "a", "a"]), [0, 0, 0, 0, 8, 0])
    assert kinds(challenge).tolist() == [
        "0 seeds, title",
        "1 seed, no title",
        "2 to 7 seeds, title",
        "8 to 17 seeds, no title",
        "category 8",
        "63 seeds or more, title",
    ]


def test_an_unknown_kind_takes_the_weights_of_all(handmade, challenge_with):
    challenge = of_category(challenge_with(handmade([[0]]), [[], []]), [1, 2])
    learnt = {"all": {"a": 0.25, "b": 0.75}, "category 2": {"a": 1.0, "b": 0.0}}
    assert weights_of(challenge, learnt, ["a", "b"]).tolist() == [[0.25, 0.75], [1, 0]]


def test_a_blend_of_one_member_is_that_member(split):
    alone = harness.create("item-knn")
    blend = harness.create(
        "blend", {"members": ["item-knn"], "member_params": {}, "visible": False, "weights": {"item-knn": 1}}
    )
    lists = []
    for model in (alone, blend):
        model.fit(split.train, split.challenge)
        lists.append(model.recommend(split.challenge, 50).tracks)
    assert (lists[0] == lists[1]).mean() > 0.999, "but for ties that rounding makes"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"members": ["als", "als"]}, 'members=["als", "als"]: name at least one member, and a repeated one as alias='),
        ({"members": []}, "members=[]: name at least one member"),
        ({"slin.l1": 1}, "there is no member 'slin'; there are slim, als, playlist-knn, cosine, rp3beta, title, broad"),
        ({"als.factor": 1}, "recommender 'als' has no hyper-parameter 'factor', did you mean 'factors'?"),
        ({"weights": {"als": 0}}, "with a positive sum"),
        ({"depth": 0}, "depth=0"),
    ],
)
def test_invalid_members_or_weights_are_refused_before_anything_is_fitted(params, message):
    with pytest.raises(ParameterError) as refused:
        harness.create("blend", params)
    assert message in str(refused.value)


def test_members_alone_can_be_named_and_keep_their_own_defaults():
    blend = harness.create("blend", {"members": '["item-knn","title"]'})
    assert blend.aliases_ == ["item-knn", "title"]
    assert blend.member_params == {}
    assert harness.create("blend").member_params == {
        "cosine": {"similarity": "cosine", "shrink": 0.0},
        "rp3beta": {"similarity": "rp3beta", "shrink": 0.0},
        "broad": {"factors": 32},
    }
    renamed = harness.create("blend", {"members": ["cosine=title", "item-knn"]})
    assert renamed.member_params == {}, "an alias that names another recommender has none of the default's parameters"


def test_a_run_whose_only_parameter_is_two_members_has_lists_of_these_members(corpus, tmp_path):
    params = {"members": '["item-knn","title"]'}
    record = evaluate(open_task(corpus.name), "blend", params, Options(tmp_path))
    assert set(record.learnt["weights"]["all"]) == {"item-knn", "title"}
    assert record.params["member_params"] == {}


def test_by_default_a_small_training_set_has_one_member_more_and_a_saved_model_keeps_it(split, tmp_path, monkeypatch):
    few = harness.create("blend", {"weights": {"title": 1.0, "als": 1.0}, "als.factors": 8, "broad.factors": 4})
    few.fit(split.train, split.challenge)
    assert few.aliases_ == ["slim", "als", "playlist-knn", "cosine", "rp3beta", "title", "broad"]
    few.save(tmp_path)
    monkeypatch.setattr(blend_module, "FEW_PLAYLISTS", len(split.train))
    many = harness.create("blend", {"weights": {"title": 1.0, "als": 1.0}, "broad.factors": 4})
    many.begin(split.train)
    assert many.aliases_ == few.aliases_[:-1]
    many.load(tmp_path)
    assert many.aliases_ == few.aliases_
    assert (many.recommend(split.challenge, 10).tracks == few.recommend(split.challenge, 10).tracks).all()


@pytest.mark.parametrize("named", [{"cosine.similarity": "cosine"}, {"member_params": {"cosine": {}}}])
def test_hyper_parameters_of_an_absent_member_are_refused_where_a_user_names_them(named):
    with pytest.raises(ParameterError, match="there is no member 'cosine'; there are item-knn, title"):
        harness.create("blend", {"members": ["item-knn", "title"], **named})


def test_members_that_have_seen_the_inner_draw_are_refused(split):
    blend = harness.create("blend", {**TWO, "member_params": {}})
    inner = harness.draw_like(split.train, split.challenge, 40)
    blend.learn_on([inner])
    blend.refuse_seen(inner.challenge)
    blend.fit_again(split.train, split.challenge)  # the planted leak: fitted on the inner challenge
    with pytest.raises(ContractError, match=r"members were fitted on playlist \d+ and 39 more of the inner draw"):
        blend.refuse_seen(inner.challenge)
    with pytest.raises(ContractError):
        blend._learnable(inner, 1)


def test_weights_are_learnt_on_members_that_have_not_seen_the_inner_draw(split, monkeypatch):
    blend, seen = harness.create("blend", {**TWO, "member_params": {}}), []
    learnable = blend._learnable
    monkeypatch.setattr(
        blend,
        "_learnable",
        lambda fold, every: (
            seen.append(set(blend.members_.seen) & set(fold.challenge.pids)),
            learnable(fold, every),
        )[1],
    )
    blend.fit(split.train, split.challenge)
    assert seen == [set()] * len(seen)
    assert len(seen) >= 1
    assert len(blend.members_.seen) == len(split.train), "and then fitted again on everything"


def test_the_runs_record_has_the_weights_and_keeps_them_when_it_is_measured_again(corpus, tmp_path):
    params = {**TWO, "cosine.similarity": "cosine", "member_params": {}}
    record = evaluate(open_task(corpus.name), "blend", params, Options(tmp_path))
    written = json.loads((tmp_path / record.run / "run.json").read_text())
    assert set(written["learnt"]["weights"]["all"]) == {"title", "cosine"}
    measured = Options(tmp_path, metrics=metrics_named("ndcg:log2i"))
    again = evaluate(open_task(corpus.name), "blend", params, measured)
    assert (again.run, again.learnt) == (record.run, written["learnt"])


PLUG_IN = '''
import numpy as np
import harness

@harness.recommender("mine")
class Mine:
    """Cannot be kept."""
    def fit(self, train, challenge):
        self.n_ = train.catalog.n_tracks
    def recommend(self, challenge, k):
        lists = np.tile(np.arange(min(k + 300, self.n_), dtype=np.int32), (len(challenge), 1))
        return harness.kit.without_seeds(lists, -lists.astype(np.float32), challenge.seeds, k)
'''


def test_a_member_may_be_a_file_that_cannot_be_kept(corpus, tmp_path):
    (tmp_path / "mine.py").write_text(PLUG_IN)
    members = {"members": ["title", f"mine={tmp_path / 'mine.py'}:Mine"], "member_params": {}}
    assert not harness.can_be_kept(harness.create("blend", members))
    record = evaluate(open_task(corpus.name), "blend", members, Options(tmp_path / "runs"))
    (tmp_path / "mine.py").write_text(PLUG_IN + "\n# edited\n")
    again = evaluate(open_task(corpus.name), "blend", members, Options(tmp_path / "runs"))
    assert again.run != record.run, "an edited member is another run"


def test_checkpoints_of_a_blend_within_a_blend_differ_from_its_own(corpus, tmp_path):
    (tmp_path / "mine.py").write_text(PLUG_IN)
    inner = {
        "members": [f"mine={tmp_path / 'mine.py'}:Mine", "item-knn"],
        "member_params": {},
        "weights": {"mine": 0.5, "item-knn": 0.5},
    }
    outer = {
        "members": ["inner=blend", "title"],
        "member_params": {"inner": inner},
        "weights": {"inner": 0.5, "title": 0.5},
    }
    record = evaluate(open_task(corpus.name), "blend", outer, Options(tmp_path / "runs"))
    task = open_task(corpus.name)
    alone = harness.create("blend", outer)
    alone.fit(task.train, task.challenge)
    lists = lists_of(tmp_path / "runs" / record.run, record.lists_digest, task.challenge)
    assert (lists == alone.recommend(task.challenge, 500).tracks).all()
