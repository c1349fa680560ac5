"""`scratchae course` runs lecture scripts and ends with a table."""

import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import DataError
from scratchae.cli import course, main
from scratchae.course import Lecture
from scratchae.data import Dataset
from scratchae.data_options import load_data, reading
from scratchae.notebooks import runs_in_kernel
from scratchae.plots import curves

SCRIPT = '''"""A tiny lecture."""
from scratchae.course import Lecture
from scratchae.plots import curves
lecture = Lecture(__doc__)
lecture.number("answer", 6.5 * 7, "nats/img")
lecture.save(curves({"line": ([0, 1], [0, 1])}, "x", "y", "A line"), "01_line",
             "A line from the lower left to the upper right.")
'''


@pytest.fixture
def lectures(tmp_path, monkeypatch):
    folder = tmp_path / "lectures"
    folder.mkdir()
    (folder / "01_tiny.py").write_text(SCRIPT)
    (folder / "02_other.py").write_text(SCRIPT.replace("01_line", "02_line"))
    monkeypatch.setattr(course, "LECTURES", folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_course_runs_all_and_closes_with_seconds_numbers_and_figures(lectures, capsys):
    assert main(["course"]) == 0
    out = capsys.readouterr().out
    table = out[out.index("key numbers and figures") :]
    assert "01_tiny" in table and "02_other" in table
    assert "answer: 45.5 nats/img" in table and "runs/figures/01_line.png" in table
    assert "2 lectures in" in table


def test_the_closing_table_has_the_seconds_of_each_lecture(lectures, capsys):
    first = lectures / "lectures" / "01_tiny.py"
    first.write_text(SCRIPT + "lecture._start -= 500\n")
    assert main(["course"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if line.startswith(("01_t", "02_o"))]
    assert [row[0] for row in rows] == ["01_tiny", "02_other"]
    assert 500 <= float(rows[0][1]) and float(rows[1][1]) < 400
    assert rows[0][2:] == ["answer:", "45.5", "nats/img"]
    assert float(lines[-2].split()[-2]) < 400 and lines[-2].endswith(" s")


def test_course_runs_only_what_is_named(lectures, capsys):
    assert main(["course", "02", "--out", "here"]) == 0
    assert "01_tiny" not in capsys.readouterr().out
    assert [p.name for p in (lectures / "here").iterdir()] == ["02_line.png"]
    assert main(["course", "02", "--out", "here"]) == 2  # it is there already
    assert main(["course", "02", "--out", "there"]) == 0


def test_course_ends_with_the_claims_and_fails_if_one_does_not_hold(lectures, capsys):
    first, second = sorted((lectures / "lectures").iterdir())
    first.write_text(SCRIPT + "lecture.table('01_t', ['of', 'a'], [['b', '7']])\n"
                     "lecture.holds('two is more', 2 > 1)\n")
    assert main(["course"]) == 0
    assert "\n1 of 1 claims of the prose hold\n" in capsys.readouterr().out
    second.write_text(SCRIPT + "lecture.holds('it falls', 1 > 2)\n")
    status, out = main(["course", "--overwrite"]), capsys.readouterr().out
    assert "\n01_t (runs/figures/01_t.md)\nof  a\nb   7\n\n2 lectures in " in out
    assert status == 1 and out.endswith("1 of 2 claims of the prose hold\n"
                                        "DOES NOT HOLD in 02_other: it falls\n")


def test_course_without_scripts_says_what_to_do(lectures, capsys):
    for script in (lectures / "lectures").iterdir():
        script.unlink()
    assert main(["course"]) == 2
    assert "install scratchae again" in capsys.readouterr().err


def test_scripts_have_their_own_command_line_and_say_nothing_of_short_trainings(
    lectures, capsys
):
    (lectures / "lectures" / "02_other.py").unlink()
    script = lectures / "lectures" / "01_tiny.py"
    script.write_text(SCRIPT + (
        "import sys, warnings\n"
        "from scratchae.errors import UndertrainedWarning\n"
        "print(*sys.argv[1:], '|')\n"
        "warnings.warn('too short', UndertrainedWarning)\n"
        "warnings.warn('another')\n"
    ))
    before, filters = sys.argv, list(warnings.filters)
    assert main(["course"]) == 0
    assert sys.argv is before and warnings.filters == filters
    out, err = capsys.readouterr()
    assert "--data strokes --out runs/figures |\n" in out
    assert err == "warning: another\n"
    script.write_text("raise ValueError('at once')")
    assert main(["course", "--overwrite"]) == 2
    assert sys.argv is before


@pytest.mark.parametrize("typed, got", [
    ([], ("strokes", None, False)),
    (["--quick"], ("strokes", None, True)),
    (["--data", "mnist", "--data-dir", "there"], ("mnist", "there", False)),
])
def test_options_reach_the_script_and_the_data_it_loads(
    typed, got, lectures, monkeypatch
):
    asked = []
    monkeypatch.setattr("scratchae.course.load_data", lambda o, quick: asked.append(
        (o.data, o.data_dir, quick)) or digits())
    script = lectures / "lectures" / "01_tiny.py"
    script.write_text(SCRIPT + "lecture.digits()\n")
    assert main(["course", "01", *typed, "--out", "here"]) == 0
    assert asked == [got]
    assert (lectures / "here" / "01_line.png").is_file()


@pytest.mark.parametrize("quick", [False, True])
def test_data_by_name_have_their_folder_and_their_size(quick, monkeypatch):
    asked = []

    class Mnist:
        def first(self, *sizes):
            asked.append(sizes)
            return self

    monkeypatch.setattr("scratchae.data_options.load_dataset",
                        lambda source, **how: asked.append((source, how)) or Mnist())
    monkeypatch.setattr(
        "scratchae.data_options.load_strokes",
        lambda *sizes, **how: asked.append((sizes, how)))
    chosen = SimpleNamespace(data="mnist", data_dir="there")
    assert isinstance(load_data(chosen, quick), Mnist)
    load_data(SimpleNamespace(data="strokes"), quick)
    strokes = (2000, 500) if quick else (20_000, 2000)
    assert asked == [("mnist", {"data_dir": "there"}),
                     (2000, 500) if quick else (None, None),
                     (strokes, {"random_state": 0})]


def digits(**more):
    """Ten images for training and ten for testing."""
    x, y = np.zeros((10, 784), np.float32), np.arange(10)
    return Dataset(**{"x": (x, x), "labels": (y, y), "factors": None,
                      "source": "mine"} | more)


LACKS = {
    "is no set of grey images of 28 x 28 pixels; --size 28x28 --grey makes": {
        "shape": (28, 28, 3)},
    "is no set of grey images of 28 x 28": {"shape": None},
    "has no labels 0 to 9": {"labels": None},
    "has no labels 0 to 9, each": {"labels": (np.arange(10) % 9,) * 2},
    "has numbers outside [0, 1]": {"x": (np.full((10, 784), 2.0),) * 2},
}


@pytest.mark.parametrize("lack", LACKS)
def test_a_lecture_says_which_data_it_can_use(lack, monkeypatch):
    monkeypatch.setattr("scratchae.course.load_data", lambda *_: digits(**LACKS[lack]))
    lecture = Lecture("A title.", ["--data", "my/set.npy"])
    with pytest.raises(DataError) as caught:
        lecture.digits()
    assert str(caught.value).startswith(f"A title.: my/set.npy {lack}")
    monkeypatch.setattr("scratchae.course.load_data", lambda *_: digits())
    assert lecture.digits().source == "mine" and lecture.data_name == "set"
    monkeypatch.setattr("scratchae.course.load_data", lambda *_: digits(labels=None))
    assert lecture.digits(labels=False).source == "mine"


def test_a_number_has_its_digits_and_its_unit(capsys):
    lecture = Lecture("A title.\n\nText.", [])
    for arguments in (("a", 1 / 3), ("b", 1 / 3, "nats"), ("c", 1 / 3, "", 2),
                      ("d", 123456, "images"), ("e", np.int64(7))):
        lecture.number(*arguments)
    assert lecture.numbers == {
        "a": "0.3333", "b": "0.3333 nats", "c": "0.33", "d": "123456 images", "e": "7"}
    out = capsys.readouterr().out
    assert out.startswith("A title.\n========\n") and "\nd: 123456 images\n" in out


def test_a_timer_has_the_seconds_of_its_block_and_a_lecture_those_since_its_start(
    monkeypatch,
):
    clock = iter([10.0, 11.0, 14.5, 30.0])
    monkeypatch.setattr("scratchae.course.time.perf_counter", lambda: next(clock))
    lecture = Lecture("A title.", [])
    with lecture.timer() as seconds:
        pass
    assert (seconds(), lecture.seconds) == (3.5, 20)


def test_a_table_is_printed_kept_and_written(tmp_path, capsys):
    lecture = Lecture("A title.", ["--out", str(tmp_path / "a" / "b")])
    capsys.readouterr()
    lecture.table("01_table", ["model", "error"], [["PCA", "1.5"], ["a VAE", "20"]])
    aligned = "model  error\nPCA    1.5\na VAE  20"
    assert capsys.readouterr().out == f"{aligned}\n"
    assert lecture.tables == {"01_table": aligned}
    assert (tmp_path / "a" / "b" / "01_table.md").read_text() == (
        "| model | error |\n| --- | --- |\n| PCA | 1.5 |\n| a VAE | 20 |\n")


def test_a_saved_figure_is_named_and_kept(tmp_path, capsys):
    lecture = Lecture("A title.", ["--out", str(tmp_path)])
    figure, alt = curves({"": ([0, 1], [0, 1])}, "x", "y"), "A line that rises."
    lecture.save(figure, "01_line", alt)
    assert lecture.figures == [tmp_path / "01_line.png"]
    assert lecture.figures[0].is_file()
    assert lecture.alts == {"01_line": alt}
    assert capsys.readouterr().out.endswith(f"figure: {tmp_path / '01_line.png'}\n")


@pytest.mark.parametrize("alt", ["", " \n", None, 3])
def test_a_figure_without_an_alternative_text_is_refused_and_not_written(alt, tmp_path):
    lecture = Lecture("A title.", ["--out", str(tmp_path)])
    figure = curves({"": ([0, 1], [0, 1])}, "x", "y")
    with pytest.raises(ValueError, match="figure 01_line needs an alternative"):
        lecture.save(figure, "01_line", alt)
    assert not lecture.figures and not lecture.alts and not [*tmp_path.iterdir()]


def test_a_notebook_is_given_the_alternative_text_with_the_figure(
    tmp_path, monkeypatch
):
    shown = []
    there = SimpleNamespace(display=shown.append, Image=lambda **image: image)
    monkeypatch.setitem(sys.modules, "IPython.display", there)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=there))
    lecture = Lecture("A title.", ["--out", str(tmp_path)])
    lecture.in_notebook = True
    lecture.save(curves({"": ([0, 1], [0, 1])}, "x", "y"), "01_line", "It rises.")
    assert shown == [{"filename": str(tmp_path / "01_line.png"), "alt": "It rises."}]


