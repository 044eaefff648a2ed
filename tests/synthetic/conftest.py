import pytest

from harness.synthetic import Model, generate


@pytest.fixture(scope="session")
def model():
    return Model.small()


@pytest.fixture(scope="session")
def corpus(model):
    """Two chunks and a part of a third."""
    return generate(1_100, 0, model)
