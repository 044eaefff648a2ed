"""Plug-ins of four kinds: found by entry points or by file, checked, described by their decorator."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import importlib.util
import inspect
import re
import sys
import textwrap
import typing
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import ParameterError, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import ModuleType

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""Names of recommenders and splits: they become parts of folder and file names."""

_MARK = "__harness_plugin__"


class Kind(NamedTuple):
    """A kind of plug-in.

    Attributes:
        noun: for messages, e.g. `recommender`.
        group: the entry-point group of its plug-ins.
        methods: what its classes must have.
        listing: the command that lists its plug-ins.
    """

    noun: str
    group: str
    methods: tuple[str, ...] = ()
    listing: str = "harness list"


RECOMMENDER = Kind("recommender", "harness.recommenders", ("fit", "recommend"))
SPLIT = Kind("split", "harness.splits", ("cut",), "harness list --kind split")
READER = Kind("reader", "harness.readers", ("recognises", "read"), "harness list --kind reader")
METRIC = Kind("metric", "harness.metrics", (), "harness metrics")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a plug-in: a dataclass field.

    Attributes:
        name: the field's.
        type: as written in the annotation.
        default: its value.
        description: the text below the field.
    """

    name: str
    type: str
    default: object
    description: str


def mark(plugin: Any, kind: Kind, traits: Any) -> Any:
    """Attach what the decorator declares; `plugin` is returned."""
    setattr(plugin, _MARK, (kind, traits))
    return plugin


def traits_of(plugin: Any, kind: Kind) -> Any:
    """What the decorator declared of a plug-in.

    Raises:
        RegistryError: it is not marked as one of this kind.
    """
    marked = getattr(plugin, _MARK, None)
    if marked is None or marked[0] != kind:
        name = getattr(plugin, "__qualname__", repr(plugin))
        raise RegistryError(f"{name} is not marked as a {kind.noun}: put @harness.{kind.noun}(NAME) above it")
    return marked[1]


def names(kind: Kind) -> dict[str, str]:
    """Registered name -> distribution that brings it, sorted; no plug-in is imported.

    Raises:
        RegistryError: two distributions claim one name.
    """
    return {name: distribution(point) for name, point in registered(kind).items()}


def find(kind: Kind, name: str) -> Any:
    """The plug-in of a registered name, or of `path/to/file.py:NAME`.

    Raises:
        RegistryError: the name is unknown, cannot be imported, or is no plug-in of this kind.
    """
    if ".py:" in name:
        return _from_file(kind, name)
    points = registered(kind)
    if name not in points:
        raise RegistryError(f"no {kind.noun} {name!r}{suggestion(name, points)}; `{kind.listing}` names all")
    point = points[name]
    plugin = load(kind, point)
    declared = _checked(kind, plugin, point.value)
    if declared.name != name:
        raise RegistryError(
            f"{point.value} calls itself {declared.name!r} but its entry point says {name!r}: make the two agree"
        )
    return plugin


def load(kind: Kind, point: EntryPoint) -> Any:
    """The object of an entry point.

    Raises:
        RegistryError: it cannot be imported.
    """
    try:
        return point.load()
    except Exception as error:  # a broken plug-in may raise anything; the others must still work
        raise RegistryError(
            f"{kind.noun} {point.name!r} of {distribution(point)} cannot be imported ({_reason(error)}): "
            "fix or uninstall it"
        ) from error


def create(kind: Kind, name: str, params: Mapping[str, Any]) -> Any:
    """A plug-in of a class with these parameters; the others keep their defaults.

    Raises:
        RegistryError: see `find`.
        ParameterError: a parameter is unknown or its value does not fit.
    """
    cls = find(kind, name)
    try:
        return cls(**converted(kind, cls, name, params))
    except (ValueError, TypeError) as error:
        raise ParameterError(f"{kind.noun} {name!r}: {error}") from error


def parameters(cls: type) -> list[Parameter]:
    """The parameters of a plug-in class, each described by the text below its field."""
    hints = typing.get_type_hints(cls)
    described = _field_docstrings(cls)
    return [
        Parameter(field.name, type_name(hints[field.name]), default_of(field), described.get(field.name, ""))
        for field in fields(cls)
    ]


def values(instance: Any) -> dict[str, Any]:
    """Parameter -> value of a plug-in as it is."""
    return {field.name: getattr(instance, field.name) for field in fields(type(instance))}


def fields(cls: type) -> list[dataclasses.Field[Any]]:
    """The dataclass fields that are parameters."""
    return [field for field in dataclasses.fields(cls) if field.init]


def default_of(field: dataclasses.Field[Any]) -> object:
    """A field's default value; `dataclasses.MISSING` where it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def converted(kind: Kind, cls: type, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Values converted to the types of their fields: texts as a command line gives them, JSON for lists.

    Raises:
        ParameterError: a parameter is unknown or its value does not fit.
    """
    import msgspec

    hints = typing.get_type_hints(cls)
    known = {field.name for field in fields(cls)}
    result: dict[str, Any] = {}
    for key, value in params.items():
        if key not in known:
            hint = suggestion(key, known) or (f"; it has {', '.join(sorted(known))}" if known else "; it has none")
            raise ParameterError(f"{kind.noun} {name!r} has no parameter {key!r}{hint}")
        try:
            result[key] = msgspec.convert(_decoded(value, hints[key]), hints[key], strict=False)
        except msgspec.ValidationError as error:
            raise ParameterError(
                f"{kind.noun} {name!r}: {key}={value} does not fit, {type_name(hints[key])} is needed ({error})"
            ) from error
    return result


def suggestion(name: str, known: Iterable[str]) -> str:
    """', did you mean …?' where a known name resembles the unknown one, else an empty text."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", did you mean {close[0]!r}?" if close else ""


