"""Small promises of commands: what is shown, for whom, and in which file."""

import contextlib
import io
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import PCA, Autoencoder, VariationalAutoencoder
from scratchae.cli import (
    bench,
    data,
    evaluate,
    exam,
    explore,
    main,
    museum,
    sample,
    train,
)
from scratchae.cli.data_checks import refuse_outside
from scratchae.cli.model_options import as_typed, decoder_is_open
from scratchae.cli.outputs import check_folder
from scratchae.data import Dataset, Scaling


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """What is given to be drawn: (name of the chart, arguments, options)."""
    given = []
    for name in ("image_grid", "image_rows", "histograms", "bar_rows", "marks"):
        monkeypatch.setattr(f"scratchae.plots.{name}", lambda *a, _n=name, **more: (
            given.append((_n, a, more)) or _n))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    return given


def images(n, labels=None):
    """A data set of n images of 2 x 3 pixels, 0 to 1."""
    x = np.linspace(0, 1, 6 * n).reshape(n, 6)
    y = None if labels is None else (np.asarray(labels),) * 2
    return Dataset((x, x[:1]), y, None, "mine", shape=(2, 3))


# Pictures


def test_a_sheet_has_ten_rows_of_images_without_labels(shown):
    data.contact_sheet(images(70), 4)
    data.contact_sheet(images(7), 4)
    for (name, (x, title, columns, shape), _), n in zip(shown, (70, 7), strict=True):
        assert (name, len(x), columns, shape) == ("image_grid", min(n, 40), 4, (2, 3))
        assert title == f"mine: {n} training images"


def test_a_sheet_has_rows_of_sixty_classes_and_says_how_many_there_are(shown):
    labels = np.arange(140) % 70
    data.contact_sheet(images(140, labels), 1)
    (_, (rows, title, shape), _), = shown
    assert [*rows] == [str(label) for label in range(60)] and shape == (2, 3)
    assert all(len(x) == 1 for x in rows.values())
    assert title == "mine: 140 training images, 70 classes"


def test_histograms_are_of_the_first_rows_in_the_units_of_the_file(shown):
    x = np.arange(12000.0).reshape(6000, 2)
    scaling = Scaling("standard", np.array([10.0, 20]), np.array([2.0, 4]))
    data.histograms(Dataset((x, x), None, None, "t.csv", None, ("a", "b"), scaling))
    (name, (drawn, columns, title), _), = shown
    assert (name, columns, title) == ("histograms", ("a", "b"),
                                      "t.csv: 6000 training rows")
    np.testing.assert_array_equal(drawn, x[:5000] * [2, 4] + [10, 20])


@pytest.mark.parametrize("shape, told", [([2, 3], (2, 3)), (None, None)])
def test_a_picture_of_samples_has_the_shape_of_the_data(shape, told, shown):
    about = {"scaling": Scaling().described(), "shape": shape, "columns": None}
    sample.picture(np.zeros((4, 6)), about, "a title")
    assert [(a[1:], more) for _, a, more in shown] == [(("a title",), {"shape": told})]


@pytest.mark.parametrize("shape, saved", [
    ([2, 3], (4, 2, 3)), ([1, 2, 3], (4, 1, 2, 3)), (None, (4, 6)),
])
def test_numbers_of_a_sample_have_the_shape_of_the_data(shape, saved, here):
    x = np.linspace(0, 1, 24).reshape(4, 6)
    about = {"scaling": Scaling("pixels", 0.0, 255.0).described(), "shape": shape,
             "columns": None}
    sample.write_numbers(x, None, about, here / "new/x.npy")
    found = np.load(here / "new/x.npy")
    assert found.shape == saved
    np.testing.assert_allclose(found.reshape(4, 6), 255 * x)


def test_the_figure_of_the_museum_has_each_fault_in_words(shown, capsys):
    from scratchae.museum import FAULTS

    one, two, three = [*FAULTS][:3]
    caught = {"gradient check": True}
    museum.draw({one: caught, two: {}, three: {}}, 2, Path("m.png"))
    (_, (rows, title), _), = shown
    assert rows == {FAULTS[one].text: caught, FAULTS[two].text: {},
                    FAULTS[three].text: {}}
    assert title == "2 of 3 faults pass a plain gradient check"
    assert capsys.readouterr().out == "figure: m.png\n"


