"""Names become classes, parameters become values, and every mistake becomes one line."""

import os
import subprocess
import sys
from importlib.metadata import Distribution, EntryPoint
from textwrap import dedent

import pytest

import harness
from harness import plugin_parameters, plugins, registry
from harness.errors import ParameterError, PluginError, RegistryError
from harness.registry import RecommenderTraits

GROUP = plugins.RECOMMENDER.group
BODY = """
    def fit(self, train, challenge): ...
    def recommend(self, challenge, k): ...
"""


class Installed(Distribution):
    """A distribution that is there by its name only."""

    def __init__(self, name):
        self._metadata_name = name

    @property
    def name(self):
        return self._metadata_name

    def read_text(self, filename):
        del filename

    def locate_file(self, path):
        raise NotImplementedError(path)


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """Write a module and register one of its names, beside what is registered already."""
    points = list(plugins.entry_points(group=GROUP))
    monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == GROUP else [])
    monkeypatch.syspath_prepend(tmp_path)

    def register(name, source, target="Mine", distribution="their-package"):
        module = f"plug_in_{len(points)}_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text("import harness\n" + dedent(source))
        point = EntryPoint(name, f"{module}:{target}", GROUP)
        points.append(point._for(Installed(distribution)))
        return f"{module}:{target}"

    return register


@pytest.fixture
def file(tmp_path):
    """Write a file that is not packaged; give what `--recommender` takes."""

    def write(source, target="Mine", name="mine.py"):
        (tmp_path / name).write_text("import harness\n" + dedent(source))
        return f"{tmp_path / name}:{target}"

    return write


def refusal(call, *arguments, error=RegistryError):
    with pytest.raises(error) as caught:
        call(*arguments)
    text = str(caught.value)
    assert "\n" not in text, "one line"
    return text


def test_names_are_listed_without_importing_any_recommender():
    code = (
        "import sys; from harness import registry; names = registry.names(); "
        "assert {'popularity', 'title'} <= set(names), names; "
        "assert not [name for name in sys.modules if name.startswith('recommenders')], sys.modules; "
        "registry.find('popularity'); "
        "assert 'recommenders.popularity' in sys.modules and 'recommenders.title' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_are_sorted_and_have_their_distribution(plug_in):
    plug_in("zebra", "", distribution="zoo")
    plug_in("ant", "", distribution="zoo")
    known = registry.names()
    assert list(known) == sorted(known)
    assert known["zebra"] == known["ant"] == "zoo"
    assert known["popularity"] == "playlist-harness"


def test_an_unknown_name_is_answered_with_a_suggestion():
    assert refusal(registry.find, "popularty") == (
        "no recommender 'popularty', did you mean 'popularity'?; `harness list` names all"
    )
    assert refusal(registry.find, "qqqq") == "no recommender 'qqqq'; `harness list` names all"


def test_a_plug_in_is_found_and_created(plug_in):
    plug_in("mine", f'@harness.recommender("mine")\nclass Mine:\n    factors: int = 3\n{BODY}')
    made = registry.create("mine", {"factors": "5"})
    assert registry.traits(made).name == "mine"
    assert plugin_parameters.values(made) == {"factors": 5}


def test_a_decorators_name_that_differs_from_the_entry_points_is_refused(plug_in):
    value = plug_in("mine", f'@harness.recommender("yours")\nclass Mine:{BODY}')
    assert refusal(registry.find, "mine") == (
        f"{value} calls itself 'yours' but its entry point says 'mine': make the two agree"
    )


def test_two_distributions_that_claim_one_name_are_refused_with_both_names(plug_in):
    one, other = (plug_in("mine", "", distribution=name) for name in ("one", "other"))
    assert refusal(registry.names) == (
        f"recommender 'mine' is claimed by one ({one}) and by other ({other}): uninstall one of them"
    )


def test_an_entry_point_that_is_listed_twice_is_one(plug_in, monkeypatch):
    points = list(plugins.entry_points(group=GROUP)) * 2
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)  # noqa: ARG005 - called by that name
    assert registry.names()["popularity"] == "playlist-harness"
    del plug_in


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        ("raise RuntimeError('first line\\nsecond line')", "RuntimeError: first line"),
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("", "AttributeError: module"),
    ],
)
def test_a_plug_in_that_cannot_be_imported_is_one_line_and_hurts_nobody_else(plug_in, source, reason):
    value = plug_in("mine", source)
    text = refusal(registry.create, "mine", error=PluginError)
    assert text.startswith(f"recommender 'mine' of their-package cannot be imported; fix or uninstall it: {reason}")
    if source:
        assert text.endswith(f"({value.partition(':')[0]}.py, line 2)")
    assert registry.names()["mine"] == "their-package"
    assert type(registry.create("popularity")).__name__ == "Popularity"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Mine = 3", "is not marked as a recommender: put @harness.recommender(NAME) above it"),
        ("class Mine: ...", "is not marked as a recommender: put @harness.recommender(NAME) above it"),
        (
            '@harness.recommender("mine")\nclass Mine:\n    def fit(self, train, challenge): ...',
            "has no method recommend: a recommender needs fit and recommend",
        ),
        (
            '@harness.recommender("mine")\nclass Mine: ...',
            "has no method fit and no method recommend: a recommender needs fit and recommend",
        ),
    ],
)
def test_an_object_that_is_not_a_recommender_is_refused_with_the_remedy(plug_in, source, message):
    value = plug_in("mine", source)
    assert refusal(registry.find, "mine") == f"{value} {message}"


