"""RecBole and session-rec: sessions in the order of their times."""

import gzip

import pytest

ORDERED = {1: ("", ["10", "11", "12"]), 2: ("", ["10"])}


@pytest.fixture
def table(tmp_path):
    def write(name, *lines, separator="\t"):
        path = tmp_path / name
        path.write_text("".join(f"{line.replace(' | ', separator)}\n" for line in lines))
        return path

    return write


def test_interactions_of_recbole_are_ordered_by_time(table, read):
    rows = ("1 | 12 | 5 | 9.5", "2 | 10 | 1 | 3", "1 | 10 | 4 | 9.25", "1 | 11 | 4 | 9.3")
    path = table("a.inter", "user_id:token | item_id:token | rating:float | timestamp:float", *rows)
    result = read(path)
    assert (result.reader, result.playlists, result.remarks) == ("recbole", ORDERED, [])
    packed = path.with_name("a.inter.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed).playlists == ORDERED


def test_a_session_is_preferred_to_a_user_and_rows_without_times_keep_their_order(table, read):
    rows = ("8 | 1 | 10", "8 | 2 | 10", "8 | 1 | 11", "9 | 1 | 12")
    assert read(table("a.inter", "user_id:token | session_id:token | item_id:token", *rows)).playlists == ORDERED


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (
            "session_id:token | item_id_list:token_seq | item_id:token",
            ("1 | 10 | 11", "1 | 10 11 | 12", "2 |  | 10", "2 |  | "),
        ),
        ("session_id:token | item_id_list:token_seq", ("2 | 10", "1 | 10 11 12", "1 | 10 11", "3 | ")),
    ],
)
def test_the_longest_sequence_of_a_session_is_its_playlist(table, read, header, rows):
    assert read(table("a.inter", header, *rows)).playlists == ORDERED


@pytest.mark.parametrize("separator", ["\t", ",", ";", "|"])
@pytest.mark.parametrize("name", ["yoochoose_train_full.txt", "train.csv", "train.tsv"])
def test_sessions_of_session_rec_are_ordered_by_time(table, read, name, separator):
    rows = ("1 | 1396808691.295 | 11", "1 | 1396808691.5 | 12", "2 | 3 | 10", "1 | 1396808600 | 10")
    result = read(table(name, "SessionId | Time | ItemId", *rows, separator=separator))
    assert (result.reader, result.playlists) == ("sessions", {1: ("", ["10", "11", "12"]), 2: ("", ["10"])})


@pytest.mark.parametrize(
    ("name", "lines", "words"),
    [
        ("a.inter", ("user_id:token | rating:float", "1 | 2"), "columns user_id:token, rating:float; this"),
        ("a.inter", ("user_id:token | item_id:token", "1 | 2", "1 | "), "row 2: no value in column item_id:token"),
        ("a.inter", ("user_id:token | item_id:token", "1 | 2 | 3"), "line 2: more fields than the 2 columns"),
        (
            "a.inter",
            ("user_id:token | item_id:token | timestamp:float", "1 | 2 | 3", "1 | 3 | yesterday"),
            "row 2: no number in column timestamp:float",
        ),
        ("a.inter", ("user_id:token | item_id_list:token_seq", "1 | 2 3", " | 3"), "row 2: no value in column user_id"),
        ("a.inter", (), "it is empty"),
        ("s.txt", ("SessionId | ItemId | Time", "1 | 2 | 3", " | 3 | 3"), "row 2: no value in column SessionId"),
        ("s.txt", ("SessionId | ItemId | Time", "1 | 2 | nan"), "row 1: no number in column Time"),
        ("s.txt", ("SessionId | Item", "1 | 2"), "has no known layout"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_row(table, refusal, name, lines, words):
    assert words in refusal(table(name, *lines))
