"""What is typed reaches lectures and data, and errors name what was typed."""

import os
import pickle
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from scratchae import DataError
from scratchae.cli import course
from scratchae.course import Lecture
from scratchae.data import Dataset, load_dataset
from scratchae.data_options import (
    add_data_options,
    arguments_of,
    in_options,
    load_data,
    reading,
    stem,
)
from scratchae.notebooks import write_notebooks
from scratchae.parser import Parser
from scratchae.plots import curves

TYPED = [
    [], ["--data", "mnist"], ["--data-dir", "a b"], ["--test", "0.3"],
    ["--test", "rows.csv"], ["--size", "28x28"], ["--colour"], ["--grey"],
    ["--label", "none"], ["--scale", "minmax"],
    ["--data", "a.csv", "--label", "kind", "--test", "0.1", "--scale", "standard"],
]


def parsed(typed):
    parser = Parser()
    add_data_options(parser)
    return parser.parse_args(typed)


@pytest.mark.parametrize("typed", TYPED, ids=" ".join)
def test_data_options_mean_the_same_on_another_command_line(typed):
    options = parsed(typed)
    assert vars(parsed(arguments_of(options))) == vars(options)
    again = arguments_of(options)
    assert again == arguments_of(parsed(again)) and again[0] == "--data"
    assert {*typed} <= {*again}


@pytest.mark.parametrize("typed, given", [
    ("--colour", {"colour": True}), ("--grey", {"colour": False}),
    ("--size 2x3", {"size": "2x3"}), ("--data-dir d", {"data_dir": "d"}),
    ("--label y", {"label": "y"}), ("--scale none", {"scale": "none"}),
    ("--test t.csv", {"test": "t.csv"}), ("--test 0.25", {"test_fraction": 0.25}),
])
def test_each_option_is_the_parameter_of_its_name(typed, given):
    assert reading(parsed(typed.split())) == given


@pytest.mark.parametrize("said, named", [
    ("got size=3 and scale='x'", "got --size 3 and --scale 'x'"),
    ("give data_dir= a folder", "give --data-dir a folder"),
    ("colour=True or colour=False", "--colour or --grey"),
    ("The 'source' parameter of load_dataset", "--data"),
    ("The 'size' parameter of load_dataset must", "--size must"),
    ("The 'test_fraction' parameter of split must", "--test must"),
    ("test_fraction=0.3 leaves none", "--test 0.3 leaves none"),
    ("resize=3 is no option", "resize=3 is no option"),
])
def test_an_error_names_the_option_in_place_of_the_parameter(said, named):
    with pytest.raises(ValueError) as caught:
        with in_options():
            raise ValueError(said)
    assert caught.value.args == (named,)


def test_a_share_that_leaves_nothing_to_train_on_is_refused_by_its_option():
    with pytest.raises(ValueError, match=r"^--test 1.0 leaves no training rows$"):
        load_data(parsed(["--data", "a.csv", "--test", "1.0"]))


@pytest.mark.parametrize("source, expected", [
    ("mnist", "mnist"), ("a/b.c/wine.csv", "wine"), ("wine.csv.gz", "wine"),
    ("x.tar.npz", "x.tar"), (".csv", ".csv"), ("..", None), ("folder.d", "folder.d"),
    (os.sep, "data"),
])
def test_data_are_called_by_the_last_part_of_their_path(
    source, expected, tmp_path, monkeypatch
):
    (tmp_path / "folder.d" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "folder.d" if source == ".." else tmp_path)
    assert stem(source) == (expected or tmp_path.name)


@pytest.mark.parametrize("value, text", [
    (np.int64(123456), "123456"), (123456, "123456"), (123456.0, "1.235e+05"),
    (np.uint8(200), "200"), (np.float32(0.123456), "0.1235"),
])
def test_whole_numbers_keep_all_digits_and_others_four(value, text):
    lecture = Lecture("A title.", [])
    lecture.number("n", value)
    assert lecture.numbers == {"n": text}


@pytest.mark.parametrize("condition, holds", [
    (True, True), (False, False), ([True, False], False), ([True, True], True),
    (np.array([[True], [False]]), False),
])
def test_a_claim_holds_if_all_its_conditions_do(condition, holds, capsys):
    lecture = Lecture("A title.", [])
    lecture.holds("it rises", condition)
    assert lecture.claims == {"it rises": holds}
    word = "holds" if holds else "DOES NOT HOLD"
    assert capsys.readouterr().out.endswith(f"\n{word}: it rises\n")


@pytest.mark.parametrize("condition", [1, [], "yes", [0, 1], None])
def test_what_is_no_bool_decides_no_claim(condition):
    lecture = Lecture("A title.", [])
    with pytest.raises(TypeError) as caught:
        lecture.holds("it rises", condition)
    assert str(caught.value) == (
        f"a claim needs bools; got {condition!r} for 'it rises'")
    assert not lecture.claims


