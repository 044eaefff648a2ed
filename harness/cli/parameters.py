"""Values of `--param`, `--seeds` and `--recommender`: parsed and checked before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.errors import HarnessError


def seeds_named(text: str) -> list[int]:
    """Parse `0,1,2` to distinct seeds.

    Raises:
        ParameterError: the text is malformed.
    """
    from harness.errors import ParameterError

    try:
        return list(dict.fromkeys(int(seed) for seed in text.split(",")))
    except ValueError as error:
        raise ParameterError(f"--seeds {text!r}: write integers separated by commas, e.g. 0,1,2") from error


def importable(names: list[str], failed: list[HarnessError]) -> list[str]:
    """Names of the recommenders that can be imported; errors of the others are appended to `failed`."""
    from harness import registry
    from harness.errors import PluginError

    imported = []
    for name in names:
        try:
            registry.find(name)
        except PluginError as error:
            failed.append(error)
        else:
            imported.append(name)
    return imported


def params_by_recommender(
    names: list[str], texts: list[str], failed: list[HarnessError] | None = None
) -> dict[str, dict[str, Any]]:
    """Group `[RECOMMENDER.]NAME=VALUE` by recommender; names and values are checked before anything runs.

    Args:
        names: recommenders, as accepted by `registry.find`.
        texts: values of `--param`.
        failed: receives the errors of recommenders whose constructor raises another exception, which are then left
            out; if None, the error is raised.

    Raises:
        ParameterError: a text is malformed, has no known prefix, or is not accepted by its recommender.
        RegistryError: a recommender is unknown.
    """
    from harness import registry
    from harness.errors import ParameterError, PluginError

    labels = {registry.traits(registry.find(name)).name: name for name in names}
    params: dict[str, dict[str, Any]] = {name: {} for name in names}
    for text in texts:
        key, equals, value = text.partition("=")
        prefix, dot, rest = key.partition(".")
        if not equals or not key:
            raise ParameterError(f"--param {text!r}: write [RECOMMENDER.]NAME=VALUE, e.g. als.factors=64")
        if dot and prefix in labels:
            of_recommender, name = params[labels[prefix]], rest
        elif len(names) == 1:
            of_recommender, name = params[names[0]], key
        else:
            raise ParameterError(
                f"--param {text!r}: with several recommenders, start with one of "
                f"{', '.join(f'{label}.' for label in labels)}"
            )
        if name in of_recommender:
            raise ParameterError(f"--param {text!r}: {name} is given twice, name one value")
        of_recommender[name] = value
    for name in names:
        try:
            registry.create(name, params[name])
        except PluginError as error:
            if failed is None:
                raise
            failed.append(error)
            del params[name]
    return params
