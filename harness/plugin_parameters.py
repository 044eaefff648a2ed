"""Parameters of plug-ins: dataclass fields with a type, a default value and a description."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import inspect
import math
import textwrap
import typing
from dataclasses import dataclass
from itertools import pairwise
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Bounds = msgspec.Meta
"""Bounds of a number, for a parameter's annotation: `Annotated[float, Bounds(gt=0, le=1)]`; also ge and lt."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a plug-in: a dataclass field.

    Attributes:
        name: the field's name.
        type: as written in the annotation, followed by its bounds, e.g. `int, 1 to 4096`.
        default: default value.
        description: the docstring below the field.
    """

    name: str
    type: str
    default: object
    description: str


def parameters(cls: type) -> list[Parameter]:
    """The parameters of a plug-in class, inherited ones first."""
    hints = _hints(cls)
    descriptions = _field_docstrings(cls)
    return [
        Parameter(field.name, _type_name(hints[field.name]), default_of(field), descriptions.get(field.name, ""))
        for field in fields(cls)
    ]


def values(plugin: Any) -> dict[str, Any]:
    """Parameter -> current value of a plug-in."""
    return {field.name: getattr(plugin, field.name) for field in fields(type(plugin))}


def fields(cls: type) -> list[dataclasses.Field[Any]]:
    """The dataclass fields that are parameters: those of the constructor."""
    return [field for field in dataclasses.fields(cls) if field.init]


def default_of(field: dataclasses.Field[Any]) -> object:
    """A field's default value; `dataclasses.MISSING` where it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def takes_fractions(cls: type, name: str) -> bool | None:
    """Whether a parameter can be a number with decimals; None if the class has no such field or its type is open."""
    if name not in {field.name for field in fields(cls)}:
        return None
    alternatives = _alternatives(_hints(cls)[name])
    return None if Any in alternatives else float in alternatives


def converted(cls: type, params: Mapping[str, Any], label: str, noun: str) -> dict[str, Any]:
    """Values converted to the types of their fields.

    Args:
        cls: the plug-in's class.
        params: parameter -> value; a text, as a command line gives it, is converted: JSON for a list or a mapping.
        label: names the plug-in in messages, e.g. "recommender 'als'".
        noun: a parameter in messages, e.g. "hyper-parameter".

    Raises:
        ParameterError: a parameter is unknown, or its value has the wrong type, is out of bounds or is not a number.
    """
    hints = _hints(cls)
    known = {field.name for field in fields(cls)}
    result: dict[str, Any] = {}
    for name, value in params.items():
        if name not in known:
            hint = suggestion(name, known) or (f"; it has {', '.join(sorted(known))}" if known else "; it has none")
            raise ParameterError(f"{label} has no {noun} {name!r}{hint}")
        try:
            result[name] = msgspec.convert(_decoded(value, hints[name]), hints[name], strict=False)
        except msgspec.ValidationError as error:
            raise ParameterError(f"{label}: {_misfit(name, value, hints[name])} ({error})") from error
        if isinstance(result[name], float) and not math.isfinite(result[name]):
            raise ParameterError(f"{label}: {_misfit(name, value, hints[name])}")
    return result


def literal(value: Any) -> Any:
    """The number, bool, list or mapping that a text stands for as JSON; any other value unchanged."""
    try:
        return msgspec.json.decode(value) if isinstance(value, str) else value
    except msgspec.DecodeError:
        return value


def check_values(plugin: Any) -> None:
    """Check fields with bounds or a choice of literals; raises ValueError. For objects made without `converted`."""
    for name, hint in _hints(type(plugin)).items():
        if _bounds(hint) is not None or typing.get_origin(hint) is typing.Literal:
            value = getattr(plugin, name)
            try:
                msgspec.convert(value, hint)
            except msgspec.ValidationError as error:
                raise ValueError(f"{_misfit(name, value, hint)} ({error})") from error


def suggestion(name: str, known: Iterable[str]) -> str:
    """', did you mean …?' where a known name resembles the unknown one, else an empty text."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", did you mean {close[0]!r}?" if close else ""


def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls, include_extras=True)


def _alternatives(hint: Any) -> list[Any]:
    """The types of a union, or the one type, without bounds."""
    if typing.get_origin(hint) is Annotated:
        return _alternatives(typing.get_args(hint)[0])
    if typing.get_origin(hint) in {typing.Union, UnionType}:
        return [each for part in typing.get_args(hint) for each in _alternatives(part)]
    return [hint]


def _misfit(name: str, value: object, hint: Any) -> str:
    return f"{name}={value} does not fit, {_type_name(hint)} is needed"


def _bounds(hint: Any) -> Bounds | None:
    """The bounds of `Annotated[number, Bounds(…)]`, also of a union of it with None."""
    found = [item for part in (hint, *typing.get_args(hint)) for item in getattr(part, "__metadata__", ())]
    return next((item for item in found if isinstance(item, Bounds)), None)


def _range(bounds: Bounds) -> str:
    """Bounds in words, e.g. `1 to 4096`, `above 0, at most 1`."""
    if bounds.ge is not None and bounds.le is not None:
        return f"{bounds.ge:g} to {bounds.le:g}" if isinstance(bounds.le, float) else f"{bounds.ge} to {bounds.le}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    limits = [(word, getattr(bounds, limit)) for limit, word in words.items()]
    return ", ".join(f"{word} {value:g}" for word, value in limits if value is not None)


def _type_name(hint: Any) -> str:
    plain_hint = getattr(hint, "__origin__", hint) if hasattr(hint, "__metadata__") else hint
    if typing.get_origin(plain_hint) is list:
        return f"list[{_type_name(typing.get_args(plain_hint)[0])}]"
    bounds = _bounds(hint)
    if bounds is not None:
        plain = " | ".join(
            _type_name(getattr(part, "__origin__", part)) if part is not type(None) else "None"
            for part in (typing.get_args(hint) if not hasattr(hint, "__metadata__") else (hint,))
        )
        return f"{plain}, {_range(bounds)}"
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint).replace("typing.", "")


def _decoded(value: Any, hint: Any) -> Any:
    """The list or mapping that a JSON text stands for; any other value unchanged."""
    return literal(value) if isinstance(value, str) and hint is not str and value[:1] in "[{" else value


def _field_docstrings(cls: type) -> dict[str, str]:
    """Field -> docstring below it in the source, inherited fields included; empty where there is no source."""
    docstrings: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not dataclasses.is_dataclass(base):
            continue
        try:
            body = typing.cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]).body
        except (OSError, TypeError, SyntaxError):
            continue
        for statement, following in pairwise(body):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)
            ):
                docstrings[statement.target.id] = inspect.cleandoc(following.value.value)
    return docstrings
