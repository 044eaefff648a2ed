import io
from dataclasses import replace

from rich.console import Console

from harness.report.leaderboard import leaderboards
from harness.report.tables import UNWRAPPED
from harness.report.terminal import show
from harness.run.labels import Labels


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


def test_a_narrow_screen_hides_costs_then_intervals_and_folds_no_name_and_no_number(entry_of, means_of):
    runs = [entry_of("popularity-0123456789", means_of(0.1234, 0.3, 3)), entry_of("title-1", means_of(0.2, 0.4, 2))]
    row = ["popularity-0123456789", "0.1234", "(.1234-.1234)", "0.3000", "(.3000-.3000)", "3.00", "(3.00-3.00)"]
    means, costs = [row[i] for i in (0, 1, 3, 5)], ["1.2", "2.5", "3"]
    for width, cells, hidden in (
        (120, [*row, *costs], ""),
        (105, row, "Hidden at this width: costs;"),
        (80, means, "Hidden at this width: costs, confidence intervals;"),
        (40, means, "Hidden at this width: costs, confidence"),
    ):
        lines = shown(leaderboards(runs), width=width).splitlines()
        (line,) = [line for line in lines if "popularity" in line]
        assert line.split()[-len(cells) :] == cells, width
        assert [each for each in lines if each.startswith("Hidden")] == [
            each for each in lines if hidden and hidden in each
        ]
        assert ("(…): 95 % confidence intervals" in lines) == (width > 80)
        if width >= 80:
            assert max(map(len, lines)) <= width


def test_a_narrow_screen_hides_further_metrics_last(entry_of, means_of):
    further = dict.fromkeys(("r_precision:paper", "ndcg:log2i", "recall@100"), 0.5)
    runs = leaderboards([entry_of("popularity-0123456789", {**means_of(0.1234, 0.3, 3), **further})])
    lines = shown(runs, width=80).splitlines()
    assert {"R-precision", "NDCG", "clicks"} <= set(lines[1].split())
    assert "Recall@100" not in lines[1]
    assert "Recall@100" in " ".join(lines).partition("Hidden at this width: costs")[2]
    assert max(map(len, lines)) <= 80


def test_parameters_fold_between_words_only(entry_of, means_of):
    runs = [
        entry_of(f"als-{n}", means_of(0.1, 0.3, 3), params={"factors": n, "regularisation": n / 7, "alpha": n + 0.25})
        for n in (64, 128)
    ]
    text = shown(leaderboards(runs), width=80)
    for word in ("factors=64", f"regularisation={64 / 7}", "alpha=64.25", "0.1000", "als-128"):
        assert word in text.split()


def test_without_a_terminal_a_table_is_unfolded(entry_of, means_of, capsys):
    name = "recommender-" + "0123456789" * 30
    show(leaderboards([entry_of(name, means_of(0.1, 0.3, 3))]))
    (row,) = [line for line in capsys.readouterr().out.splitlines() if name in line]
    assert row.split()[-3:] == ["1.2", "2.5", "3"]


def test_the_name_that_a_user_gave_is_shown(entry_of, means_of):
    entry = replace(entry_of("als-1", means_of(0.1, 0.3, 3)), labels=Labels(name="mine"))
    text = shown(leaderboards([entry]))
    assert "mine" in text.split()
    assert "als-1" not in text


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