def test_a_lecture_that_is_asked_to_end_prints_and_writes_nothing_more(
    tmp_path, capsys, monkeypatch
):
    lecture = Lecture("A title.", ["--out", str(tmp_path)])
    capsys.readouterr()
    monkeypatch.setattr(lecture, "stopped_by", [2])
    for call in (lambda: lecture.number("a", 1), lambda: lecture.holds("b", True),
                 lambda: lecture.table("c", ["d"], [["e"]]),
                 lambda: lecture.save(SimpleNamespace(), "f", "g")):
        with pytest.raises(KeyboardInterrupt):
            call()
    assert not capsys.readouterr().out and not [*tmp_path.iterdir()]


@pytest.mark.parametrize("write", ["table", "notebook"])
def test_what_stood_there_stays_where_writing_fails(write, tmp_path, monkeypatch):
    lecture, script = Lecture("A title.", ["--out", str(tmp_path)]), tmp_path / "s.py"
    script.write_text('"""T"""\n')
    (tmp_path / "formulas.md").write_text("")

    def again():
        if write == "table":
            lecture.table("s", ["head"], [["row"]])
        else:
            write_notebooks([script], tmp_path)

    again()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("os.replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        again()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_seconds_of_a_block_are_known_when_it_is_over_and_do_not_run_on():
    with Lecture.timer() as seconds:
        with pytest.raises(IndexError):
            seconds()
    assert seconds() == seconds() >= 0


def test_what_a_command_asks_for_goes_before_what_is_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.arange(60.0).reshape(30, 2))
    options = parsed("--data x.npy --test 0.5 --scale minmax".split())
    found = load_data(options, test_fraction=1.0, missing="mask", scale="none")
    np.testing.assert_array_equal(found.x[1], np.load("x.npy"))
    assert len(load_data(options).x[1]) == 15
    expected = load_dataset("x.npy", test_fraction=0.5, scale="minmax")
    np.testing.assert_array_equal(load_data(options).x[0], expected.x[0])
    with pytest.raises(ValueError, match="^--size 3x3: the rows of x.npy have 2"):
        load_data(parsed("--data x.npy --size 3x3".split()))


@pytest.mark.parametrize("labels, fine", [
    (np.arange(10), True), (np.arange(12), True), (np.arange(11) - 1, True),
    (np.arange(1, 11), False), (np.arange(10).astype(str), False),
])
def test_a_lecture_needs_the_labels_0_to_9_and_others_may_be_there(
    labels, fine, monkeypatch
):
    x = np.zeros((len(labels), 784), np.float32)
    there = Dataset(x=(x, x), labels=(labels, labels), factors=None, source="mine")
    monkeypatch.setattr("scratchae.course.load_data", lambda *_: there)
    monkeypatch.setattr("scratchae.course.compiling_ahead", nullcontext)
    lecture = Lecture("A title.", [])
    if fine:
        assert lecture.digits() is there
    else:
        with pytest.raises(DataError, match="has no labels 0 to 9, each of which is"):
            lecture.digits()
    assert lecture.digits(labels=False) is there


def test_a_figures_file_describes_itself_by_its_alternative_text(tmp_path):
    lecture = Lecture("A title.", ["--out", str(tmp_path)])
    alt = "A line from the lower left to the upper right."
    lecture.save(curves({"": ([0, 1], [0, 1])}, "x", "y"), "01_line", alt)
    with Image.open(tmp_path / "01_line.png") as picture:
        assert picture.text["Description"] == alt


def test_a_script_that_was_typed_ends_with_what_is_wrong_about_its_data(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.chdir(tmp_path)
    np.save("table.npy", np.eye(7))
    for typed, said in [
        ("none.csv", "none.csv: no such file"),
        ("table.npy", "Lecture 99: table.npy is no set of grey images of 28 x 28"),
    ]:
        monkeypatch.setattr("sys.argv", ["99_t.py", "--data", typed])
        with pytest.raises(SystemExit) as ended:
            Lecture("Lecture 99").digits()
        assert ended.value.code == 2
        *_, last = capsys.readouterr().err.splitlines()  # kernels may be compiled
        assert last.startswith(f"99_t.py: {said}")
        with pytest.raises((ValueError, OSError), match=said), course.stopped_by([]):
            Lecture("Lecture 99").digits()


def test_a_lecture_that_ran_can_be_pickled_and_still_ends_in_words(capsys):
    """The tests of what lectures print read its numbers in another process."""
    lecture = Lecture("A lecture", ["--quick"])
    lecture.number("steps", 3)
    again = pickle.loads(pickle.dumps(lecture))
    assert again.numbers == {"steps": "3"} and again.quick
    with pytest.raises(SystemExit):
        again._refuse("no data")
    assert ": no data. See " in capsys.readouterr().err