def type_name(hint: Any) -> str:
    """A type as people write it."""
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint).replace("typing.", "")


def registered(kind: Kind) -> dict[str, EntryPoint]:
    """Registered name -> entry point, sorted by name.

    Raises:
        RegistryError: two distributions claim one name.
    """
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=kind.group):
        other = points.setdefault(point.name, point)
        if other.value != point.value:
            raise RegistryError(
                f"{kind.noun} {point.name!r} is claimed by {distribution(other)} ({other.value}) "
                f"and by {distribution(point)} ({point.value}): uninstall one of them"
            )
    return dict(sorted(points.items()))


def distribution(point: EntryPoint) -> str:
    """The distribution that brings an entry point."""
    return point.dist.name if point.dist else "an unnamed distribution"


def _reason(error: BaseException) -> str:
    return (f"{type(error).__name__}: {error}".splitlines() or [type(error).__name__])[0]


def _checked(kind: Kind, plugin: Any, where: str) -> Any:
    """The declared traits of a loaded plug-in, once its form is known to be right."""
    try:
        declared = traits_of(plugin, kind)
    except RegistryError:
        raise RegistryError(
            f"{where} is not marked as a {kind.noun}: put @harness.{kind.noun}(NAME) above it"
        ) from None
    missing = [method for method in kind.methods if not callable(getattr(plugin, method, None))]
    if missing:
        raise RegistryError(f"{where} has no method {' and no method '.join(missing)}: a {kind.noun} needs them")
    if not isinstance(plugin, type):
        return declared
    without_default = [field.name for field in fields(plugin) if default_of(field) is dataclasses.MISSING]
    if without_default:
        raise RegistryError(f"{where}: parameter {without_default[0]!r} has no default, give it one")
    try:
        typing.get_type_hints(plugin)
    except Exception as error:  # an annotation may be any expression
        raise RegistryError(f"{where}: the types of its parameters cannot be read ({error})") from error
    return declared


def _from_file(kind: Kind, name: str) -> Any:
    file, _, attribute = name.rpartition(":")
    module = module_of_file(kind, file)
    marked = [key for key, value in vars(module).items() if getattr(value, _MARK, (None,))[0] == kind]
    if attribute not in marked:
        hint = f"it has {', '.join(marked)}" if marked else f"it has none: put @harness.{kind.noun}(NAME) above it"
        raise RegistryError(f"{file} has no {kind.noun} {attribute!r}; {hint}")
    plugin = getattr(module, attribute)
    _checked(kind, plugin, name)
    return plugin


def module_of_file(kind: Kind, file: str) -> ModuleType:
    """The module in a Python file that no distribution brings, under a name of its own.

    Raises:
        RegistryError: there is no such file, or it cannot be imported.
    """
    from harness.fingerprint import Fingerprint

    path = Path(file).expanduser().resolve()
    if not path.is_file():
        raise RegistryError(f"no file {file}: a {kind.noun} in a file is named as path/to/file.py:NAME")
    name = f"harness_file_{path.stem}_{Fingerprint().texts([str(path)])}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's file may raise anything
        raise RegistryError(f"{file} cannot be imported ({_reason(error)})") from error
    return module


def _decoded(value: Any, hint: Any) -> Any:
    """A text that writes a list or a mapping in JSON is read; any other value stays as it is."""
    import msgspec

    if isinstance(value, str) and hint is not str and value[:1] in "[{":
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value


def _field_docstrings(cls: type) -> dict[str, str]:
    """The text below each field in the source, inherited fields included; empty where there is no source."""
    described: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not dataclasses.is_dataclass(base):
            continue
        try:
            body = typing.cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]).body
        except (OSError, TypeError, SyntaxError):
            continue
        for statement, below in pairwise(body):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            ):
                described[statement.target.id] = inspect.cleandoc(below.value.value)
    return described
