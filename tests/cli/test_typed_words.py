"""What is typed and what is said: options that do nothing, and Python's words."""

import argparse
import ast
import re
from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text
from test_cli_files import subcommands
from test_doors import options_of

import scratchae
from scratchae import data_options
from scratchae.cli import build_parser, main
from scratchae.cli import course as course_command
from scratchae.cli.model_options import MODELS, TYPED
from scratchae.cli.options import (
    layer_sizes,
    non_negative_int,
    positive_int,
    positive_number,
)
from scratchae.cli.words import in_typed_words

ROOT = Path(scratchae.__file__).parent
LECTURE = '''"""A tiny lecture."""
from scratchae.course import Lecture
lecture = Lecture(__doc__)
lecture.number("rows", len(lecture.digits(labels=False).x[0]))
lecture.number("is short", int(lecture.quick))
lecture.table("01_a", ["a"], [["1"]])
'''
REFUSED = [  # by drawn digits: they are as they are
    "--data-dir there", "--test 0.5", "--size 5x5", "--colour", "--grey", "--label a",
    "--scale none",
]
SCORE = "anomalies pca.npz --data people.csv"
# Of each command: what changes something, beside a command that has not typed it.
CHANGES = {
    SCORE: ["--top 3", "--threshold 0.5", "--normal other.csv", "--out new.csv",
            "--label a", "--json"],
    f"{SCORE} --out s.csv": ["--overwrite"],
    "bench": ["--rounds 3", "--peers torch", "--json", "--epochs"],
    "bench --epochs": ["--busy 1"],
    "course 01": ["--quick", "--out there", "--data other.npy --size 28x28",
                  "--notebooks there", "--html s.csv", *REFUSED],
    "course 01 --out full": ["--overwrite"],
    "data fetch": ["--to there"],
    "data show zoo": ["--size 3x3", "--grey", "--test 0.5", "--scale none",
                      "--per-class 1", "--out there.png", "--label a", "--data-dir a",
                      "--json"],
    "data show grey": ["--colour"],
    "data show zoo --out full.png": ["--overwrite"],
    "data show": ["--data zoo"],
    "explore digits.npz": ["--points 7", "--no-drawing", "--out there.html",
                           "--data other.npy", *REFUSED],
    "explore digits.npz --out full.html": ["--overwrite"],
    "gradcheck tanh": ["--method central", "--tolerance 1e-30", "--sizes equal",
                       "--seed 5", "--json"],
    "gradcheck tanh --method central": ["--step 0.1"],
    "museum": ["--markdown", "--figure there.png"],
    "museum --figure full.png": ["--overwrite"],
}


MACHINE = {"processor": "", "target": "", "threads": 1}


def bench(peers, say, rounds):
    peaks = {"us": rounds, **dict.fromkeys(peers, 0)}
    return {"machine": MACHINE | {"peak_megabytes": peaks}, "ratios": []}


def bench_epochs(peers, say, rounds, busy):
    say(f"{peers} {rounds} {busy}")
    return {"machine": MACHINE}


INSTEAD = {  # of what takes long
    "museum.matrix": lambda say: {},
    "museum.as_text": lambda rows: "",
    "museum.as_markdown": lambda rows: "| |",
    "cli.museum.draw": lambda *given: given[-1].write_bytes(b"n"),
    "benchmark.run.run": bench,
    "benchmark.run.run_epochs": bench_epochs,
    "cli.data.fetch_published": lambda *asked: asked,
}


