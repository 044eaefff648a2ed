"""What a record has is sufficient to create its recommender again, whatever its hyper-parameters are."""

import json

import pytest

from harness import plugin_parameters, registry


@pytest.mark.parametrize("name", registry.names())
def test_a_recommender_is_created_again_from_its_recorded_hyper_parameters(name):
    recommender = registry.create(name)
    recorded = json.loads(json.dumps(plugin_parameters.values(recommender)))
    again = registry.create(registry.location(recommender), recorded, seed=5)
    assert type(again) is type(recommender)
    assert json.loads(json.dumps(plugin_parameters.values(again))) == recorded


def test_hyper_parameters_of_members_and_of_other_libraries_are_kept():
    for name, params in (("blend", {"als.factors": 8}), ("implicit", {"model": "BM25Recommender", "K": 7})):
        recorded = json.loads(json.dumps(plugin_parameters.values(registry.create(name, params))))
        again = json.loads(json.dumps(plugin_parameters.values(registry.create(name, recorded))))
        assert again == recorded
        assert recorded != json.loads(json.dumps(plugin_parameters.values(registry.create(name))))