def test_a_hyper_parameter_without_a_default_is_refused(plug_in):
    value = plug_in("mine", f'@harness.recommender("mine")\nclass Mine:\n    factors: int\n{BODY}')
    assert refusal(registry.find, "mine") == f"{value}: hyper-parameter 'factors' has no default, give it one"


def test_a_hyper_parameter_of_an_unknown_type_is_refused(plug_in):
    source = '@harness.recommender("mine")\nclass Mine:\n    factors: "Nowhere" = 1\n'
    value = plug_in("mine", source + BODY)
    message = f"{value}: the types of its hyper-parameters cannot be read (name 'Nowhere' is not defined)"
    assert refusal(registry.create, "mine") == message


def test_an_edit_of_a_file_counts_even_if_its_size_and_time_are_unchanged(tmp_path, monkeypatch):
    """Python compares only the size and the whole seconds of a file with those of its byte code."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "edited.py"
    values = []
    for value in (1, 2):
        path.write_text(f"VALUE = {value}\n")
        os.utime(path, (1_000_000_000, 1_000_000_000))
        values.append(plugins.module_of_file(plugins.RECOMMENDER, str(path)).VALUE)
    assert values == [1, 2]


def test_a_subclass_has_the_hyper_parameters_of_both_and_a_name_of_its_own(file):
    made = registry.find(
        file(
            f"""
            @harness.recommender("base")
            class Base:
                factors: int = 3
                '''How many.'''
            {BODY.replace(chr(10), chr(10) + " " * 12)}
            @harness.recommender("mine")
            class Mine(Base):
                alpha: float = 0.5
                '''How strong.'''
            """
        )
    )
    assert [(each.name, each.default, each.description) for each in plugin_parameters.parameters(made)] == [
        ("factors", 3, "How many."),
        ("alpha", 0.5, "How strong."),
    ]
    assert registry.traits(made).name == "mine"
    assert made(alpha=2.0).alpha == 2.0


PARAMETERS = (
    '''
@harness.recommender("mine")
class Mine:
    """A recommender with one of each."""

    factors: int = 3
    """How many.

    In two paragraphs.
    """
    alpha: float = 0.5
    cosine: bool = False
    """Whether."""
    kind: str = "a"
    ngram_range: tuple[int, int] = (2, 5)
    weights: dict[str, float] = harness_field(default_factory=dict)
    """Name to weight."""
    members: list[str] = harness_field(default_factory=lambda: ["als", "title"])
    seed: int | None = None
    member_params: dict[str, dict[str, object]] = harness_field(default_factory=dict)
    state_: int = harness_field(default=0, init=False)

    def __post_init__(self):
        if self.factors < 1:
            raise ValueError("factors must be at least 1")
'''
    + BODY
)


@pytest.fixture
def mine(file):
    return file("from dataclasses import field as harness_field\n" + PARAMETERS)


def test_hyper_parameters_are_described_by_the_text_below_each_field(mine):
    shown = {each.name: each for each in plugin_parameters.parameters(registry.find(mine))}
    assert list(shown)[:2] == ["factors", "alpha"]
    assert "state_" not in shown
    assert shown["factors"] == plugin_parameters.Parameter("factors", "int", 3, "How many.\n\nIn two paragraphs.")
    assert shown["alpha"] == plugin_parameters.Parameter("alpha", "float", 0.5, "")
    assert shown["members"] == plugin_parameters.Parameter("members", "list[str]", ["als", "title"], "")
    assert (shown["ngram_range"].type, shown["seed"].type) == ("tuple[int, int]", "int | None")


def test_every_built_in_hyper_parameter_has_a_description():
    for name in registry.names():
        bare = [each.name for each in plugin_parameters.parameters(registry.find(name)) if not each.description]
        assert not bare, f"{name}: {bare}"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("factors", "64", 64),
        ("alpha", "1", 1.0),
        ("alpha", "1e-3", 0.001),
        ("cosine", "true", True),
        ("cosine", "0", False),
        ("kind", "[1, 2]", "[1, 2]"),
        ("kind", "7", "7"),
        ("ngram_range", "[1, 3]", (1, 3)),
        ("weights", '{"als": 1, "title": 0.5}', {"als": 1.0, "title": 0.5}),
        ("members", '["als", "slim"]', ["als", "slim"]),
        ("seed", "4", 4),
        ("seed", "null", None),
        ("member_params", '{"als": {"factors": 64}}', {"als": {"factors": 64}}),
    ],
)
def test_a_text_becomes_a_value_of_the_parameters_type(mine, name, text, value):
    converted = plugin_parameters.values(registry.create(mine, {name: text}))[name]
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(("name", "value"), [("factors", 64), ("ngram_range", [1, 3]), ("weights", {"als": 1})])
def test_values_that_are_no_texts_are_taken_too(mine, name, value):
    made = plugin_parameters.values(registry.create(mine, {name: value}))[name]
    assert made == (tuple(value) if name == "ngram_range" else value)


@pytest.mark.parametrize(
    ("name", "text", "needed"),
    [
        ("factors", "many", "int is needed"),
        ("factors", "1.5", "int is needed"),
        ("cosine", "maybe", "bool is needed"),
        ("ngram_range", "[1, 2, 3]", "tuple[int, int] is needed"),
        ("ngram_range", "[1, 2", "tuple[int, int] is needed"),
        ("members", "als", "list[str] is needed"),
        ("weights", '{"als": "much"}', "dict[str, float] is needed"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_the_needed_type(mine, name, text, needed):
    message = refusal(registry.create, mine, {name: text}, error=ParameterError)
    assert message.startswith(f"recommender {mine!r}: {name}={text} does not fit, {needed} (")


def test_an_unknown_parameter_is_answered_with_a_suggestion_or_with_all(mine):
    assert refusal(registry.create, mine, {"factor": "1"}, error=ParameterError) == (
        f"recommender {mine!r} has no hyper-parameter 'factor', did you mean 'factors'?"
    )
    assert "; it has alpha, cosine, factors, " in refusal(registry.create, mine, {"zzz": 1}, error=ParameterError)
    assert refusal(registry.create, "popularity", {"factors": 1}, error=ParameterError) == (
        "recommender 'popularity' has no hyper-parameter 'factors'; it has none"
    )
    assert "'state_'" in refusal(registry.create, mine, {"state_": 1}, error=ParameterError)


def test_a_recommenders_own_objection_to_a_value_is_one_line(mine):
    message = refusal(registry.create, mine, {"factors": "0"}, error=ParameterError)
    assert message == f"recommender {mine!r}: factors must be at least 1"


def test_a_dotted_name_belongs_to_a_member(mine):
    given = {"als.factors": "64", "als.alpha": "2", "blend.als.factors": "8", "factors": "4"}
    made = plugin_parameters.values(registry.create(mine, given))
    assert made["member_params"] == {"als": {"factors": "64", "alpha": "2"}, "blend": {"als.factors": "8"}}
    assert made["factors"] == 4


def test_dotted_names_and_member_params_are_merged_in_any_order(mine):
    whole, dotted = {"member_params": '{"als": {"alpha": 2}}'}, {"als.factors": "64"}
    for given in (whole | dotted, dotted | whole):
        made = plugin_parameters.values(registry.create(mine, given))
        assert made["member_params"] == {"als": {"factors": "64", "alpha": 2}}


def test_a_dotted_name_adds_to_what_a_member_has_by_default():
    made = registry.create("blend", {"cosine.alpha": "0.4"})
    default = {"similarity": "cosine", "shrink": 0.0}
    assert made.member_params["cosine"] == default | {"alpha": "0.4"}
    assert made.member_params["rp3beta"] == {"similarity": "rp3beta", "shrink": 0.0}
    assert registry.create("blend").member_params["cosine"] == default, "the default is as it was"


def test_a_dotted_name_without_members_is_unknown():
    message = refusal(registry.create, "title", {"als.factors": "64"}, error=ParameterError)
    assert message.startswith("recommender 'title' has no hyper-parameter 'als.factors'")


def test_parameters_given_are_left_as_they_were(mine):
    given = {"als.factors": "64", "member_params": {"als": {"alpha": 2}}, "weights": {"als": 1}}
    registry.create(mine, given).weights["new"] = 1
    assert given == {"als.factors": "64", "member_params": {"als": {"alpha": 2}}, "weights": {"als": 1}}


def test_a_file_that_is_not_packaged_is_run(tmp_path, monkeypatch):
    head = "from __future__ import annotations\nimport harness\n"
    source = f'{head}@harness.recommender("mine")\nclass Mine:\n    factors: int | None = None\n{BODY}'
    (tmp_path / "mine.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    made = harness.create("./mine.py:Mine", {"factors": "4"})
    assert made.factors == 4
    assert registry.traits(made).name == "mine"


def test_a_file_is_read_again_when_it_was_edited(file):
    for factors in (1, 22):
        name = file(f'@harness.recommender("mine")\nclass Mine:\n    factors: int = {factors}\n{BODY}')
        assert registry.create(name).factors == factors


def test_files_of_one_name_in_two_folders_do_not_mix(file, tmp_path):
    (tmp_path / "sub").mkdir()
    sources = [f'@harness.recommender("mine")\nclass Mine:\n    factors: int = {i}\n{BODY}' for i in (1, 22)]
    one, other = file(sources[0]), file(sources[1], name="sub/mine.py")
    first, second = registry.create(one), registry.create(other)
    assert (first.factors, second.factors) == (1, 22)
    assert sys.modules[type(first).__module__].__file__ != sys.modules[type(second).__module__].__file__


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("class Mine: ...", "has no recommender 'Mine'; it has none: put @harness.recommender(NAME) above it"),
        (f'@harness.recommender("b")\nclass Other:{BODY}', "has no recommender 'Mine'; it has Other"),
        ('@harness.recommender("b")\nclass Mine: ...', ":Mine has no method fit and no method recommend"),
    ],
)
def test_a_file_at_fault_is_one_line(file, source, message):
    assert message in refusal(registry.find, file(source))


def test_a_file_without_a_class_name_says_how_to_name_it(file):
    path = file(f'@harness.recommender("b")\nclass Other:{BODY}').rpartition(":")[0]
    assert refusal(registry.find, path).endswith(f"is a file: name a recommender in it as {path}:NAME; it has Other")
    assert "no file missing.py: " in refusal(registry.find, "missing.py")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("\nraise OSError('a\\nb')", "mine.py cannot be imported: OSError: a (mine.py, line 3)"),
        ("x = ", "mine.py cannot be imported: SyntaxError: invalid syntax (mine.py, line 2)"),
        ("raise SystemExit(0)", "mine.py cannot be imported: SystemExit: 0 (mine.py, line 2)"),
        ("class Odd(BaseException): ...\nraise Odd", "mine.py cannot be imported: Odd (mine.py, line 3)"),
        (
            "import json\njson.loads('[')",
            "mine.py cannot be imported: JSONDecodeError: Expecting value: line 1 column 2",
        ),
    ],
)
def test_an_exception_in_a_file_is_one_line_with_its_place(file, source, message):
    text = refusal(registry.find, file(source), error=PluginError)
    assert message in text
    assert f"(mine.py, line {source.count(chr(10)) + 2})" in text


@pytest.mark.parametrize(
    "name", ["../../escape/evil", "a\x1b[31m/b", "", ".hid", "x" * 300, "-a", "A", "a_b", "a\n", 3]
)
def test_a_name_that_no_folder_should_have_is_refused_and_the_other_classes_of_the_file_are_not(file, name):
    source = f'@harness.recommender({name!r})\nclass Mine:{BODY}\n@harness.recommender("good")\nclass Good:{BODY}'
    where = file(source)
    text = refusal(registry.create, where)
    assert ": a recommender cannot be called " in text
    assert text.endswith("; its name has 1 to 64 characters, a-z, 0-9 and -, and does not begin with -")
    assert text.isprintable()
    assert len(text) < 500
    assert registry.create(where.replace(":Mine", ":Good"))


def test_an_entry_points_name_that_no_folder_should_have_is_refused(plug_in):
    plug_in("../evil", f'@harness.recommender("../evil")\nclass Mine:{BODY}')
    assert "a recommender cannot be called '../evil'" in refusal(registry.find, "../evil")


@pytest.mark.parametrize("name", ["a", "0", "als-2", "x" * 64])
def test_names_of_letters_digits_and_dashes_are_allowed(file, name):
    assert registry.create(file(f'@harness.recommender("{name}")\nclass Mine:{BODY}'))


def test_a_constructors_own_exception_is_one_line_with_its_place(file):
    where = file(f'@harness.recommender("mine")\nclass Mine:{BODY}\n    def __post_init__(self): {{}}["a"]')
    assert refusal(registry.create, where, error=PluginError).startswith(
        f"recommender {where!r}: KeyError: 'a' (mine.py, line "
    )


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    assert refusal(registry.find, f"{tmp_path}/none.py:Mine") == (
        f"no file {tmp_path}/none.py: a recommender in a file is named as path/to/file.py:NAME"
    )


INNER = f"""
@harness.recommender("inner", uses_audio=True, uses_challenge=True, deterministic="steady")
class Inner:
    steady: bool = False
    {BODY}