@pytest.mark.parametrize("name", ["p.htm", "P.HTML"])
def test_a_page_may_end_in_htm_and_is_put_there_whole(
    name, checkpoint, here, monkeypatch
):
    monkeypatch.setattr(explore, "explorer_page", lambda *a: "ä")
    assert main(["explore", checkpoint, "--out", f"new/{name}"]) == 0
    assert (here / "new" / name).read_bytes() == "ä".encode()
    broken = SimpleNamespace(encode=lambda *how: ["no bytes"])
    monkeypatch.setattr(explore, "explorer_page", lambda *a: broken)
    with pytest.raises(TypeError):
        main(["explore", checkpoint, "--out", f"new/{name}", "--overwrite", "--debug"])
    assert (here / "new" / name).read_bytes() == "ä".encode()


def test_a_page_says_its_size_in_millions_of_bytes(
    checkpoint, here, monkeypatch, capsys
):
    monkeypatch.setattr(explore, "explorer_page", lambda *a: "ä" * 1_230_000)
    assert main(["explore", checkpoint, "--out", "p.html"]) == 0
    assert capsys.readouterr().out == "p.html (2.46 MB)\n"


# Words


def test_a_panel_says_how_many_rows_it_is_of(capsys):
    for n in 3, 5000:
        evaluate.show({}, [("KL", 1.0, "nats")], "rows", n)
        assert f"\nthe first {min(n, 1000)} rows:\nKL" in capsys.readouterr().out


@pytest.mark.parametrize("value, typed", [
    ((), '""'), ([3], "3"), ((4, 2), "4,2"), (None, "not given"), (True, "given"),
    (False, "not given"), (0, "0"), (0.5, "0.5"), ("relu", "relu"),
])
def test_a_value_is_shown_as_it_is_typed(value, typed):
    assert as_typed(value) == typed


def test_a_command_is_kept_as_it_can_be_typed_again(monkeypatch):
    kept = []
    monkeypatch.setattr(data, "show", lambda options: kept.append(options.typed))
    main(["data", "show", "my pictures", "--label", "it's"])
    assert kept == ["""scratchae data show 'my pictures' --label 'it'"'"'s'"""]


@pytest.mark.parametrize("peaks, said", [
    ({"numba": 1, "torch": None, "jax": 3}, "numba 1 MB, jax 3 MB"),
    ({"numba": None}, "not known on this system"),
])
def test_only_memory_that_is_known_is_told(peaks, said, capsys):
    bench.print_steps({"machine": {"peak_megabytes": peaks}, "ratios": []})
    assert capsys.readouterr().out.splitlines()[0] == f"peak memory: {said}"


@pytest.mark.parametrize("typed, names", [("", None), ("all", None),
                                          ("dense l1", ["dense", "l1"])])
def test_all_gradients_may_be_asked_for_by_that_word(typed, names, monkeypatch):
    asked = []
    monkeypatch.setattr("scratchae.cli.gradcheck.run_checks", lambda *a, **more: (
        asked.append((*a, more["sizes"])) or SimpleNamespace(passed=False)))
    assert main(["gradcheck", *typed.split()]) == 1
    assert asked == [(names, "different")]


@pytest.mark.parametrize("terminal, seen", [(True, ""), (False, "3\n")])
def test_an_answer_is_shown_where_nobody_typed_it(terminal, seen, monkeypatch, capsys):
    typed = io.StringIO("3\n")
    typed.isatty = lambda: terminal
    monkeypatch.setattr("sys.stdin", typed)
    assert exam.ask("how many? ") == "3\n"
    assert capsys.readouterr().out == f"how many? {seen}"


def test_without_an_input_the_answers_have_ended(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)
    assert main("exam --lecture 08 --seed 3".split()) == 0
    assert "\nthe answers have ended\n" in capsys.readouterr().out


# Training


@pytest.mark.parametrize("typed, path", [
    ({}, "runs/vae-strokes.npz"), ({"out": Path("a.NPZ")}, "a.NPZ"),
    ({"out": Path("b")}, "b/vae-strokes.npz"),
    ({"data": "my/rows.csv.gz"}, "runs/vae-rows.npz"),
])
def test_a_checkpoint_goes_into_a_folder_or_a_file(typed, path):
    options = {"model": "vae", "data": "strokes", "out": None, "resume": None} | typed
    assert train.target(SimpleNamespace(**options)) == Path(path)


