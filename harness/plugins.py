"""Plug-ins of five kinds: found by entry point or by file, checked, described by their decorator."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import re
import sys
import typing
from enum import StrEnum
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import ParameterError, RegistryError
from harness.plugin_errors import plugin_errors
from harness.plugin_parameters import converted, default_of, fields, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType, ModuleType

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""Names that become parts of folder and file names: those of recommenders, splits and readers."""

LONGEST_SHOWN = 128
"""Characters of an invalid name that a message shows."""

FILE_MODULE = "harness_file_"
"""First part of the module name of a plug-in in a file."""

_MARK = "__harness_plugin__"


class KindName(StrEnum):
    """Names of the kinds of plug-ins."""

    RECOMMENDER = "recommender"
    SPLIT = "split"
    METRIC = "metric"
    READER = "reader"
    ENGINE = "engine"


class Kind(NamedTuple):
    """A kind of plug-in.

    Attributes:
        noun: its name, also for messages.
        group: the entry-point group of its plug-ins.
        methods: methods that its classes must have.
        listing: the command that lists its plug-ins.
        decorator: what marks a plug-in, for messages.
        parameter: noun for its parameters in messages.
    """

    noun: KindName
    group: str
    methods: tuple[str, ...] = ()
    listing: str = "harness list"
    decorator: str = ""
    parameter: str = "parameter"

    @property
    def one(self) -> str:
        """Its name after the indefinite article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"


RECOMMENDER = Kind(
    *(KindName.RECOMMENDER, "harness.recommenders", ("fit", "recommend"), "harness list"),
    decorator="@harness.recommender(NAME)",
    parameter="hyper-parameter",
)
SPLIT = Kind(
    *(KindName.SPLIT, "harness.splits", ("cut",), "harness list --kind split"),
    decorator="@harness.split(NAME, metrics=(...))",
)
METRIC = Kind(KindName.METRIC, "harness.metrics", (), "harness metrics", decorator="@harness.metric(NAME, title=...)")
READER = Kind(
    *(KindName.READER, "harness.readers", ("recognises",), "harness list --kind reader"),
    decorator="@harness.reader(NAME, layout=...)",
)
ENGINE = Kind(
    *(KindName.ENGINE, "harness.engines", ("perform",), "harness list --kind engine"),
    decorator="@harness.engine_class",
)
KINDS = (RECOMMENDER, SPLIT, METRIC, READER, ENGINE)


def mark(plugin: Any, kind: Kind, traits: Any) -> Any:
    """Attach the traits that the decorator declares; `plugin` is returned."""
    setattr(plugin, _MARK, (kind, traits))
    return plugin


def traits_of(plugin: Any, kind: Kind) -> Any:
    """The traits that the decorator declared.

    Raises:
        RegistryError: the object is not marked as a plug-in of this kind.
    """
    marked = getattr(plugin, _MARK, None)
    if marked is None or marked[0] != kind:
        raise _not_marked(kind, getattr(plugin, "__qualname__", repr(plugin)))
    return marked[1]


def names(kind: Kind) -> dict[str, str]:
    """Registered name -> distribution that brings it, sorted; no plug-in is imported.

    Raises:
        RegistryError: two distributions claim one name.
    """
    return {name: distribution(point) for name, point in registered(kind).items()}


def summaries(kind: Kind) -> dict[str, str]:
    """Registered name -> first line of its docstring; no plug-in is imported, its source is read.

    Raises:
        RegistryError: two distributions claim one name.
    """
    return {name: _summary(point) for name, point in registered(kind).items()}


def find(kind: Kind, name: str) -> Any:
    """The plug-in of a registered name, or of `path/to/file.py:NAME`.

    Raises:
        ParameterError: the name is no text, e.g. the class itself.
        RegistryError: the name is unknown or invalid, or the object is no plug-in of this kind.
        PluginError: its module cannot be imported.
    """
    if not isinstance(name, str):
        called = getattr(name, "__name__", repr(name))
        raise ParameterError(
            f"{kind.noun} {called} is no name: write a registered name or 'path/to/file.py:NAME', so that other "
            "processes find it too"
        )
    if name.endswith(".py"):
        name += ":"
    if ".py:" in name:
        return _from_file(kind, name)
    points = registered(kind)
    if name not in points:
        raise RegistryError(f"no {kind.noun} {name!r}{suggestion(name, points)}; `{kind.listing}` names all")
    point = points[name]
    plugin = load(kind, point)
    traits = _checked(kind, plugin, point.value)
    if traits.name != name:
        raise RegistryError(
            f"{point.value} calls itself {traits.name!r} but its entry point says {name!r}: make the two agree"
        )
    return plugin


def load(kind: Kind, point: EntryPoint) -> Any:
    """The object of an entry point.

    Raises:
        PluginError: it cannot be imported.
    """
    label = f"{kind.noun} {point.name!r} of {distribution(point)} cannot be imported; fix or uninstall it"
    with plugin_errors(label):
        return point.load()


def create(kind: Kind, name: str, params: Mapping[str, Any]) -> Any:
    """A plug-in object with these parameters; the others keep their defaults.

    Raises:
        RegistryError, PluginError: see `find`.
        ParameterError: a parameter is unknown or its value is invalid.
    """
    cls = find(kind, name)
    label = f"{kind.noun} {name!r}"
    return construct(cls, converted(cls, params, label, kind.parameter), label)


def construct(cls: type, params: Mapping[str, Any], label: str) -> Any:
    """An object of a plug-in class with converted parameters.

    Raises:
        ParameterError: the constructor refused a value by ValueError or TypeError.
        PluginError: the constructor raised another exception.
    """
    with plugin_errors(label, sources(cls)):
        try:
            return cls(**params)
        except (ValueError, TypeError) as error:
            raise ParameterError(f"{label}: {error}") from error


def sources(cls: type) -> list[Path]:
    """The file of a class, or the folder of its whole package if it is in one."""
    module = sys.modules[cls.__module__]
    package = cls.__module__.partition(".")[0]
    top = sys.modules.get(package)
    if package != cls.__module__ and top is not None and top.__file__:
        return [Path(top.__file__).parent]
    return [Path(str(module.__file__))]


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


class _SourceLoader(SourceFileLoader):
    """Compiles the source at every import: byte code of a file that was edited twice in one second may be outdated."""

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        return self.source_to_code(self.get_data(self.path), self.path)


def module_of_file(kind: Kind, file: str) -> ModuleType:
    """The module in a Python file that no distribution brings, under a unique module name.

    Raises:
        RegistryError: there is no such file.
        PluginError: it cannot be imported.
    """
    from harness.fingerprint import Fingerprint

    path = Path(file).expanduser().resolve()
    if not path.is_file():
        raise RegistryError(f"no file {file}: {kind.one} in a file is named as path/to/file.py:NAME")
    name = f"{FILE_MODULE}{path.stem}_{Fingerprint().texts([str(path)])}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_SourceLoader(name, str(path)))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with plugin_errors(f"{file} cannot be imported", [path]):
        spec.loader.exec_module(module)
    return module


def file_location(cls: type) -> str:
    """`path/to/file.py:Class` by which `find` returns a class of a file again; empty for any other class."""
    is_of_file = cls.__module__.startswith(FILE_MODULE)
    return f"{sys.modules[cls.__module__].__file__}:{cls.__qualname__}" if is_of_file else ""


def _summary(point: EntryPoint) -> str:
    """First line of the docstring in the source of an entry point; empty if it cannot be read."""
    try:
        spec = importlib.util.find_spec(point.module)
        tree = ast.parse(Path(str(spec and spec.origin)).read_text(encoding="utf-8"))
    except Exception:  # noqa: BLE001 - finding a module runs the code of its package, which may raise anything
        return ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == point.attr:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


def _from_file(kind: Kind, name: str) -> Any:
    file, _, attribute = name.rpartition(":")
    module = module_of_file(kind, file)
    marked = [key for key, value in vars(module).items() if getattr(value, _MARK, (None,))[0] == kind]
    if attribute not in marked:
        hint = f"it has {', '.join(marked)}" if marked else f"it has none: put {kind.decorator} above it"
        if not attribute:
            raise RegistryError(f"{file} is a file: name {kind.one} in it as {file}:NAME; {hint}")
        raise RegistryError(f"{file} has no {kind.noun} {attribute!r}; {hint}")
    plugin = getattr(module, attribute)
    _checked(kind, plugin, name)
    return plugin


def _checked(kind: Kind, plugin: Any, location: str) -> Any:
    """The traits of a loaded plug-in, after checks of its name, methods and parameters."""
    marked = getattr(plugin, _MARK, None)
    if marked is None or marked[0] != kind:
        raise _not_marked(kind, location)
    traits = marked[1]
    if kind != METRIC and not (isinstance(traits.name, str) and NAME.fullmatch(traits.name)):
        raise RegistryError(
            f"{location}: {kind.one} cannot be called {_shortened(traits.name)}; its name has 1 to 64 characters, "
            "a-z, 0-9 and -, and does not begin with -"
        )
    missing = [method for method in kind.methods if not callable(getattr(plugin, method, None))]
    if missing:
        needed = " and ".join(kind.methods)
        raise RegistryError(f"{location} has no method {' and no method '.join(missing)}: {kind.one} needs {needed}")
    if isinstance(plugin, type):
        _check_parameters(kind, plugin, location)
    return traits


def _check_parameters(kind: Kind, cls: type, location: str) -> None:
    without_default = [field.name for field in fields(cls) if default_of(field) is dataclasses.MISSING]
    if without_default:
        raise RegistryError(f"{location}: {kind.parameter} {without_default[0]!r} has no default, give it one")
    try:
        typing.get_type_hints(cls)
    except Exception as error:  # an annotation may be any expression
        raise RegistryError(f"{location}: the types of its {kind.parameter}s cannot be read ({error})") from error


def _not_marked(kind: Kind, location: str) -> RegistryError:
    return RegistryError(f"{location} is not marked as {kind.one}: put {kind.decorator} above it")


def _shortened(name: object) -> str:
    text = ascii(name)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN // 2]}…"
