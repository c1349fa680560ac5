"""The command line says what is wrong in one line, and writes JSON that can be read."""

import json
import re
import warnings

import numpy as np
import pytest

from scratchae import PCA, ProbabilisticPCA, load
from scratchae.cli import main

pytestmark = pytest.mark.usefixtures("small")


# What is typed and all that is said about it; "..." stands for a list of names.
AWKWARD = {
    # Words that are nearly right, missing, or too many
    "trian vae": "COMMAND: no 'trian'; expected one of course, ..., train, ..., data. "
                 "Did you mean 'train'? See scratchae --help.",
    "frobnicate": "COMMAND: no 'frobnicate'; expected one of ... See scratchae --help.",
    "train": "missing: MODEL.",
    "train vea": "MODEL: no 'vea'; expected one of pca, ... Did you mean 'vae'?",
    "train gan": "MODEL: no 'gan'; expected one of pca, ..., vae, cvae.",
    "train vae pca": "unknown argument pca.",
    "train vae pca --xyzzy 5": "unknown argument --xyzzy.",
    "train vae --hiden 5": "unknown argument --hiden. Did you mean '--hidden'?",
    "train vae --lat 5": "unknown argument --lat. Did you mean '--latent'?",
    "train vae --xyzzy=5": "unknown argument --xyzzy.",
    "train vae --latent": "--latent: expected one argument.",
    "evaluate": "missing: CKPT.",
    "evaluate c.npz --sampels 5":
        "unknown argument --sampels. Did you mean '--samples'?",
    "sample c.npz --mode men":
        "--mode: no 'men'; expected one of mean, sample. Did you mean 'mean'?",
    "gradcheck --method richardso":
        "--method: no 'richardso'; expected one of ... Did you mean 'richardson'?",
    "gradcheck vae_tahn":
        "no gradient check 'vae_tahn'; expected some of ... Did you mean 'vae_tanh'?",
    "gradcheck dense nothing": "no gradient check 'nothing'; expected some of ...",
    "gradcheck --size equal": "unknown argument --size. Did you mean '--sizes'?",
    "course 99": "no lecture '99'; expected one of 01_autoencoder, ..._write_your_own.",
    "course 10_vea": "no lecture '10_vea'; expected one of ... Did you mean '10_vae'?",
    "course --quik": "unknown argument --quik. Did you mean '--quick'?",
    "museum --figures a": "unknown argument --figures. Did you mean '--figure'?",
    "bench --peers torhc": "--peers: unknown peer 'torhc'; expected some of ...",
    "data shwo": "fetch|show: no 'shwo'; expected one of fetch, show. "
                 "Did you mean 'show'?",
    "train vae --data stroks": "stroks: no such file or folder; ...'strokes'?",
    # Values that are none
    "train vae --latent 0": "--latent: expected a positive integer, got '0'.",
    "train vae --latent 2.5": "--latent: expected a positive integer, got '2.5'.",
    "train vae --hidden 9,-1": "--hidden: expected a positive integer, got '-1'.",
    "train vae --hidden 9;8": "--hidden: expected a positive integer, got '9;8'.",
    "train vae --seed -1": "--seed: expected a non-negative integer, got '-1'.",
    **{f"{command} --seed -1": "--seed: expected a non-negative integer, got '-1'."
       for command in ("exam", "gradcheck dense", "sample c.npz", "lab grade x")},
    "train vae --seed 1.5": "--seed: expected a non-negative integer, got '1.5'.",
    "train vae --epochs 0": "--epochs: expected a positive integer, got '0'.",
    "train vae --learning-rate x": "--learning-rate: expected a number, got 'x'.",
    "train vae --learning-rate 0":
        "--learning-rate must be a float in the range (0, inf). Got 0.0 instead.",
    "train vae --learning-rate nan":
        "--learning-rate must be a float in the range (0, inf). Got nan instead.",
    "train vae --free-bits -1":
        "--free-bits must be a float in the range [0, inf). Got -1.0 instead.",
    "train vae --decoder gaussian --variance 0":
        "--variance must be a float in the range (0, inf) or None. Got 0.0 instead.",
    "train vae --kl-weight -1":
        "--kl-weight must be a float in the range [0, inf). Got -1.0 instead.",
    "train vae --validation 1":
        "--validation must be a float in the range [0, 1). Got 1.0 instead.",
    "train vae --weight-decay -1":
        "--weight-decay must be a float in the range [0, inf). Got -1.0 instead.",
    "train sparse --rho 2":
        "--rho must be a float in the range (0, 1). Got 2.0 instead.",
    "train denoising --level 2":
        "--level must be a float in the range [0, 1]. Got 2.0 instead.",
    "train stacked --fine-tune-level 1":
        "--fine-tune-level must be a float in the range [0, 1). Got 1.0 instead.",
    "train vae --activation rellu": "--activation must be a str among {...} or an "
        "object with ... Got 'rellu' instead. Did you mean 'relu'?",
    "train vae --posterior fulll":
        "--posterior must be a str among ... Got 'fulll' instead. Did you mean 'full'?",
    "train vae --objective elbow": "--objective must be a str among {'elbo', 'iwae'}. "
                                   "Got 'elbow' instead. Did you mean 'elbo'?",
    "train vae --optimizer adm":
        "--optimizer must be a str among ... Got 'adm' instead. Did you mean 'adam'?",
    "train autoencoder --loss hinge":
        "--loss must be a str among ... Got 'hinge' instead.",
    "train pca --latent 2000 --out new":
        "--latent 2000 must be between 1 and 300: there are 300 training rows of 784 "
        "numbers",
    "train vae --latent 900000000 --out new":
        "... parameters would take ... GB of memory, of which ... GB are free. Use "
        "narrower layers, or a smaller code.",
    "bench --rounds 0": "--rounds: expected a positive integer, got '0'.",
    "gradcheck --tolerance 0": "--tolerance: expected a positive number, got '0'.",
    "sample c.npz -n +-5": "-n: expected a positive integer, got '+-5'.",
    "sample c.npz -n 0": "-n: expected a positive integer, got '0'.",
    "data show --per-class 0": "--per-class: expected a positive integer, got '0'.",
    # Options that mean nothing here, or nothing alone
    "train pca --seed 3": "--seed means nothing to pca; it has --latent",
    "data show runs --data text": "runs and --data text are two data sets: expected "
                                  "one",
    "course --notebooks d --quick --out e":
        "--quick --out e means nothing with --notebooks, which runs no lecture",
    "course --notebooks d --data mnist":
        "--data mnist means nothing with --notebooks, which runs no lecture",
    "course --notebooks d --html e":
        "--html e means nothing with --notebooks, which runs no lecture",
    "course 05 --data mnist": "--data mnist means nothing to 05_entropy_and_kl: no "
                              "images are looked at there",
    "train pca --grey --colour": "--colour: not allowed with argument --grey.",
    "museum --overwrite":
        "--overwrite means nothing without --figure: no file is written",
    "anomalies c.npz --data text --overwrite":
        "--overwrite means nothing without --out: no file is written",
    "train sparse --penalty contractive --hidden 5": "SparseAutoencoder: --penalty "
        "contractive is derived for one encoder layer with a code_activation among "
        "[...]; got --hidden 5 and 'sigmoid'",
    "train pca --epochs 3": "--epochs means nothing to pca; it has --latent",
    "train vae --penalty l1": "--penalty means nothing to vae; it has --latent, ...",
    "train sparse --penalty l1 --rho .1": "--rho 0.1 needs --penalty kl",
    "train sparse --active 5": "--active 5 needs --penalty top_k",
    "train sparse --penalty top_k --penalty-weight 2":
        "--penalty-weight 2.0 needs another --penalty than top_k",
    "train sparse --penalty top_k --active 500": "SparseAutoencoder: --active 500 must "
        "not be more than the --latent 200 units of the code",
    "train sparse --activation tanh":
        "--activation tanh needs hidden layers (--hidden)",
    "train stacked --pretrain-epochs 0 --level .3":
        "--level 0.3 needs pretraining (--pretrain-epochs)",
    "train stacked --pretrain-epochs 0 --corruption gaussian":
        "--corruption gaussian needs pretraining (--pretrain-epochs)",
    "train vae --variance .1": "--variance 0.1 needs --decoder gaussian",
    "train vae --kl-warmup 5 --epochs 1":
        "--kl-warmup 5 needs at least as many --epochs",
    "train vae --kl-warmup 1": "--kl-warmup 1 needs more than 1 epoch to rise in",
    "train vae --kl-warmup 5 --kl-weight 0":
        "--kl-warmup 5 needs a --kl-weight above 0",
    "train vae --free-bits 1 --kl-weight 0":
        "--free-bits 1.0 needs a --kl-weight above 0",
    "train vae --kl-weight 1 --objective iwae":
        "--kl-weight 1.0 needs --objective elbo",
    "train vae --gradient-samples 1": "VariationalAutoencoder: --gradient-samples 1 "
        "draws samples by their weights, which are those of --objective iwae",
    "train vae --samples-warmup 5": "--samples-warmup 5 needs more than 1 of --samples",
    "train vae --samples 3 --samples-warmup 1":
        "--samples-warmup 1 needs more than 1 epoch to rise in",
    "train vae --samples 3 --samples-warmup 5 --epochs 4":
        "--samples-warmup 5 needs at least as many --epochs",
    "train vae --patience 3": "--patience 3 needs a --validation part to watch",
    "train vae --free-bits 1 --posterior full": "VariationalAutoencoder: --free-bits "
        "counts the divergence of each dimension apart; expected --posterior "
        "diagonal",
    "gradcheck none.py --sizes different":
        "--sizes is for the built-in checks, not for a file's",
    "evaluate runs/pca-strokes.npz --samples 5": "--samples is for a vae or cvae; "
        "runs/pca-strokes.npz holds a PCA, which has no log p(x) to estimate",
    "evaluate runs/pca-strokes.npz --panel": "--panel is for a vae or cvae; "
        "runs/pca-strokes.npz holds a PCA, which has no log p(x) to estimate",
    "evaluate runs/pca-strokes.npz --probe-decay 1": "--probe-decay 1 needs --probe",
    "evaluate runs/pca-strokes.npz --probe --probe-decay -1":
        "--probe-decay: expected a number of at least 0, got '-1'.",
    # Files that are not there, are something else, or are in the way
    "evaluate none.npz": "none.npz: no such checkpoint",
    "evaluate text": "text is no checkpoint: it seems to be a text, as --data reads "
                     "tables. Expected a file that `scratchae train` or a model's "
                     "`save` wrote.",
    "evaluate runs": "runs is a folder, not a checkpoint",
    "evaluate narrow.npz": "strokes has images of 28 x 28 pixels; the model was "
                           "trained on rows of 15 numbers",
    "sample none.npz": "none.npz: no such checkpoint",
    "sample runs/pca-strokes.npz": "PCA has no distribution over codes, so it cannot "
                                   "be sampled from; train a ppca or vae or cvae",
    "sample narrow.npz --out a.jpg": "--out: a.jpg should end in .png or .csv or .npy",
    "sample narrow.npz --out runs": "--out: runs should end in .png or .csv or .npy",
    "sample narrow.npz --out d.png": "--out: d.png is a folder, not a file",
    "sample narrow.npz --out text/a.png": "--out: text is not a folder",
    "sample narrow.npz --out /nope/x/a.png": "--out: there is no folder /nope; outside "
        "the working folder only the last folder of a path is made",
    "data show --out a.jpg": "--out: a.jpg should end in .png",
    "museum --figure a.gif": "--figure: a.gif should end in .png",
    "museum --figure d.png": "--figure: d.png is a folder, not a file",
    "course 01 --out text": "--out: text is not a folder",
    "train vae --out text": "--out: text is not a folder",
    "train vae --data nowhere": "nowhere: no such file or folder; expected ...",
    "gradcheck none.py": "none.py is not a file",
    "train vae --resume none.npz": "--resume: none.npz: no such checkpoint",
    "train vae --resume text": "text is no checkpoint: it seems to be ...",
    "train vae --resume runs/pca-strokes.npz": "runs/pca-strokes.npz holds a PCA, not "
        "a VariationalAutoencoder: --resume goes on with the same options and data "
        "only",
    "train pca --resume runs/pca-strokes.npz": "--resume is for models that train "
                                               "epoch by epoch in one go; pca starts "
                                               "anew",
    "train pca --latent 3": "runs/pca-strokes.npz is there already, trained with these "
                            "options: --overwrite replaces it, --out puts the new "
                            "one elsewhere",
    "train pca --latent 4": "runs/pca-strokes.npz was trained with --latent 3, now 4: "
                            "--overwrite replaces it, --out puts the new one elsewhere",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder with a PCA of digits, a model of 15 features, a text and a folder."""
    folder = tmp_path_factory.mktemp("room")
    x = np.random.default_rng(0).random((300, 784))
    (folder / "runs").mkdir()
    (folder / "d.png").mkdir()
    PCA(3).fit(x).save(folder / "runs" / "pca-strokes.npz")
    ProbabilisticPCA(3).fit(x[:, :15]).save(folder / "narrow.npz")
    (folder / "text").write_text("no checkpoint")
    return folder


def everything(folder):
    """What is in a folder: names, contents and times."""
    return {path: path.is_file() and (path.read_bytes(), path.stat().st_mtime_ns)
            for path in folder.rglob("*")}


@pytest.mark.parametrize("typed", AWKWARD)
def test_what_is_awkward_is_said_in_one_line_and_changes_nothing(
    typed, room, plain_backend, monkeypatch, capsys
):
    monkeypatch.chdir(room)
    before = everything(room)
    try:
        status = main(typed.split())
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    assert (status, out, everything(room)) == (2, "", before)
    command = r"scratchae( [a-z]+)?( show)?: "
    said = re.escape(AWKWARD[typed]).replace(r"\.\.\.", ".*")
    more = r"( See scratchae( [a-z]+)*( show)? --help\.)?\n"
    assert re.fullmatch(command + said + more, err), err


ENDLESS = {"sse": np.inf, "panel": [["ELBO", -np.inf, "nats"]], "kl": 2.5}


@pytest.mark.parametrize("command, place, answer", [
    ("evaluate c.npz", "scratchae.VariationalAutoencoder.evaluate", dict(ENDLESS)),
    ("gradcheck l1", "scratchae.gradcheck.GradientReport.to_json_dict", ENDLESS),
    ("bench", "scratchae.benchmark.run.run", ENDLESS),
])
def test_json_has_null_and_stderr_a_line_for_what_is_infinite(
    command, place, answer, checkpoint, monkeypatch, capsys
):
    monkeypatch.setattr(place, lambda *a: answer)
    assert main([*command.replace("c.npz", checkpoint).split(), "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out, parse_constant=pytest.fail)  # Infinity is no JSON
    assert document["sse"] is None and document["kl"] == 2.5
    assert document["panel"] == [["ELBO", None, "nats"]]
    assert err.splitlines() == [
        "warning: sse is inf, which JSON cannot say: it is null there",
        "warning: panel is -inf, which JSON cannot say: it is null there",
    ]


def test_a_warning_is_one_line_on_stderr_if_python_is_to_show_it(monkeypatch, capsys):
    def show(_):
        warnings.warn("of two\nlines", RuntimeWarning, stacklevel=1)

    monkeypatch.setattr("scratchae.cli.data.show", show)
    said = {"always": "warning: of two lines\n", "ignore": ""}
    for choice, text in said.items():
        with warnings.catch_warnings():
            warnings.simplefilter(choice)
            before = warnings.showwarning
            assert main(["data", "show"]) == 0
            assert warnings.showwarning is before
        assert capsys.readouterr().err == text
    with warnings.catch_warnings(), pytest.raises(RuntimeWarning):
        warnings.simplefilter("error")
        main(["data", "show"])


def test_debug_shows_the_traceback():
    with pytest.raises(ValueError):
        main("evaluate none.npz --debug".split())


def test_refused_training_leaves_no_file(tmp_path):
    main("train vae --activation rellu".split())
    assert not list(tmp_path.iterdir())


def test_diverged_training_keeps_finite_weights_and_says_which(capsys):
    with np.errstate(all="ignore"):
        assert main("train sparse --optimizer sgd --learning-rate 1e12".split()) == 2
    said = capsys.readouterr().err
    assert "diverged in epoch 1" in said and "the weights that it began with" in said
    kept = load("runs/sparse-strokes-diverged.npz")
    assert np.isfinite(kept.parameters_.theta).all()