@pytest.mark.parametrize("model, decoder, source, is_open", [
    ("vae", None, "t.csv", True), ("cvae", None, "t.csv", True),
    ("vae", "bernoulli", "t.csv", False), ("vae", None, "mnist", False),
    ("autoencoder", None, "t.csv", False),
])
def test_data_choose_a_decoder_that_nobody_did(model, decoder, source, is_open):
    options = SimpleNamespace(model=model, decoder=decoder, data=source)
    assert decoder_is_open(options) is is_open


def test_a_variance_that_the_data_make_useless_is_refused(here, capsys):
    np.save("x.npy", np.random.default_rng(0).integers(0, 9, (20, 4, 4), np.uint8))
    typed = "train vae --data x.npy --variance .1 --latent 2 --hidden 3 --epochs 1"
    assert main(typed.split()) == 2
    assert "--variance 0.1 needs --decoder gaussian" in capsys.readouterr().err


def test_nothing_is_said_of_overflows_in_a_training(tmp_path):
    found, model = [], Autoencoder()
    model.fit = lambda *a, **more: found.append((np.geterr(), more))
    before = np.geterr()
    train.fit(model, None, (), "p", "r")
    assert found == [(dict.fromkeys(before, "ignore"), {"checkpoint": "p",
                                                        "resume": "r"})]
    assert np.geterr() == before


def test_a_training_that_saved_nothing_was_stopped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train, "fit", lambda *a: None)
    path, dataset = tmp_path / "m.npz", images(4)
    for _ in "not there", "of an earlier training":
        with pytest.raises(KeyboardInterrupt):
            train.train(PCA(), dataset, path, None)
        path.touch()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("model, option, other", [
    (VariationalAutoencoder(), "decoder", "gaussian"),
    (Autoencoder(loss="bernoulli"), "loss", "squared_error"),
])
@pytest.mark.parametrize("kind, what, also", [
    ("minmax", "rows beyond those of the training", ""),
    ("standard", "others", " (or with --scale minmax, if no row may lie beyond those "
     "of the training)"),
    ("pixels", "pixels beyond all of the training", ", or on numbers that were divided "
     "by the largest possible one")])
def test_numbers_outside_the_unit_interval_have_their_ways_out(
    model, option, other, kind, what, also
):
    scaling = Scaling(kind, 0.0, 1.0)
    x = np.array([[0.5], [1.5]])
    rows = Dataset((x, x), None, None, "t.csv", None, ("a",), scaling)
    with pytest.raises(ValueError) as caught:
        refuse_outside(model, rows)
    assert str(caught.value) == (
        f"--{option} bernoulli takes numbers in [0, 1], and t.csv has {what}, {scaling}"
        f": train with --{option} {other}{also}")
    refuse_outside(model, Dataset((x[:1], x[:1]), None, None, "t.csv", None))
    refuse_outside(PCA(), rows)


def test_outside_the_working_folder_the_last_folder_only_is_made(here):
    (here / "in").mkdir()
    (here / "in/f").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here / "in")
        for folder in "new", "new/er/still", "..", "../new", "../../" + here.name:
            check_folder(Path(folder))
        with pytest.raises(FileNotFoundError, match="^--x: there is no .*new; "):
            check_folder(Path("../new/er"), "--x")
        with pytest.raises(NotADirectoryError, match="^--out: .*f is not a folder"):
            check_folder(Path("f/a"))
    assert [path.name for path in here.rglob("*")] == ["in", "f"]


@pytest.mark.parametrize("lacks, refused", [
    (os.W_OK, True), (os.X_OK, True), (os.R_OK, False),
])
def test_a_folder_has_to_be_written_and_entered_and_need_not_be_read(
    lacks, refused, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr("scratchae.cli.outputs.os.access", lambda path, mode: (
        asked.append(path) or not mode & lacks))
    with pytest.raises(PermissionError, match="^--to: cannot write into ") if (
            refused) else contextlib.nullcontext():
        check_folder(tmp_path / "new", "--to")
    assert asked == [tmp_path]
