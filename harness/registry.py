"""Recommenders: their decorator, how they are found and created, the traits that they declare."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from harness import plugins
from harness.interfaces import Keepable, Persistent
from harness.plugin_parameters import check_values, converted, default_of, fields, literal
from harness.plugins import RECOMMENDER, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from harness.interfaces import Recommender

MEMBER_PARAMS = "member_params"
"""The field of a composite recommender with its members' hyper-parameters: member -> name -> value."""

Class = TypeVar("Class", bound=type)


@dataclass(frozen=True, slots=True)
class RecommenderTraits:
    """Traits that a recommender declares. Those of its components are added by the functions of this module.

    Attributes:
        name: registered name; it begins the names of its runs' folders.
        uses_audio: it reads `catalog.audio`. Others do not receive audio features, and their runs' keys ignore them.
        uses_challenge: `fit` reads the challenge. Others are fitted once for all challenges of a corpus.
        deterministic: two fits with equal hyper-parameters give equal lists; the name of an attribute (bool) where
            this depends on the hyper-parameters.
        components: name of the attribute with the recommenders inside this one, a sequence that the constructor sets.
        other_params: name of the field, a mapping, that receives the hyper-parameters that are no field; for guests
            whose hyper-parameters belong to another library.
    """

    name: str
    uses_audio: bool = False
    uses_challenge: bool = False
    deterministic: bool | str = True
    components: str | None = None
    other_params: str | None = None


@typing.dataclass_transform()
def recommender(
    name: str,
    *,
    uses_audio: bool = False,
    uses_challenge: bool = False,
    deterministic: bool | str = True,
    components: str | None = None,
    other_params: str | None = None,
) -> Callable[[Class], Class]:
    """Mark a class as the recommender `name`; the class becomes a dataclass if it is none yet.

    Its constructor checks bounds, as in `Annotated[int, harness.Bounds(ge=1)]`, and literals before `__post_init__`.

    Args:
        name: registered name, 1 to 64 of a-z, 0-9 and -; its entry point in `harness.recommenders` has the same. It
            is checked when the class is used, so that an invalid name does not block a file's other recommenders.
        uses_audio: see `RecommenderTraits`, as for the others.
        uses_challenge: `fit` reads the challenge.
        deterministic: two fits agree.
        components: attribute with the recommenders inside this one.
        other_params: field that receives hyper-parameters that are no field.
    """

    def decorate(cls: Class) -> Class:
        _check_on_construction(cls)
        plugin: Any = cls if "__dataclass_fields__" in vars(cls) else dataclass(cls)
        declared = RecommenderTraits(name, uses_audio, uses_challenge, deterministic, components, other_params)
        return typing.cast("Class", plugins.mark(plugin, RECOMMENDER, declared))

    return decorate


def names() -> dict[str, str]:
    """Registered name -> distribution that brings it, sorted; no recommender is imported.

    Raises:
        RegistryError: two distributions claim one name.
    """
    return plugins.names(RECOMMENDER)


def find(name: str) -> type[Recommender]:
    """The class of a registered name, or of `path/to/file.py:Class`.

    Raises:
        RegistryError: the name is unknown or invalid, or the class is no recommender.
        PluginError: its module cannot be imported.
    """
    cls: type[Recommender] = plugins.find(RECOMMENDER, name)
    return cls


def create(name: str, params: Mapping[str, Any] | None = None, seed: int | None = None) -> Recommender:
    """A new recommender with these hyper-parameters; the others keep their defaults.

    Args:
        name: a registered name or `path/to/file.py:Class`.
        params: hyper-parameter -> value; a text is converted to the parameter's type, JSON where it is a list
            or a mapping. A dotted name belongs to a member: `als.factors` goes to `member_params["als"]`.
        seed: for a recommender that has a hyper-parameter `seed`, unless `params` has another.

    Raises:
        RegistryError: see `find`.
        PluginError: it cannot be imported, or its constructor raised an exception other than ValueError and TypeError.
        ParameterError: a parameter is unknown or its value is invalid.
    """
    cls = find(name)
    label = f"{RECOMMENDER.noun} {name!r}"
    given = {"seed": seed} if seed is not None and takes_seed(cls) else {}
    plain, of_members = _by_member(cls, {**given, **(params or {})})
    plain = _with_others(cls, plain)
    arguments = converted(cls, plain, label, RECOMMENDER.parameter)
    if of_members:
        field = next(field for field in fields(cls) if field.name == MEMBER_PARAMS)
        whole: Any = arguments.get(MEMBER_PARAMS, default_of(field))
        changed = {member: whole.get(member, {}) | values for member, values in of_members.items()}
        arguments[MEMBER_PARAMS] = whole | changed
    instance: Recommender = plugins.construct(cls, arguments, label)
    return instance


