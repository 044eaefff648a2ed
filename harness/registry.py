"""Names -> recommender classes, by entry points; nothing is imported before it is asked for."""

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
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import ParameterError, RegistryError
from harness.plugin_errors import plugin_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.types import Recommender

GROUP = "harness.recommenders"
"""The entry-point group in which a distribution names its recommenders."""

MEMBER_PARAMS = "member_params"
"""The field in which a recommender made of others takes their hyper-parameters: name -> parameters."""

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""What a recommender may be called: its name begins the names of its runs' folders."""

_NAME = "__recommender_name__"
Class = TypeVar("Class", bound=type)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyper-parameter as `harness list NAME` shows it."""

    name: str
    type: str
    default: object
    description: str


@typing.dataclass_transform()
def recommender(name: str) -> Callable[[Class], Class]:
    """Mark a class as the recommender `name`; the class becomes a dataclass if it is none yet.

    Args:
        name: the registered name, as `NAME` allows; the entry point must have the same. It is checked when the
            class is used, so that a wrong name in a file does not stop the file's other recommenders.
    """

    def mark(cls: Class) -> Class:
        made: Any = cls if "__dataclass_fields__" in vars(cls) else dataclass(cls)
        setattr(made, _NAME, name)
        return typing.cast("Class", made)

    return mark


def names() -> dict[str, str]:
    """Every registered name and the distribution that brings it, sorted; no recommender is imported.

    Raises:
        RegistryError: two distributions claim one name.
    """
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise RegistryError(
                f"recommender {point.name!r} is claimed by {_origin(other)} ({other.value}) "
                f"and by {_origin(point)} ({point.value}): uninstall one of them"
            )
    return {name: _origin(found[name]) for name in sorted(found)}


def find(name: str) -> type[Recommender]:
    """The class behind a registered name, or behind `path/to/file.py:Class`.

    Raises:
        RegistryError: the name is unknown or not allowed, or is no recommender.
        PluginError: its module cannot be imported.
    """
    if ".py:" in name:
        return _from_file(name)
    known = names()
    if name not in known:
        raise RegistryError(f"no recommender {name!r}{suggestion(name, known)}; `harness list` names all")
    point = next(point for point in entry_points(group=GROUP) if point.name == name)
    with plugin_errors(f"recommender {name!r} of {_origin(point)} cannot be imported; fix or uninstall it"):
        loaded = point.load()
    cls = _checked(loaded, point.value)
    if registered_name(cls) != name:
        raise RegistryError(
            f"{point.value} calls itself {registered_name(cls)!r} but its entry point says {name!r}: make the two agree"
        )
    return cls


def create(name: str, params: Mapping[str, Any] | None = None, seed: int | None = None) -> Recommender:
    """A new recommender with these hyper-parameters; the others keep their defaults.

    Args:
        name: a registered name or `path/to/file.py:Class`.
        params: hyper-parameter -> value; a text is converted to the parameter's type, JSON where it is a list
            or a mapping. A dotted name belongs to a member: `als.factors` goes to `member_params["als"]`.
        seed: for a recommender that has a hyper-parameter `seed`, unless `params` names another.

    Raises:
        RegistryError: see `find`.
        PluginError: it cannot be imported, or its constructor raised an exception other than ValueError and TypeError.
        ParameterError: a parameter is unknown or its value does not fit.
    """
    cls = find(name)
    given = {"seed": seed} if seed is not None and takes_seed(cls) else {}
    converted = _converted(cls, name, {**given, **(params or {})})
    with plugin_errors(f"recommender {name!r}", sources(cls)):
        try:
            return cls(**converted)
        except (ValueError, TypeError) as error:
            raise ParameterError(f"recommender {name!r}: {error}") from error


def takes_seed(cls: type) -> bool:
    """Whether a recommender draws numbers: others are the same under every seed."""
    return any(field.name == "seed" for field in _fields(cls))


def registered_name(cls: type) -> str:
    """The name that the decorator gave a class."""
    return str(getattr(cls, _NAME))


def sources(cls: type) -> list[Path]:
    """The file of a class, or its whole package if it is in one."""
    module = sys.modules[cls.__module__]
    package = cls.__module__.partition(".")[0]
    top = sys.modules.get(package)
    if package != cls.__module__ and top is not None and top.__file__:
        return [Path(top.__file__).parent]
    return [Path(str(module.__file__))]


def sources_of_all(recommender: Recommender) -> list[Path]:
    """Those of the recommender's class, and of the recommenders that it says it is made of."""
    parts = [path for part in getattr(recommender, "made_of", ()) for path in sources_of_all(part)]
    return [*sources(type(recommender)), *parts]