@harness.recommender("outer", components="components_")
class Outer:
    steady: bool = False
    def __post_init__(self):
        self.components_ = [Inner(self.steady)]
    def save(self, folder): ...
    def load(self, folder): ...
    {BODY}
"""


def test_traits_are_those_of_the_decorator(file):
    cls = registry.find(file(INNER, "Inner"))
    declared = RecommenderTraits("inner", uses_audio=True, uses_challenge=True, deterministic="steady")
    assert registry.traits(cls) == registry.traits(cls()) == declared
    assert registry.traits(registry.find("popularity")) == RecommenderTraits("popularity")


def test_a_composite_has_the_traits_of_its_components(file):
    outer = registry.create(file(INNER, "Outer"))
    assert [type(component).__name__ for component in registry.components(outer)] == ["Inner"]
    assert (registry.uses_audio(outer), registry.uses_challenge(outer)) == (True, True)
    popularity = registry.create("popularity")
    assert (registry.uses_audio(popularity), registry.uses_challenge(popularity)) == (False, False)


@pytest.mark.parametrize("steady", [True, False])
def test_a_composite_is_deterministic_if_its_components_are(file, steady):
    assert registry.is_deterministic(registry.create(file(INNER, "Outer"), {"steady": steady})) is steady


def test_a_composite_is_kept_only_if_its_components_are(file):
    assert not registry.can_be_kept(registry.create(file(INNER, "Outer")))
    methods = "    def save(self, folder): ...\n    def load(self, folder): ...\n"
    persistent = INNER.replace("class Inner:\n", f"class Inner:\n{methods}")
    assert registry.can_be_kept(registry.create(file(persistent, "Outer")))


def test_an_unknown_trait_is_refused(file):
    source = f'@harness.recommender("mine", uses_audi=True)\nclass Mine:{BODY}'
    text = refusal(registry.find, file(source), error=PluginError)
    assert "unexpected keyword argument 'uses_audi'" in text
    assert text.endswith("(mine.py, line 2)")


def test_an_engine_in_a_file_is_found_by_the_decorator_that_the_message_names(tmp_path):
    path = tmp_path / "engines.py"
    body = "class Mine:\n    name = 'mine'\n    def perform(self, units, what): ...\n"
    path.write_text(body)
    name = f"{path}:Mine"
    remedy = refusal(plugins.find, plugins.ENGINE, name).rpartition("put ")[2].removesuffix(" above it")
    path.write_text(f"import harness\n{remedy}\n{body}")
    assert type(harness.engine(name)).__name__ == "Mine"


@pytest.mark.parametrize("kind", plugins.KINDS, ids=lambda kind: kind.noun)
def test_the_decorator_that_a_message_names_is_public(kind):
    assert callable(getattr(harness, kind.decorator.removeprefix("@harness.").partition("(")[0]))
