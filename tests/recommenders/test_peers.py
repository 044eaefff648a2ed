"""Guests in an interpreter of their own: process, order of lists, faults; and the peers themselves where they are.

HARNESS_LENSKIT_PYTHON and HARNESS_RECTOOLS_PYTHON name interpreters that have the peers; without them the tests of the
peers' own lists are skipped.
"""

import gc
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from harness import plugin_parameters, registry
from harness.errors import DataError, ParameterError
from harness.ragged import Ragged
from harness.run.contract import check
from recommenders.peers import _worker, process

PYTHON = {peer: os.environ.get(f"HARNESS_{peer.upper()}_PYTHON", "") for peer in ("lenskit", "rectools")}
MODELS = {
    "ItemKNN": ("lenskit", {"scorer": "lenskit.knn.ItemKNNScorer", "max_nbrs": 5}),
    "ImplicitMF": ("lenskit", {"scorer": "lenskit.als.ImplicitMFScorer", "embedding_size": 8, "epochs": 2}),
    "PureSVD": ("rectools", {"cls": "PureSVDModel", "factors": 8}),
    "TF-IDF": (
        "rectools",
        {"cls": "ImplicitItemKNNWrapperModel", "model": {"cls": "TFIDFRecommender", "K": 50, "num_threads": 1}},
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def label(request):
    peer, _ = MODELS[request.param]
    if not PYTHON[peer]:
        pytest.skip(f"HARNESS_{peer.upper()}_PYTHON names no interpreter with {peer}")
    return request.param


@pytest.fixture(scope="module")
def model(label, split):
    """The guest, fitted on the small corpus."""
    return fitted(label, split.train, split.challenge)


def fitted(label, train, challenge):
    peer, params = MODELS[label]
    made = registry.create(peer, {**params, "python": PYTHON[peer]})
    made.fit(train, challenge)
    return made


def test_lists_of_a_peer_satisfy_the_contract(split, label, model):
    lists = check(model.recommend(split.challenge, 500), split.challenge, split.train.catalog.n_tracks, 500, label)
    assert (lists.tracks >= 0).mean() > 0.5
    assert (model.recommend(split.challenge, 7).tracks == lists.tracks[:, :7]).all()
    assert model.summary[MODELS[label][0]]
    assert model.summary["share_without_known_seeds"] == (split.challenge.seeds.lengths == 0).mean()
    alone = model.recommend(split.challenge.take(np.array([len(split.challenge) - 1])), 500)
    assert (alone.tracks[0] == lists.tracks[-1]).all()


def test_a_peer_puts_the_withheld_track_of_a_checkerboard_first(handmade, challenge_with, label):
    n = 50
    rows = [[track for track in range(row % 2, n, 2) if track != row] for row in range(n)]
    train = handmade(rows)
    challenge = challenge_with(train, rows)
    assert fitted(label, train, challenge).recommend(challenge, 5).tracks[:, 0].tolist() == list(range(n))


def test_playlists_that_a_peer_cannot_serve_get_empty_lists(split, model):
    challenge = type(split.challenge)(
        split.challenge.info, Ragged.from_rows([[]] * len(split.challenge)), split.challenge.catalog
    )
    assert (model.recommend(challenge, 20).tracks == -1).all()
    assert model.summary["share_without_known_seeds"] == 1


@pytest.mark.parametrize("peer", PYTHON)
def test_a_missing_peer_is_one_line_with_the_remedy(split, peer, monkeypatch):
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    with pytest.raises(DataError) as caught:
        registry.create(peer).fit(split.train, split.challenge)
    remedy = f"pass --param python=PATH of an environment with {peer}"
    assert str(caught.value) == f"{peer} is not installed in this environment: {remedy}"


def test_a_path_without_an_interpreter_is_named(split, tmp_path):
    model = registry.create("rectools", {"python": str(tmp_path / "nowhere")})
    with pytest.raises(DataError, match=r"nowhere is no interpreter: pass --param python=PATH"):
        model.fit(split.train, split.challenge)


def test_an_interpreter_without_the_peer_is_named_with_the_missing_package(split):
    model = registry.create("rectools", {"python": sys.executable})
    with pytest.raises(DataError, match=r"^rectools in \S+: ModuleNotFoundError: No module named 'rectools'$"):
        model.fit(split.train, split.challenge)


def test_a_process_that_ends_is_an_error_with_its_last_line(tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho out of memory >&2\nexit 7\n")
    program.chmod(0o755)
    with pytest.raises(DataError, match="the process of lenskit ended with code 7: out of memory"):
        process.PeerProcess("lenskit", str(program)).fit(csr_matrix((1, 1), dtype=np.float32), {}, 0)


def test_the_process_and_its_files_end_with_the_recommender():
    peer = process.PeerProcess("lenskit", sys.executable)
    worker, folder = peer._worker, peer._folder
    assert worker.poll() is None
    del peer
    gc.collect()
    assert worker.poll() is not None
    assert not folder.exists()


def test_equal_scores_are_in_the_order_of_the_tracks_and_nothing_unscored_is_listed():
    ids = np.array([[4, 3, 9, -1], [5, 6, 7, 8]], np.int32)
    scores = np.array([[1, 1, np.nan, np.nan], [1, 2, 3, -1]], np.float32)
    tracks, values = process._in_order(ids, scores, 3)
    assert tracks.tolist() == [[3, 4, -1], [7, 6, 5]]
    assert values.tolist() == [[1, 1, 0], [3, 2, 1]]


def test_the_worker_imports_nothing_of_this_project():
    code = "import json, sys, runpy; runpy.run_path(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, _worker.__file__], capture_output=True, text=True, check=True
    )
    assert not [name for name in json.loads(done.stdout) if name.partition(".")[0] in ("harness", "recommenders")]


@pytest.mark.parametrize("scorer", ["ItemKNNScorer", "lenskit.knn.", "lenskit/knn"])
def test_a_scorer_that_is_no_import_path_is_refused(scorer):
    with pytest.raises(ParameterError, match="is no import path"):
        registry.create("lenskit", {"scorer": scorer})


def test_a_pipeline_file_is_read_when_the_recommender_is_made(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{"components": {}}')
    model = registry.create("lenskit", {"pipeline": str(file)})
    assert plugin_parameters.values(model)["config"] == {"pipeline_text": '{"components": {}}'}
    again = registry.create(
        "lenskit", plugin_parameters.values(model)
    )  # as a rerun makes it, whatever the file holds now
    assert again.config == model.config


@pytest.mark.parametrize(
    ("name", "message"), [("none.json", "cannot be read: No such file"), ("mine.txt", "must end in")]
)
def test_a_pipeline_file_that_is_none_is_refused(tmp_path, name, message):
    with pytest.raises(ParameterError, match=message):
        registry.create("lenskit", {"pipeline": str(tmp_path / name)})


@pytest.mark.skipif(not PYTHON["lenskit"], reason="HARNESS_LENSKIT_PYTHON names no interpreter with lenskit")
def test_a_pipeline_file_gives_the_lists_of_its_scorer(tmp_path, split):
    code = (
        "from lenskit.pipeline import topn_pipeline; from lenskit.knn import ItemKNNScorer; import sys; "
        "made = topn_pipeline(ItemKNNScorer(max_nbrs=5, feedback='implicit')); "
        "open(sys.argv[1], 'w').write(made.config.model_dump_json())"
    )
    file = tmp_path / "mine.json"
    subprocess.run([PYTHON["lenskit"], "-c", code, str(file)], check=True)
    made = registry.create("lenskit", {"pipeline": str(file), "python": PYTHON["lenskit"]})
    made.fit(split.train, split.challenge)
    expected = fitted("ItemKNN", split.train, split.challenge).recommend(split.challenge, 500)
    assert (made.recommend(split.challenge, 500).tracks == expected.tracks).all()


def test_a_model_without_lists_for_new_playlists_is_refused():
    with pytest.raises(ParameterError, match="LightFMWrapperModel"):
        registry.create("rectools", {"cls": "LightFMWrapperModel"})


def test_other_hyper_parameters_are_the_configuration():
    model = registry.create("rectools", {"cls": "PureSVDModel", "factors": "64"})
    assert model.config == {"factors": 64}