def parameters(cls: type) -> list[Parameter]:
    """The hyper-parameters of a recommender: its dataclass fields, described by the text below each."""
    hints = typing.get_type_hints(cls)
    described = _field_docstrings(cls)
    return [
        Parameter(field.name, _type_name(hints[field.name]), _default(field), described.get(field.name, ""))
        for field in _fields(cls)
    ]


def values(instance: Recommender) -> dict[str, Any]:
    """The hyper-parameters of a recommender as it is: field -> value."""
    return {field.name: getattr(instance, field.name) for field in _fields(type(instance))}


def suggestion(name: str, known: typing.Iterable[str]) -> str:
    """', did you mean …?' where a known name resembles the unknown one, else an empty text."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", did you mean {close[0]!r}?" if close else ""


def _fields(cls: type) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(cls) if field.init]


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _type_name(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint).replace("typing.", "")


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unnamed distribution"


def _checked(loaded: object, where: str) -> type[Recommender]:
    if not isinstance(loaded, type) or not hasattr(loaded, _NAME):
        raise RegistryError(f"{where} is not marked as a recommender: put @harness.recommender(NAME) above the class")
    name = getattr(loaded, _NAME)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise RegistryError(
            f"{where}: a recommender cannot be called {_shortened(name)}; its name has 1 to 64 characters, a-z, 0-9 "
            "and -, and does not begin with -"
        )
    missing = [method for method in ("fit", "recommend") if not callable(getattr(loaded, method, None))]
    if missing:
        raise RegistryError(f"{where} has no method {' and no method '.join(missing)}: a recommender needs both")
    undefaulted = [field.name for field in _fields(loaded) if _default(field) is dataclasses.MISSING]
    if undefaulted:
        raise RegistryError(f"{where}: hyper-parameter {undefaulted[0]!r} has no default, give it one")
    try:
        typing.get_type_hints(loaded)
    except Exception as error:  # an annotation may be any expression
        raise RegistryError(f"{where}: the types of its hyper-parameters cannot be told ({error})") from error
    return loaded


def _shortened(name: object) -> str:
    text = ascii(name)
    return text if len(text) <= 2 * 64 else f"{text[:64]}…"


def _from_file(name: str) -> type[Recommender]:
    file, _, class_name = name.rpartition(":")
    path = Path(file).expanduser().resolve()
    if not path.is_file():
        raise RegistryError(f"no file {file}: a recommender's file is named as path/to/file.py:Class")
    from harness.fingerprint import Fingerprint

    module_name = f"harness_file_{path.stem}_{Fingerprint().texts([str(path)])}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    with plugin_errors(f"{file} cannot be imported", [path]):
        spec.loader.exec_module(module)
    classes = [key for key, value in vars(module).items() if isinstance(value, type) and hasattr(value, _NAME)]
    if class_name not in classes:
        marked = (
            f"it has {', '.join(classes)}" if classes else "it has none: put @harness.recommender(NAME) above the class"
        )
        raise RegistryError(f"{file} has no recommender {class_name!r}; {marked}")
    return _checked(getattr(module, class_name), name)


def _converted(cls: type, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    import msgspec

    hints = typing.get_type_hints(cls)
    known = {field.name for field in _fields(cls)}
    result: dict[str, Any] = {}
    members: dict[str, dict[str, Any]] = {}
    for key, value in params.items():
        member, dot, rest = key.partition(".")
        if dot and MEMBER_PARAMS in known:
            members.setdefault(member, {})[rest] = value
            continue
        if key not in known:
            hint = suggestion(key, known) or (f"; it has {', '.join(sorted(known))}" if known else "; it has none")
            raise ParameterError(f"recommender {name!r} has no hyper-parameter {key!r}{hint}")
        try:
            result[key] = msgspec.convert(_decoded(value, hints[key]), hints[key], strict=False)
        except msgspec.ValidationError as error:
            raise ParameterError(
                f"recommender {name!r}: {key}={value} does not fit, {_type_name(hints[key])} is needed ({error})"
            ) from error
    if members:
        field = next(each for each in _fields(cls) if each.name == MEMBER_PARAMS)
        whole = result.get(MEMBER_PARAMS, _default(field))
        result[MEMBER_PARAMS] = whole | {member: whole.get(member, {}) | given for member, given in members.items()}
    return result


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
