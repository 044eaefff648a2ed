"""`harness plan`, `harness status`, shards and engines on the command line."""

import json

import pytest

RUN = ("run", "--recommender", "title", "--data", "small")


@pytest.fixture(autouse=True)
def small(corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.run.lists.BLOCK", 20)
    return corpus


def test_a_plan_lists_units_and_says_what_is_unknown(command):
    code, out, _ = command("plan", "--recommender", "title", "--recommender", "popularity", "--data", "small")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("title-")
    assert lines[0].endswith("units, time unknown, memory unknown")
    assert [line.split()[:2] for line in lines[1:3]] == [["fit", "missing"], ["lists-0000", "missing"]]
    assert lines[-1] == "  it cannot be divided: one process makes its lists"


def test_a_plan_as_json_has_keys_and_seconds_of_an_earlier_run(command):
    assert command(*RUN)[0] == 0
    _, out, _ = command("plan", "--recommender", "title", "--param", "power=2", "--data", "small", "--json")
    (plan,) = json.loads(out)
    assert plan["units"][0]["key"].endswith("/fit")
    assert plan["seconds"] > 0
    _, out, _ = command("plan", "--recommender", "title", "--data", "small")
    assert out.splitlines()[1] == "  it is finished"


def test_shards_are_shown_by_status_and_put_together_by_the_last_command(command):
    code, _, err = command("status")
    assert code == 0
    assert command(*RUN, "--shard", "1/2")[0] == 0
    code, out, _ = command("status")
    assert code == 0
    assert "done" in out
    assert "missing of" in out
    code, _, err = command(*RUN)
    assert code == 1
    assert "units are not done" in err
    assert "--engine local" in err
    assert "--force" in err
    _, out, _ = command("status", "--json")
    (status,) = json.loads(out)
    assert {unit["state"] for unit in status["units"]} == {"done", "missing"}
    assert command(*RUN, "--shard", "2/2")[0] == 0
    assert command(*RUN)[0] == 0
    assert command("status")[1] == "no run of submissions is divided into units and unfinished\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--shard", "3"), "write NUMBER/COUNT"),
        (("--shard", "1/2", "--force"), "omit --engine, --force and --dry-run"),
        (("--shard", "1/2", "--engine", "local"), "omit --engine, --force and --dry-run"),
        (("--engine", "locale"), "no engine 'locale', did you mean 'local'?"),
        (
            ("--engine", "local", "--address", "auto"),
            "engine 'local' has no --address; it has --memory, --retries, --same-bits, --time-limit, --workers",
        ),
        (("--workers", "2"), "--workers needs an engine"),
        (("--memory", "much"), "--memory needs an engine"),
        (("--engine", "ray", "--memory", "much"), "--memory 'much': write a number with GB or MB"),
    ],
)
def test_a_wrong_choice_of_engine_or_share_is_one_line(command, words, message):
    code, _, err = command(*RUN, *words)
    assert code == 1
    assert message in err
    assert len(err.splitlines()) == 1


def test_several_trials_at_once_need_an_engine(command):
    code, _, err = command(
        "tune", "--recommender", "title", "--param", "power=1,2", "--data", "small", "--at-once", "2"
    )
    assert code == 1
    assert "--at-once N needs an engine" in err


def test_a_search_of_several_trials_at_once_gives_the_trials_of_one_at_a_time(command, monkeypatch):
    monkeypatch.setattr("harness.run.lists.BLOCK", 500)  # that of the other processes
    words = ("tune", "--recommender", "title", "--param", "power=1,2", "--data", "small", "--format", "json")
    _, one, _ = command(*words, "--runs", "one")
    code, two, err = command(*words, "--runs", "two", "--engine", "local", "--workers", "1", "--at-once", "2")
    assert code == 0, err

    def without_costs(text):
        return [(trial["params"], trial["value"]) for trial in json.loads(text)["trials"]]

    assert without_costs(one) == without_costs(two)
