"""Source closure of a plug-in: the files and packages that can change its results, and their hash."""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RegistryError
from harness.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.machinery import ModuleSpec

API = "harness"
KIT = "harness.kit"
"""The two public packages: `PACKAGE.NAME` refers to the module that defines NAME according to the package's stub."""

SHARED = ("harness", "recommenders")
"""Packages of this distribution: followed module by module, never taken whole."""

_imported_from: dict[str, tuple[ModuleSpec, str]] = {}
"""Module -> its spec and the source that it had when a closure first reached it after its import."""

_SHORT = 10
"""Digits of a short fingerprint."""

_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_INSTALLED = {"site-packages", "dist-packages"}
"""Names of folders into which packages are installed."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Modules that a plug-in's code can reach, and the distributions that these import.

    Attributes:
        modules: dotted name -> source file, sorted by name.
        distributions: installed distributions outside the closure, sorted.
    """

    modules: dict[str, Path]
    distributions: tuple[str, ...]

    @property
    def source_hash(self) -> str:
        """Fingerprint of the modules' names and sources: equal on every machine, with or without git."""
        digest = Fingerprint()
        for name, path in self.modules.items():
            digest.texts([_portable(name), _text(path)])
        return str(digest)

    @property
    def digests(self) -> dict[str, str]:
        """Module -> short fingerprint of its source; they show which module differs where two source hashes do."""
        return {
            _portable(name): str(Fingerprint().texts([_text(path)]))[:_SHORT] for name, path in self.modules.items()
        }

    @property
    def versions(self) -> dict[str, str]:
        """Distribution -> installed version; those without metadata are left out."""
        installed = {}
        for name in self.distributions:
            try:
                installed[name] = version(name)
            except PackageNotFoundError:
                continue
        return installed

    def check_imported(self) -> None:
        """Check that this process imported the modules with the sources that they have now.

        Raises:
            RegistryError: it runs older code, whose results must not be stored under the new source's hash.
        """
        for name, path in self.modules.items():
            spec, text = _imported_from.get(name, (None, ""))
            if spec and spec is _spec_of_imported(name) and text != _text(path):
                raise RegistryError(f"{path}: its source changed since it was imported: start a new Python session")


def closure_of(modules: Iterable[str]) -> Closure:
    """Follow the imports of modules, also inside functions, but not those for type checkers only.

    Followed one by one are the modules of this distribution, those of the plug-in's package and distribution, and all
    others whose source is not installed, e.g. a file beside the plug-in's or a distribution in editable form. Any other
    import counts as a distribution with a version. No module is imported.

    Args:
        modules: dotted names of imported modules, e.g. `type(plugin).__module__`.
    """
    waiting = list(modules)
    is_followed = dict.fromkeys((*SHARED, *_own_packages(waiting)), True)
    reached: dict[str, Path] = {}
    external: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if name in reached or path is None:
            continue
        reached[name] = path
        _note_import(name, path)
        waiting.extend(_parents(name))
        for imported in _imports(path, _text(path)):
            package = imported.partition(".")[0]
            if package not in is_followed:
                is_followed[package] = not _is_installed(package)
            if is_followed[package]:
                waiting.append(imported)
            else:
                external.add(package)
    return Closure(dict(sorted(reached.items())), tuple(sorted(_distributions(external))))


def own_digest(module: str) -> str:
    """Short fingerprint of a plug-in's sources without those of the harness; empty for a module of the harness.

    It is empty too for a module without a source file, e.g. that of a notebook.

    Raises:
        RegistryError: a source changed since it was imported.
    """
    if module.partition(".")[0] in SHARED:
        return ""
    modules = closure_of([module]).modules
    own = {name: path for name, path in modules.items() if name.partition(".")[0] not in SHARED}
    closure = Closure(own, ())
    closure.check_imported()
    return closure.source_hash[:_SHORT] if own else ""


