"""What a command refuses, or warns of, and what it takes just beside that."""

from types import SimpleNamespace

import numpy as np
import pytest
from data_files import write_text

from scratchae import PCA, ProbabilisticPCA, StackedClassifier
from scratchae.cli import anomalies, build_parser, lab, lab_grade, main, train
from scratchae.cli.model_options import NEEDS, TYPED, build_model
from scratchae.data import Dataset, Scaling, load_dataset
from scratchae.models.denoising import DenoisingAutoencoder


@pytest.fixture
def here(tmp_path, plain_backend, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(typed, capsys):
    """The line of a command that ends with 2 and prints nothing else."""
    capsys.readouterr()
    assert main(typed.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1, err
    return err.removeprefix("scratchae: ").rstrip("\n")


# Options of models that ask for another one: what just meets that

MET = {
    "sparse --activation tanh --hidden 5": "activation",
    "sparse --penalty l1 --penalty-weight 2": "penalty_weight",
    "sparse --rho .1": "rho",  # kl is what nobody types
    "sparse --penalty top_k --active 5": "n_active",
    "stacked --pretrain-epochs 1 --corruption gaussian": "corruption",
    "stacked --pretrain-epochs 1 --level .3": "level",
    "denoising --corruption gaussian --level .3": "level",  # it has no pretraining
    "vae --decoder gaussian --variance .1": "decoder_variance",
    "sparse --shift .1 --undo-shift": "undo_shift",
    "vae --samples 2 --samples-warmup 2 --epochs 2": "samples_warmup_epochs",
    "vae --objective elbo --kl-weight 2": "kl_weight",
    "vae --kl-warmup 2 --epochs 2": "kl_warmup_epochs",
    "vae --kl-warmup 5 --epochs 5 --kl-weight .01": "kl_warmup_epochs",
    "vae --free-bits .5 --kl-weight .01": "free_bits",
    "vae --patience 3 --validation .01": "patience",
}


def parsed(typed):
    return build_parser().parse_args(["train", *typed.split()])


@pytest.mark.parametrize("typed", MET)
def test_an_option_is_taken_where_what_it_needs_is_just_there(typed):
    options = parsed(typed)
    model, name = build_model(options), MET[typed]
    assert getattr(model, name) == getattr(options, name) is not None


def test_every_need_has_a_row_that_meets_it():
    assert {need.name for need in NEEDS} == {*MET.values()}


@pytest.mark.parametrize("data, refuses", [("strokes", True), ("mine.csv", False)])
def test_a_variance_waits_for_data_that_choose_the_decoder(data, refuses):
    options = parsed(f"vae --variance .1 --data {data}")
    if refuses:
        with pytest.raises(ValueError, match="--variance 0.1 needs --decoder gaussian"):
            build_model(options)
    else:
        assert build_model(options).decoder_variance == 0.1


def test_every_option_of_a_model_reaches_its_parameter_and_no_other():
    typed = {"n_components": "7", "hidden_layer_sizes": "9,8", "epochs": "3",
             "batch_size": "11", "learning_rate": "0.5", "weight_decay": "0.25",
             "shift": "2.0", "optimizer": "sgd", "schedule": "step",
             "validation_fraction": "0.125", "patience": "4", "random_state": "13",
             "n_samples": "6", "samples_warmup_epochs": "2", "posterior": "full",
             "kl_weight": "0.75", "kl_warmup_epochs": "3", "activation": "tanh"}
    words = " ".join(f"{TYPED[name]} {value}" for name, value in typed.items())
    given = build_model(parsed(f"vae {words}")).get_params()
    found = {name: given[name] for name in typed}
    assert {name: str(value).strip("()").replace(" ", "")
            for name, value in found.items()} == typed
    plain = build_model(parsed("vae")).get_params()
    assert plain["random_state"] == 0
    assert {name for name in given if given[name] != plain[name]} == {*typed}


# Data


def table(train_rows, test_rows, scaling="standard"):
    """A data set of two columns."""
    x = tuple(np.array(rows, float) for rows in (train_rows, test_rows))
    scales = Scaling(scaling, np.zeros(2), np.ones(2))
    return Dataset(x, None, None, "t.csv", shape=None, columns=("a", "b"),
                   scaling=scales)


NEAR = [[0.0, 1], [1, -1]]


@pytest.mark.parametrize("train_rows, test_rows, said", [
    ([[0, 10.4], [1, 1]], NEAR, "column 'b' is up to 10 standard deviations away"),
    ([[-30.0, 1], [1, 1]], NEAR, "column 'a' is up to 30 standard deviations away"),
    (NEAR, [[1, -17.2]], "column 'b' is up to 17 standard deviations away"),
    (NEAR, [[20, 19]], "column 'a' is up to 20 standard deviations away"),
    ([[0, 10], [-10, 1]], NEAR, None), ([[np.nan, 1]], NEAR, None),
])
def test_a_far_number_is_told_whichever_way_it_lies_and_in_whichever_rows(
    train_rows, test_rows, said, recwarn
):
    train.warn_of_far_numbers(table(train_rows, test_rows))
    texts = [str(warning.message) for warning in recwarn]
    assert len(texts) == (said is not None)
    for text in texts:
        assert text.startswith(f"{said}, since it hardly varies else")
        assert text.endswith("losses are huge; train with --scale minmax")


def test_far_numbers_of_columns_that_are_not_standardised_are_not_told(recwarn):
    for kind in "minmax", "none":
        train.warn_of_far_numbers(table([[0, 99.0]], NEAR, kind))
    assert not recwarn


def test_a_column_is_empty_if_no_training_row_has_it():
    gone, there = [[1, np.nan], [2, np.nan]], [[1, 2.0], [3, np.nan]]
    masked = DenoisingAutoencoder(missing="mask")
    with pytest.raises(ValueError, match="^t.csv: column 'b' has no number in any tra"):
        train.refuse_empty_columns(masked, table(gone, there))
    train.refuse_empty_columns(masked, table(there, gone))
    train.refuse_empty_columns(PCA(), table(gone, there))


@pytest.fixture
def people(here, capsys):
    """A PCA of a table with a label, of which all rows were trained."""
    rows = [f"{i},{i * i % 7},{'xy'[i % 2]}" for i in range(12)]
    write_text(here / "t.csv", "\n".join(["a,b,kind", *rows]) + "\n")
    assert main("train pca --data t.csv --latent 1".split()) == 0
    capsys.readouterr()
    return "anomalies runs/pca-t.npz --data"


def test_labels_of_a_set_with_a_name_are_no_column(people, capsys):
    """They would be read and mean nothing."""
    assert refused(f"{people} strokes --label kind", capsys) == (
        "--label kind means nothing to strokes, only to a path")


def test_what_is_wrong_with_normal_rows_is_said_of_their_option(
    people, monkeypatch, capsys
):
    def load_again(about, source, **given):
        if source == "n.csv":
            raise ValueError("read it with --data DIR")
        return load_dataset("t.csv", test_fraction=1.0, label="kind")

    monkeypatch.setattr(anomalies, "load_again", load_again)
    assert refused(f"{people} t.csv --normal n.csv", capsys) == (
        "read it with --normal DIR")


@pytest.mark.parametrize("model, said", [
    (StackedClassifier(), "a StackedClassifier reconstructs nothing, so that it has no "
                          "scores: train an autoencoder, a vae or a pca"),
    (PCA(), "m.npz does not say what it was trained on, so that rows cannot be scaled "
            "as those were; scratchae train writes that"),
])
def test_a_model_that_cannot_score_says_why(model, said):
    with pytest.raises(ValueError) as caught:
        anomalies.what_it_knows(model, "m.npz")
    assert str(caught.value) == said


@pytest.mark.parametrize("threshold", ["0", "1", "-0.1", "nan"])
def test_a_threshold_is_a_share_between_0_and_1(threshold, people, capsys):
    assert refused(f"{people} t.csv --threshold {threshold}", capsys).startswith(
        "--threshold is a share of the normal rows, above 0 and below 1; got ")


def test_a_file_that_is_no_checkpoint_is_not_trained_over(here, small, capsys):
    (here / "mine.npz").write_text("mine")
    said = refused("train vae --out mine.npz", capsys)
    assert said.startswith("mine.npz is there already: --overwrite replaces it, --out "
                           "puts the new one elsewhere (mine.npz is no checkpoint: ")
    assert (here / "mine.npz").read_text() == "mine"


def test_a_table_has_no_images_per_class(people, here, capsys):
    assert refused("data show t.csv --per-class 3", capsys) == (
        "--per-class 3: t.csv is a table, of which histograms are drawn")
    assert not [*here.glob("runs/*.png")]


def test_models_of_other_widths_are_not_shown_on_one_page(here, small, capsys):
    x = np.random.default_rng(0).uniform(size=(40, 784))
    ProbabilisticPCA(2).fit(x).save("a.npz")
    ProbabilisticPCA(2).fit(x[:, :15]).save("b.npz")
    said = "strokes has images of 28 x 28 pixels; the model was trained on rows of 15"
    for pair in "a.npz b.npz", "b.npz a.npz":
        assert refused(f"explore {pair} --out p.html", capsys).startswith(said)
    assert not (here / "p.html").exists()
    assert refused("explore a.npz ./a.npz", capsys) == "./a.npz was given twice"


def test_models_in_other_units_are_not_shown_on_one_page(here, capsys):
    """Each is asked, not only the one whose data are read."""
    np.save("x.npy", np.random.default_rng(0).integers(0, 256, (30, 4, 4), np.uint8))
    for name, scale in ("a", []), ("b", ["--scale", "standard"]):
        typed = f"train ppca --latent 2 --data x.npy --out {name}.npz"
        assert main([*typed.split(), *scale]) == 0
    for pair in "a.npz b.npz", "b.npz a.npz":
        assert refused(f"explore {pair} --out p.html", capsys).startswith(
            "x.npy has other units, ")
    assert not (here / "p.html").exists()


# Labs


def test_a_file_is_of_one_lab_and_one_lab_is_checked_at_a_time(here, capsys):
    assert refused("lab --file a.py", capsys) == (
        "--file: say whose lab it is, as in scratchae lab 01 --file F")
    assert refused("lab 01 02", capsys) == "one lab at a time, or none for all of them"


def test_an_installation_without_the_files_of_labs_says_so(here, monkeypatch, capsys):
    monkeypatch.setattr("scratchae.cli.lab_files.STUBS", here)
    assert refused("lab start 02", capsys) == (
        f"no file of lab 02 in {here}: this installation is not complete; install "
        "scratchae again")


def test_a_watched_file_is_looked_at_three_times_a_second(monkeypatch):
    slept = []
    monkeypatch.setattr(lab.time, "sleep", slept.append)
    lab.pause()
    assert slept == [lab.WAIT] == [0.3]


@pytest.fixture
def graded(here, monkeypatch):
    """A folder of submissions, and a stand-in for what grades them."""
    (here / "in").mkdir()
    students = [SimpleNamespace(name=name) for name in ("ann", "bob")]
    table = SimpleNamespace(rows={student.name: [] for student in students})
    asked, found = [], (table, students[:1], students, ["é", "a b"])
    monkeypatch.setattr(lab_grade, "missing_layers", lambda: ["files", "calls"])
    monkeypatch.setattr(lab_grade, "grade", lambda *a: asked.append(a) or found)
    return asked


def test_grading_says_what_it_found_and_where_the_table_is(graded, here, capsys):
    assert main("lab grade in --out t.csv --overwrite".split()) == 0
    out, err = capsys.readouterr()
    (_, folder, path, overwrite), = graded
    assert [str(folder), str(path), overwrite] == ["in", "t.csv", True]
    assert err == ("warning: this system has no files, calls: submissions are confined "
                   "less; what that means is in scratchae/labs/grading/README.md\n")
    assert out.splitlines() == [
        r"no submissions: '\xe9', 'a b'",
        "other files than those graded, rows kept: ann, bob (--overwrite grades all "
        "anew)", "lab  part  function  pass  fail  error  not written yet  missing", "",
        "students graded: 1, there before: 1", "t.csv", "t/*/results.json"]


def test_a_grading_that_is_stopped_says_that_it_goes_on(graded, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab_grade, "missing_layers", list)
    monkeypatch.setattr(lab_grade, "grade", stop)
    assert main("lab grade in".split()) == 130
    assert capsys.readouterr().err == (
        "scratchae: interrupted: (grades.csv has the students that are done; the same "
        "command goes on from there)\n")


def test_a_folder_is_no_table_of_grades(graded, here, capsys):
    (here / "d.csv").mkdir()
    assert refused("lab grade in --out d.csv", capsys) == (
        "--out: d.csv is a folder, not a file")
    assert not graded


def test_a_backend_that_is_none_is_said_by_its_variable_at_once(monkeypatch, capsys):
    monkeypatch.setenv("SCRATCHAE_BACKEND", "nump")
    assert main(["train", "vae", "--epochs", "1"]) == 2
    assert capsys.readouterr().err == (
        "scratchae: SCRATCHAE_BACKEND must be one of ['numba', 'numpy']. Got 'nump'.\n")
