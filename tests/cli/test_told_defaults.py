"""What each command's help tells of a default, and of whose an option is, is so.

A default that is told is either argparse's own, or that of the models, or has a probe
here: a function that gives what really holds where the option is not typed.
"""

import argparse
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scratchae import PCA, LinearProbe, VariationalAutoencoder, load
from scratchae.benchmark import run as benchmark
from scratchae.cli import build_parser, data, lab, lab_files, lab_grade, main
from scratchae.cli import course as of_course
from scratchae.cli.again import target
from scratchae.cli.model_options import MODELS, TYPED, as_typed, build_model
from scratchae.cli.trained_data import load_data_of
from scratchae.constraints import Choice
from scratchae.data import load_dataset
from scratchae.files import user_cache
from scratchae.gradcheck import TOLERANCES
from scratchae.nn.evaluation import EVALUATION_SEED

TELLS = re.compile(r"default(?:, and for several)?: (.*?)(?:\)|$)")


def options_of(parser, command=""):
    """((command, option), its action, the title of its group) of all commands."""
    for group in parser._action_groups:
        for action in group._group_actions:
            if isinstance(action, argparse._SubParsersAction):
                for word, below in action.choices.items():
                    yield from options_of(below, f"{command} {word}".strip())
            elif action.help and action.help != argparse.SUPPRESS:
                names = [*action.option_strings[-1:], action.metavar, action.dest]
                yield (command, names[0]), action, group.title


OPTIONS = {key: (action, title) for key, action, title in options_of(build_parser())}
OF_MODELS = {("train", option) for option in TYPED.values()}


def told(key):
    """What the help tells of a default, or None."""
    action, _ = OPTIONS[key]
    found = TELLS.search(action.help % vars(action))
    return found and found[1]


def of_bench(monkeypatch, *typed):
    """How many rounds are asked for."""
    asked = []

    def timed(peers, say, rounds, busy=None):
        asked.append(rounds)
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmark, "run", timed)
    monkeypatch.setattr(benchmark, "run_epochs", timed)
    main(["bench", *typed])
    return asked[0]


def of_tolerance():
    ways = [f"{most:g} by {way}" for way, most in TOLERANCES.items()]
    return f"{', '.join(ways)}, or what rounding explains"


def of_grades(monkeypatch, tmp_path):
    """The seed of the inputs."""
    asked = []

    def run(chosen, seed):
        asked.append(seed)
        raise KeyboardInterrupt

    monkeypatch.setattr(lab_grade, "Run", run)
    monkeypatch.setattr(lab_grade, "missing_layers", list)
    tmp_path.joinpath("submissions").mkdir()
    main(["lab", "grade", "submissions"])
    return asked[0]


def of_files():
    return f"NN_*.py or .ipynb in {', '.join(map(str, lab_files.FOLDERS))}"


PROBES = {
    ("course", "NAME"): lambda *_: "all" if len(of_course.find_lectures([])) == 14
    else None,
    ("course", "--out"): lambda *_: of_course.OUT,
    ("lab", "--file"): lambda *_: of_files(),
    ("lab", "--labs"): lambda *_: "all" if lab.find(lab.numbers_of(None))
    == lab.find([]) else None,
    ("lab", "--out"): lambda *_: lab_grade.OUT,
    ("lab", "--seed"): lambda patch, path: f"{of_grades(patch, path)}; students see 0",
    ("train", "--out"): lambda *_: of_place(["train", "vae"]).parent,
    ("evaluate", "--probe-decay"): lambda *_: f"{LinearProbe().weight_decay:g}",
    ("evaluate", "--seed"): lambda *_: f"{EVALUATION_SEED}",
    ("gradcheck", "--tolerance"): lambda *_: of_tolerance(),
    ("bench", "--rounds"): lambda patch, _:
    f"{of_bench(patch)}, of --epochs {of_bench(patch, '--epochs')}",
    ("data show", "--per-class"): lambda *_: data.PER_CLASS,
    ("data fetch", "--to"): lambda *_: "the user's cache" if user_cache().parts else "",
}
IN_WORDS = {  # what is told, and where it is held to
    ("exam", "--lecture"): "test_exam.py", ("exam", "--seed"): "test_exam.py",
    ("anomalies", "--label"): "test_anomalies.py",
    ("anomalies", "--normal"): "test_anomalies.py",
    ("gradcheck", "--step"): "test_gradcheck.py",
    ("gradcheck", "--sizes"): "test_gradient_checks.py",
    ("data show", "--out"): "test_cli_promises.py",
} | {(command, option): "below" for command in ("course", "train", "data show")
     for option in ("--data", "--data-dir", "--test", "--size", "--colour", "--grey",
                    "--label", "--scale")}


def is_given(default):
    """Whether argparse has a default that does something."""
    return default == 0 and default is not False or default not in (
        None, False, argparse.SUPPRESS, (), [])


def of_place(words):
    return target(build_parser().parse_args(words))