def _own_packages(modules: Iterable[str]) -> set[str]:
    """Packages of modules, and the others that the same distributions install."""
    packages = {name.partition(".")[0] for name in modules}
    own = {name for package in packages for name in _installed().get(package, ())}
    return packages | {package for package, names in _installed().items() if own.intersection(names)}


def _is_installed(package: str) -> bool:
    """Whether a package or module belongs to the standard library or to a folder of installed packages."""
    spec = _spec(package)
    places = [spec.origin] if spec and spec.has_location else spec and spec.submodule_search_locations
    if not places:
        return True
    path = Path(str(next(iter(places))))
    if path.is_relative_to(_STANDARD_LIBRARY) or _INSTALLED.intersection(path.parts):
        return True
    folder = path.parent.parent if path.name == "__init__.py" else path.parent
    return next(folder.glob("*.dist-info"), None) is not None  # a folder of `pip install --target`


def _note_import(name: str, path: Path) -> None:
    """Remember the source of an imported module; a module that is reloaded gets another spec."""
    spec = _spec_of_imported(name)
    if spec and _imported_from.get(name, (None, ""))[0] is not spec:
        _imported_from[name] = spec, _text(path)


def _spec_of_imported(name: str) -> ModuleSpec | None:
    return getattr(sys.modules.get(name), "__spec__", None)


def _parents(name: str) -> list[str]:
    """Parent packages of a module, whose code runs before it; those of the harness have no code."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))] if parts[0] != API else []


def _source(name: str) -> Path | None:
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None) if module else None
    if file is None:
        spec = _spec(name)
        file = spec.origin if spec else None
    return Path(file) if file and file.endswith(".py") and Path(file).is_file() else None


def _spec(name: str) -> ModuleSpec | None:
    """Location of a module; unlike `importlib.util.find_spec`, it imports no parent package."""
    if name in sys.modules:
        return _spec_of_imported(name)
    parent = name.rpartition(".")[0]
    if not parent:
        return importlib.util.find_spec(name) if name.isidentifier() else None
    found = _spec(parent)
    places = found.submodule_search_locations if found else None
    return PathFinder.find_spec(name, places) if places else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@cache
def _imports(path: Path, text: str) -> tuple[str, ...]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # no module can be imported from it
        return ()
    return tuple(dict.fromkeys(_imported(tree, _package(path))))


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Dotted names of imported modules; `from a import b` yields `a.b` too, in case b is a module."""
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name not in (API, KIT))
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names = [alias.name for alias in node.names]
            if base in (API, KIT):
                yield from (_defined_in(base, name) for name in names if name != "kit")
            else:
                yield base
                yield from (f"{base}.{name}" for name in names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in (API, KIT) and node.attr != "kit":
            yield _defined_in(ast.unparse(node.value), node.attr)


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node except those inside `if TYPE_CHECKING:`."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                waiting.extend(child.orelse)
            else:
                waiting.append(child)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return str(node.module)
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *filter(None, [node.module])])


def _package(path: Path) -> str:
    """The dotted package of a source file, by its folders with an `__init__.py`."""
    parts: list[str] = []
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


@cache
def _definitions(package: str) -> dict[str, str]:
    """Public name of a package -> module of the harness that defines it, read from the stub."""
    folder = Path(__file__).parent.joinpath(*package.split(".")[1:])
    stub = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: f"{package}.{node.module}" if node.module else f"{package}.{alias.name}"
        for node in ast.walk(stub)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _defined_in(package: str, name: str) -> str:
    return _definitions(package).get(name, f"{package}.{name}")


def _distributions(packages: set[str]) -> set[str]:
    outside = packages - set(sys.stdlib_module_names)
    installed = _installed()
    return {name for package in outside for name in installed.get(package, ())}


@cache
def _installed() -> dict[str, list[str]]:
    return dict(packages_distributions())


def _portable(name: str) -> str:
    """Module name without the part that depends on the path of a recommender's file."""
    return name.partition("_")[0] if name.startswith("harness_file_") else name
