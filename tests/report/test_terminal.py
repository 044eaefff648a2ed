import io

from rich.console import Console

from harness.cli.terminal import UNWRAPPED
from harness.report.leaderboard import leaderboards
from harness.report.terminal import show


def shown(found, width=UNWRAPPED, **options):
    text = io.StringIO()
    show(found, Console(file=text, width=width), **options)
    return text.getvalue()


def test_nothing_is_cut_or_wrapped_where_the_output_is_no_terminal(entry_of, means_of):
    name = "recommender-" + "0123456789" * 30
    label = "challenge " + "of a very long name " * 20 + "end"
    lines = shown(leaderboards([entry_of(name, means_of(0.1, 0.3, 3), split=(label, "s0"))])).splitlines()
    (row,) = [line for line in lines if name in line]
    assert row.split() == [
        *("1", "A", name, "0.1000", "(.1000-.1000)", "0.3000", "(.3000-.3000)", "3.00", "(3.00-3.00)"),
        *("1.2", "2.5", "3"),
    ]
    assert f"demo, {label}, 4 playlists" in [line.rstrip() for line in lines]
    assert "definitions: r_precision: final, ndcg: start-kit, clicks: rules" in [line.rstrip() for line in lines]


def test_names_are_text_without_markup(entry_of, means_of):
    assert "[red]x[/red]" in shown(leaderboards([entry_of("[red]x[/red]", means_of(0.1, 0.3, 3), data=("[b]", "d0"))]))


def test_a_narrow_screen_loses_no_run_and_no_column(entry_of, means_of):
    text = shown(leaderboards([entry_of("popularity-0123456789", means_of(0.1234, 0.3, 3))]), width=80)
    assert "0.1234" in text
    assert "popularity-0123456789".startswith(text.split()[text.split().index("A") + 1])
    assert max(len(line) for line in text.splitlines()) <= 80


def test_categories_follow_the_run_with_by_category(entry_of, means_of):
    lines = shown(leaderboards([entry_of("x", means_of(0.1, 0.3, 3))]), by_category=True).splitlines()
    cells = [" ".join(line.split()) for line in lines]
    assert "1 A x 0.1000 (.1000-.1000) 0.3000 (.3000-.3000) 3.00 (3.00-3.00) 1.2 2.5 3" in cells
    assert "1 title only 0.1000 (.1000-.1000) 0.3000 (.3000-.3000) 3.00 (3.00-3.00)" in cells
    assert "10 random 100 0.1000 (.1000-.1000) 0.3000 (.3000-.3000) 3.00 (3.00-3.00)" in cells


def test_unscored_runs_are_shown_as_such(entry_of):
    text = shown(leaderboards([entry_of("x", None)]))
    assert "demo, challenge validation: not scored" in text
    assert "the withheld tracks of this challenge are unknown" in text