@pytest.mark.parametrize("key", OPTIONS, ids=" ".join)
def test_a_default_is_told_and_is_that_which_holds(key, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    action, _ = OPTIONS[key]
    if key in OF_MODELS:
        return
    if key in PROBES:
        assert told(key) == str(PROBES[key](monkeypatch, tmp_path))
    elif is_given(action.default):
        assert re.split(r"[,;] ", told(key))[0] == str(action.default)
    else:
        assert (told(key) is not None) == (key in IN_WORDS)


@pytest.mark.parametrize("option", TYPED.values())
def test_whose_an_option_is_and_what_holds_without_it_are_told_as_they_are(option):
    action, title = OPTIONS["train", option]
    usual = {}
    for name in MODELS:
        known = build_model(build_parser().parse_args(["train", name])).get_params()
        if action.dest in known:
            usual[name] = as_typed(known[action.dest])
    assert title.split(", ") == [*usual]
    if told(("train", option)) is None:
        assert {*usual.values()} == {"not given"}
        return
    parts = [part.rpartition(" ") for part in told(("train", option)).split("; ")]
    said = {name: value for names, _, value in parts
            for name in (names.split(", ") if names else usual)}
    assert said == usual


@pytest.mark.parametrize("option", TYPED.values())
def test_the_words_that_an_option_takes_are_all_told(option):
    action, title = OPTIONS["train", option]
    for name in title.split(", "):
        rule = getattr(MODELS[name], "constraints", {}).get(action.dest)
        if isinstance(rule, Choice) and "such as" not in action.help:
            assert {*rule.names} <= {*re.findall(r"\w+", action.help)}


@pytest.mark.parametrize("option", ["--samples", "--panel"])
def test_what_is_asked_of_a_vae_is_told_to_be_of_a_cvae_too(option):
    assert OPTIONS["evaluate", option][0].help.startswith("vae, cvae: ")
    takes = {name for name, model in MODELS.items()
             if issubclass(model, VariationalAutoencoder)}
    assert takes == {"vae", "cvae"}


# %% Of the data.
@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return np.random.default_rng(0)


def test_data_are_scaled_as_is_told_where_nothing_is_typed(here):
    unit = here.uniform(size=(10, 4))
    np.save("unit.npy", unit)
    np.save("rows.npy", 100 * unit)
    np.save("images.npy", (255 * unit).astype(np.uint8).reshape(10, 2, 2))
    np.savetxt("unit.csv", unit, delimiter=",", header="a,b,c,d", comments="")
    kinds = {name: load_dataset(name).scaling.kind for name in (
        "images.npy", "unit.npy", "rows.npy", "unit.csv")}
    assert told(("train", "--scale")).split(", ", 2) == [
        "pictures to [0", "1]", "arrays in [0, 1] as they are, other rows standard"]
    assert [*kinds.values()] == ["pixels", "none", "standard", "standard"]


def test_the_other_defaults_of_data_are_as_told(here):
    assert told(("train", "--test")) == "their own test part, else 0.2"
    np.savetxt("t.csv", here.normal(size=(50, 3)), delimiter=",")
    assert len(load_dataset("t.csv").x[1]) == 10
    for name, shape in {"colour": (3, 3, 3), "grey": (3, 3)}.items():
        Path(name).mkdir()
        for i in range(4):
            picture = here.integers(0, 255, shape, dtype=np.uint8)
            Image.fromarray(picture).save(Path(name, f"{i}.png"))
        assert load_dataset(name).shape == shape


@pytest.mark.parametrize("command", ["evaluate", "explore"])
def test_data_are_those_of_the_training_read_as_they_were(command, here):
    table = here.normal(size=(40, 4))
    table[:, 3] = np.arange(40) % 2
    np.savetxt("t.csv", table, delimiter=",", header="a,b,c,kind", comments="")
    np.savetxt("u.csv", table[:30], delimiter=",", header="a,b,c,kind", comments="")
    typed = "train pca --data t.csv --latent 2 --test 0.3 --scale minmax --label none"
    assert main(typed.split()) == 0
    path = "runs/pca-t.npz"

    def data_of(*more):
        options = build_parser().parse_args([command, path, *more])
        return load_data_of(load(path), options)

    assert {key for key in OPTIONS if key[0] == command and told(key)} <= {
        (command, o) for o in ("--points", "--out", "--probe-decay", "--seed")}
    same = data_of()
    assert len(same.x[1]) == 12 and same.x[1].shape[1] == 4
    other = data_of("--data", "u.csv")
    assert len(other.x[1]) == 30 and other.x[1].shape[1] == 4
    assert other.scaling.described() == same.scaling.described()
    with pytest.raises(ValueError, match="rows are scaled as those of the training"):
        data_of("--scale", "standard")
    PCA(2).fit(table).save(path)
    assert data_of("--data", "t.csv", "--label", "none",
                   "--scale", "none").scaling.kind == "none"