def takes_seed(cls: type) -> bool:
    """Whether a recommender has a seed: others give the same lists for every seed."""
    return any(field.name == "seed" for field in fields(cls))


def traits(recommender: Recommender | type[Recommender]) -> RecommenderTraits:
    """The traits that a recommender's decorator declares, without those of its components."""
    cls = recommender if isinstance(recommender, type) else type(recommender)
    declared: RecommenderTraits = plugins.traits_of(cls, RECOMMENDER)
    return declared


def location(recommender: Recommender) -> str:
    """Text by which `find` returns the class again: its registered name, or `path/to/file.py:Class`."""
    cls = type(recommender)
    return plugins.file_location(cls) or traits(cls).name


def components(recommender: Recommender) -> Sequence[Recommender]:
    """The recommenders inside a recommender; empty for most."""
    attribute = traits(recommender).components
    inner: Sequence[Recommender] = getattr(recommender, attribute) if attribute else ()
    return inner


def uses_audio(recommender: Recommender) -> bool:
    """Whether it or a component reads audio features."""
    return traits(recommender).uses_audio or any(map(uses_audio, components(recommender)))


def uses_challenge(recommender: Recommender) -> bool:
    """Whether its `fit` or that of a component reads the challenge."""
    return traits(recommender).uses_challenge or any(map(uses_challenge, components(recommender)))


def is_deterministic(recommender: Recommender) -> bool:
    """Whether two fits give equal lists: its own and those of all components."""
    declared = traits(recommender).deterministic
    itself = bool(getattr(recommender, declared)) if isinstance(declared, str) else declared
    return itself and all(map(is_deterministic, components(recommender)))


def can_be_kept(recommender: Recommender) -> TypeGuard[Keepable]:
    """Whether its fitted state can be saved and loaded: it and all components are `Persistent`."""
    return isinstance(recommender, Persistent) and all(map(can_be_kept, components(recommender)))


def sources_of_all(recommender: Recommender) -> list[Path]:
    """Source files or packages of a recommender's class and of its components."""
    inner = [path for component in components(recommender) for path in sources_of_all(component)]
    return [*sources(type(recommender)), *inner]


def _with_others(cls: type, params: dict[str, Any]) -> dict[str, Any]:
    """The hyper-parameters, those that are no field moved into the field that the decorator names for them."""
    target = traits(cls).other_params
    if target is None:
        return params
    names = {field.name for field in fields(cls)}
    others = {name: literal(value) for name, value in params.items() if name not in names}
    whole = literal(params.get(target, {}))
    merged = {**whole, **others} if isinstance(whole, dict) else whole
    return {**{name: value for name, value in params.items() if name in names}, target: merged}


def _check_on_construction(cls: Any) -> None:
    """Let the class check the bounds of its fields at the start of `__post_init__`."""
    inherited = getattr(cls, "__post_init__", None)

    def __post_init__(self: Any) -> None:  # noqa: N807 - the name that dataclasses call
        check_values(self)
        if inherited:
            inherited(self)

    cls.__post_init__ = __post_init__


def _by_member(cls: type, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The recommender's own hyper-parameters, and those with a dotted name by member."""
    plain: dict[str, Any] = {}
    of_members: dict[str, dict[str, Any]] = {}
    has_members = any(field.name == MEMBER_PARAMS for field in fields(cls))
    for name, value in params.items():
        member, dot, rest = name.partition(".")
        if dot and has_members:
            of_members.setdefault(member, {})[rest] = value
        else:
            plain[name] = value
    return plain, of_members