@pytest.fixture
def room(tmp_path, plain_backend, monkeypatch):
    """A folder with data of all kinds, models of them, and files in the way."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(data_options.SIZES, ("strokes", False), (120, 40))
    monkeypatch.setitem(data_options.SIZES, ("strokes", True), (60, 20))
    monkeypatch.setattr(course_command, "LECTURES", tmp_path / "lectures")
    for place, stand_in in INSTEAD.items():
        monkeypatch.setattr(f"scratchae.{place}", stand_in)
    Path("lectures").mkdir()
    write_text(tmp_path / "lectures" / "01_a.py", LECTURE)
    for kind, shade in (("cat", 0), ("dog", 120)):
        write_pictures(tmp_path / "zoo" / kind, pixels(9, 6, 5, 3, seed=shade))
    write_pictures(tmp_path / "grey", pixels(9, 6, 5))
    np.save("other.npy", pixels(50, 784))
    rng = np.random.default_rng(0)
    for name, low in (("people.csv", 0), ("other.csv", 5)):
        rows = rng.normal(low, 1, (40, 3))
        np.savetxt(name, rows, delimiter=",", header="a,b,c", comments="")
    main("train pca --latent 2 --data people.csv --out p".split())
    main("train vae --latent 2 --hidden 4 --epochs 1 --out d".split())
    Path("p/pca-people.npz").rename("pca.npz")
    Path("d/vae-strokes.npz").rename("digits.npz")
    Path("full").mkdir()
    for name in ("full.png", "full.html", "s.csv", "full/01_a.md"):
        Path(name).write_bytes(b"")
    return tmp_path


def outcome(typed, folder, capsys):
    """What a command ends with, says and writes; what it wrote is taken away again."""
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    try:
        status = main(typed.split())
    except SystemExit as end:
        status = end.code
    said = re.sub(r"\d+\.\d+ s|\d+ s\b| +\d+\.\d+ ", "", "".join(capsys.readouterr()))
    after = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    written = {p.name: p.is_file() and p.read_bytes() for p in after
               if before.get(p) != after[p] and not p.is_dir()}
    for path in after:
        if path not in before and path.is_file():
            path.unlink()
    return status, said, written


def words(command):
    """The command alone."""
    return command.split()[: 2 if command.startswith("data") else 1]


COMMANDS = {" ".join(words(c)) for c in CHANGES}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_option_of_a_command_has_a_row(command):
    rows = " ".join(" ".join(more) + " " + c for c, more in CHANGES.items()
                    if " ".join(words(c)) == command)
    assert {*re.findall(r"--[\w-]+", rows)} == options_of(*command.split()) - {
        "--debug", "--help"}


def test_every_option_changes_something_or_is_refused(room, capsys):
    same = []
    for command, options in CHANGES.items():
        plain = outcome(command, room, capsys)
        same += [f"{command} {option}" for option in options
                 if outcome(f"{command} {option}", room, capsys) == plain]
    assert not same


# Python's names

NO_OPTION = {  # parameters that the command line has no option for
    "layer", "decoder_layer_sizes", "code_activation", "output_activation", "momentum",
    "beta1", "beta2", "binarize", "corrupted_weight", "verbose", "dtype", "whiten",
    "image_shape",  # the data tell it
}


def text_of(node):
    """What a message says, with "1" or a name where it tells a value."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.FormattedValue):
        return "'name'" if node.conversion == ord("r") else "1"
    return str(getattr(node, "value", ""))