@pytest.mark.parametrize(
    "data, name", [("strokes", "drawn digits"), ("mnist", "MNIST")]
)
def test_figures_name_the_data_set_in_words(data, name):
    assert Lecture("A title.", ["--data", data]).data_name == name


def test_a_signal_in_a_training_ends_the_lecture_where_it_reports_next(
    lectures, monkeypatch, capsys
):
    script = lectures / "lectures" / "01_tiny.py"
    script.write_text(SCRIPT + """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("kept the weights")  # as `fit` does
lecture.number("of a model that is not trained", 1)
""")
    assert main(["course", "1", "--out", "here"]) == 130
    text = capsys.readouterr().out
    assert "kept the weights" in text and "not trained" not in text
    assert not Lecture.stopped_by


def test_only_a_kernel_makes_a_script_a_notebook(monkeypatch):
    """Who runs notebooks imports `ipykernel`, and a terminal may be IPython's."""
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    for shell, expected in (None, False), (SimpleNamespace(), False), (
            SimpleNamespace(kernel=1), True):
        ipython = SimpleNamespace(get_ipython=lambda shell=shell: shell)
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        assert runs_in_kernel() is expected
    monkeypatch.delitem(sys.modules, "IPython")
    assert not runs_in_kernel()


@pytest.mark.parametrize("typed, given", [
    ({"test": "0.3"}, {"test_fraction": 0.3}), ({"test": "b.csv"}, {"test": "b.csv"}),
    ({"test": "1", "scale": "none"}, {"test_fraction": 1.0, "scale": "none"}),
    ({"colour": False, "label": "y"}, {"colour": False, "label": "y"}), ({}, {}),
])
def test_the_data_options_are_parameters_and_a_share_is_no_file(typed, given):
    assert reading(SimpleNamespace(**typed)) == given
