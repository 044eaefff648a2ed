"""Imports go one way: from the command line down to the rules, and recommenders see the harness's root only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = (
    {"errors", "printable", "rules", "system_errors"},
    {"atomic", "compiling", "costs", "extras", "fingerprint", "home", "notebook", "sealed"},
    {"ragged", "types", "interfaces", "identities", "plugins", "plugin_errors", "plugin_parameters"},
    {"registry", "sources"},
    {"kit"},
    {"data"},
    {"synthetic", "splits"},
    {"submission", "metrics"},
    {"statistics"},
    {"machine"},
    {"engines"},
    {"task"},
    {"run"},
    {"search"},
    {"report", "plot", "installation"},
    {"serve"},
    {"cli"},
    {"__main__"},
)
"""A room imports from its own floor and from those before it; the public API is the root."""

HEAVY = (
    "polars",
    "rich",
    "typer",
    "sklearn",
    "implicit",
    "gensim",
    "pyarrow",
    "altair",
    "jinja2",
    "vl_convert",
    "starlette",
    "uvicorn",
)
"""Slow to import: they wait until they are needed."""


def modules(package):
    """Every module of a package, by its dotted name, with its syntax tree."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        found[".".join(parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return found


HARNESS, RECOMMENDERS = modules("harness"), modules("recommenders")


def imports(tree):
    """The modules that a file imports, inside functions and for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports name modules from the root on"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in HARNESS | RECOMMENDERS else str(node.module)


def room(module):
    """The folder or root module that a module belongs to; the root itself is the public API."""
    return module.split(".")[1] if "." in module else "the public API"


def floor(module):
    (number,) = [number for number, rooms in enumerate(FLOORS) if room(module) in rooms]
    return number


def test_every_room_has_its_floor():
    rooms = {room(module) for module in HARNESS} - {"the public API"}
    assert rooms == set().union(*FLOORS)


@pytest.mark.parametrize("module", sorted(set(HARNESS) - {"harness"}))
def test_a_module_imports_only_what_lies_below_it(module):
    for imported in imports(HARNESS[module]):
        if imported == "harness":
            assert floor(module) > floor("harness.registry"), f"{module} imports the public API"
        elif imported.startswith("harness."):
            assert floor(imported) <= floor(module), f"{module} imports {imported}"


@pytest.mark.parametrize("package", ["synthetic", "submission"])
def test_rooms_of_one_floor_do_not_import_each_other_in_a_circle(package):
    neighbours = FLOORS[floor(f"harness.{package}")]
    graph = {
        each: {
            room(imported)
            for module, tree in HARNESS.items()
            if room(module) == each
            for imported in imports(tree)
            if imported.startswith("harness.") and room(imported) in neighbours - {each}
        }
        for each in neighbours
    }
    reached, waiting = set(), list(graph[package])
    while waiting:
        reached.add(each := waiting.pop())
        waiting.extend(graph[each] - reached)
    assert package not in reached, graph


def circle(graph):
    """The modules of one import circle, in order, the first again at the end; empty without a circle."""
    finished = set()

    def visit(module, path):
        if module in path:
            return [*path[path.index(module) :], module]
        if module in finished:
            return []
        closed = next(filter(None, (visit(imported, [*path, module]) for imported in graph[module])), [])
        finished.add(module)
        return closed

    return next(filter(None, (visit(module, []) for module in graph)), [])


def test_no_files_import_each_other_in_a_circle_not_even_for_type_checkers():
    trees = {**HARNESS, **RECOMMENDERS}
    graph = {module: sorted(set(imports(tree)) & set(trees) - {"harness"}) for module, tree in trees.items()}
    assert not circle(graph), " imports ".join(circle(graph))


def test_an_import_circle_is_reported_with_its_files():
    assert circle({"a": ["b"], "b": ["c", "d"], "c": [], "d": ["b"]}) == ["b", "d", "b"]


def test_the_harness_never_imports_a_recommender():
    for module, tree in HARNESS.items():
        assert not [each for each in imports(tree) if each.split(".")[0] == "recommenders"], module


@pytest.mark.parametrize("module", sorted(RECOMMENDERS))
def test_a_recommender_imports_the_two_public_packages_and_no_other_recommender(module):
    own = ".".join(module.split(".")[:2])
    for imported in imports(RECOMMENDERS[module]):
        package = imported.split(".")[0]
        allowed = imported.startswith("recommenders._") or f"{imported}.".startswith(f"{own}.")
        assert package != "recommenders" or allowed, f"{module} imports {imported}"
        assert package != "harness" or imported in ("harness", "harness.kit"), f"{module} imports {imported}"


@pytest.mark.parametrize("module", sorted(RECOMMENDERS))
def test_a_recommender_uses_only_what_lies_below_reports_and_runs(module):
    stub = ast.parse((ROOT / "harness" / "__init__.pyi").read_text(encoding="utf-8"))
    sources = {
        alias.name: node.module for node in ast.walk(stub) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    for name in used_of_the_api(RECOMMENDERS[module]):
        assert floor(f"harness.{sources[name] or name}") <= floor("harness.metrics"), f"{module} uses harness.{name}"


def used_of_the_api(tree):
    """The names that a file takes from the harness's root."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "harness":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "harness":
            yield node.attr


def loaded_by(code):
    """The top-level packages that are in memory after the code ran."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], check=True, capture_output=True, text=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_what_a_recommender_must_import_is_light():
    names, blocks = "Ragged, Ranked, Playlists, create, recommender", "top_k, track, without_seeds"
    code = f"from harness import {names}; from harness.kit import {blocks}"
    assert not loaded_by(code) & {*HEAVY, "numba", "scipy"}
    assert not loaded_by("import recommenders.popularity, recommenders.title") & {*HEAVY, "numba"}


def test_help_is_answered_without_what_the_commands_need():
    loaded = loaded_by("import harness.cli.main")
    assert not loaded & ({"numpy", "numba", *HEAVY} - {"rich", "typer"})