def messages():
    """(file:line, text) of what models and networks raise, or warn of."""
    for room in ("models", "networks", "training"):
        for path in sorted((ROOT / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(getattr(node, "func", None), "id", "")
                if name in ("ValueError", "warn", "DivergedError"):
                    yield f"{room}/{path.name}:{node.lineno}", text_of(node.args[0])


@pytest.mark.parametrize("model", MODELS)
def test_no_message_of_a_model_is_in_pythons_names(model):
    known, left = MODELS[model]().get_params(), []
    for place, text in messages():
        said = in_typed_words(text, MODELS[model])
        left += [f"{place}: {name} in {said}" for name in known.keys() & TYPED.keys()
                 if re.search(rf"\b{name}=|'{name}'", said)
                 or ("_" in name and re.search(rf"\b{name}\b", said))]
        left += [place for word in ("n_samples", "n_features", "validation_data",
                                    "sklearn") if word in said]
    assert not left
    assert {*known} <= TYPED.keys() | NO_OPTION


# Units, and where files go


@pytest.mark.parametrize("model, better", [
    ("pca", "SSE is the squared error summed over an image: lower is better"),
    ("vae", "elbo = -(reconstruction + kl), higher is better"),
    ("ppca", "log_likelihood, higher is better"),
    ("stacked", "errors are shares of wrong labels: lower is better"),
])
def test_evaluate_explains_its_units_in_one_line(model, better, small, capsys):
    short = [] if "pca" in model else ["--epochs", "1", "--hidden", "4"]
    short += ["--pretrain-epochs", "0"] * (model == "stacked")
    assert main(["train", model, *short]) == 0
    capsys.readouterr()
    assert main(["evaluate", f"runs/{model}-strokes.npz"]) == 0
    (line,) = re.findall("^units: .*$", capsys.readouterr().out, re.MULTILINE)
    assert better in line and ("nats" in line) == (model in ("vae", "ppca"))


def test_epochs_of_a_table_have_units_of_rows(room, capsys):
    capsys.readouterr()
    typed = "train autoencoder --latent 2 --epochs 1 --data"
    assert main([*typed.split(), "people.csv"]) == 0
    said = "".join(capsys.readouterr())
    assert "epoch 1/1" in said and said.count("SSE/row") == 2 and "/img" not in said
    assert main([*typed.split(), "zoo"]) == 0
    assert "".join(capsys.readouterr()).count("SSE/img") == 2


def test_train_takes_a_folder_or_a_file(room, capsys):
    typed = "train pca --data people.csv --latent 2 --out there/mine.npz"
    assert main(typed.split()) == 0
    assert "checkpoint: there/mine.npz\n" in capsys.readouterr().out
    assert scratchae.load("there/mine.npz").n_components_ == 2


@pytest.mark.parametrize("kind, text, value", [
    *((positive_int, text, 3) for text in ("3", "+3", " 3 ")),
    *((positive_int, text, None) for text in ("0", "-3", "3.0", "1_0", "x", "")),
    *((non_negative_int, text, 0) for text in ("0", "+0", " 0 ")),
    *((non_negative_int, text, None) for text in ("-1", "0.0", "1_0", "x", "")),
    *((kind, text, None) for kind in (positive_int, non_negative_int)
      for text in ("++3", "9" * 5000)),  # of which int() says something else
    (layer_sizes, "400,200", (400, 200)), (layer_sizes, "4", (4,)),
    (layer_sizes, "", ()),
    *((layer_sizes, text, None) for text in ("4,", "4,0", "4;2", "4,x")),
    (positive_number, "1e-3", 1e-3),
    *((positive_number, text, None) for text in ("0", "-1", "nan", "inf", "x")),
])
def test_a_number_is_what_was_typed_or_is_refused_with_it(kind, text, value):
    if value is not None:
        found = kind(text)
        assert found == value and type(found) is type(value)
        return
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        kind(text)
    wrong = text.split(",")[-1] if kind is layer_sizes else text
    assert str(caught.value).endswith(f", got {wrong!r}")


def several_words():
    """(command, option) of each command that takes several words."""
    for command, parser in subcommands(build_parser()):
        if any(action.nargs in ("*", "+") and not action.option_strings
               for action in parser._actions):
            yield from ((command, action) for action in parser._actions
                        if action.option_strings and action.dest != "help")


@pytest.mark.parametrize("command, option", [
    pytest.param(*pair, id=f"{pair[0]} {pair[1].option_strings[0]}")
    for pair in several_words()])
def test_an_option_may_stand_between_two_words(command, option):
    typed = [option.option_strings[0]]
    if option.nargs != 0:
        typed += [option.choices and [*option.choices][0] or "4"]
    parse = build_parser().parse_args
    wanted = vars(parse([command, "a", "b", "c", *typed]))
    for words in ([*typed, "a", "b", "c"], ["a", *typed, "b", "c"],
                  ["a", *typed, "--", "b", "c"], ["a", "b", *typed, "c"]):
        assert vars(parse([command, *words])) == wanted


@pytest.mark.parametrize("line, wrong", [
    ("lab 01 --wach 02", "--wach"), ("explore a --out b -c d", "-c"),
    ("gradcheck --seed 1 dense --sed 2", "--sed")])
def test_an_option_that_is_none_is_no_word_either(line, wrong, capsys):
    with pytest.raises(SystemExit):
        main(line.split())
    assert f"unknown argument {wrong}." in capsys.readouterr().err
