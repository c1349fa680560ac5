"""Where a command stands, and what its files are and are called."""

import io
import json
import os
import sys

import numpy as np
import pytest
from PIL import Image
from readings import bits

from scratchae import (
    DataError,
    DenoisingAutoencoder,
    DivergedError,
    backend,
    load,
)
from scratchae.cli import main
from scratchae.data import load_dataset

pytestmark = pytest.mark.filterwarnings("ignore")

X = np.random.default_rng(0).uniform(size=(40, 4)).astype(np.float32)
FEW = {"epochs": 3, "batch_size": 20, "verbose": False, "random_state": 0}
LATIN = "lat\udce4in"  # bytes of another encoding, as Python has them


class Walks:
    """A corruption that takes the program to another folder, or spoils the rows."""

    def __init__(self, folder, value=None):
        self.folder, self.value = folder, value

    def corrupt(self, x, rng):
        os.chdir(self.folder)
        return x if self.value is None else np.full_like(x, self.value)


@pytest.fixture(autouse=True)
def plain():
    """What is tried here lies above the kernels."""
    with backend("numpy"):
        yield


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(name, n=30, seed=0):
    """A table of three columns and a label, and its path."""
    rows = np.random.default_rng(seed).uniform(size=(n, 3))
    np.savetxt(name, np.c_[rows, np.arange(n) % 2], delimiter=",",
               header="a,b,c,label", comments="")
    return name


def files_of(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_a_checkpoint_is_where_fit_began_wherever_the_program_goes(here, monkeypatch):
    (here / "runs").mkdir()
    (here / "else").mkdir()
    walking = DenoisingAutoencoder(2, corruption=Walks(here / "else"), **FEW)
    walking.fit(X, checkpoint="runs/m.npz")
    assert files_of(here) == ["else", "runs", "runs/m.npz"]
    saved = load(here / "runs/m.npz", corruption=Walks(here / "else"))
    assert bits(saved.parameters_.theta) == bits(walking.parameters_.theta)
    monkeypatch.chdir(here)
    (here / "runs/m.npz").write_bytes(b"old")
    spoiled = DenoisingAutoencoder(2, corruption=Walks(here / "else", 1e30), **FEW)
    with pytest.raises(DivergedError):
        spoiled.fit(X, checkpoint="runs/m.npz")
    assert files_of(here) == ["else", "runs", "runs/m.npz"]
    assert (here / "runs/m.npz").read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="removes no folder that is used")
def test_where_the_working_folder_is_gone_the_file_is_named(here, monkeypatch):
    (here / "gone").mkdir()
    monkeypatch.chdir(here / "gone")
    (here / "gone").rmdir()
    model = DenoisingAutoencoder(2, **FEW)
    for write in (lambda path: model.fit(X).save(path),
                  lambda path: model.fit(X, checkpoint=path)):
        with pytest.raises(FileNotFoundError, match="cannot write the file .* 'm.npz'"):
            write("m.npz")
        write(here / "m.npz")


def test_evaluate_says_in_which_file_the_test_rows_are(here, capsys):
    table("tr.csv"), table("te.csv", 7, 1)
    main("train pca --data tr.csv --test te.csv --latent 1 --out m.npz".split())
    main("train pca --data tr.csv --latent 1 --out n.npz".split())
    for typed, said in (("m.npz", "7 test rows of te.csv, "),
                        ("n.npz", "6 test rows of tr.csv, "),
                        ("n.npz --test te.csv", "7 test rows of te.csv, "),
                        ("n.npz --data te.csv", "7 test rows of te.csv, ")):
        capsys.readouterr()
        assert main(["evaluate", *typed.split()]) == 0
        assert said in capsys.readouterr().out
        main(["evaluate", *typed.split(), "--json"])
        assert f'"data": "{said[15:21]}"' in capsys.readouterr().out


def test_a_test_file_of_another_kind_is_compared_by_what_is_in_it(here):
    """Nobody has asked for columns where that means nothing."""
    table("tr.csv")
    np.save("te.npy", X[:, :3])
    with pytest.raises(DataError, match=r"tr.csv and te.npy differ in columns"):
        load_dataset("tr.csv", test="te.npy")
    np.savez("te.npz", x=X[:, :3], y=np.arange(40) % 2)
    dataset = load_dataset("tr.csv", test="te.npz", size="1x3")
    assert [len(x) for x in dataset.x] == [30, 40] and dataset.test_source == "te.npz"
    assert load_dataset("tr.csv").test_source is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="paths are text there")
def test_a_path_that_is_no_text_is_drawn_in_escapes(here, capsys):
    table(f"{LATIN}.csv")
    for name in LATIN, "other":
        os.makedirs(f"pictures/{name}")
        for i in range(5):
            Image.fromarray(np.full((8, 8), 9 * i, np.uint8)).save(
                f"pictures/{name}/{i}.png")
    assert load_dataset("pictures").classes.tolist() == ["lat\\udce4in", "other"]
    assert main(["data", "show", f"{LATIN}.csv"]) == 0
    assert main(["data", "show", "pictures"]) == 0
    small = "--hidden 4 --latent 2 --epochs 1 --data pictures --out"
    for model in "vae", "cvae":
        assert main(["train", model, *small.split(), f"{LATIN}-{model}.npz"]) == 0
    assert main(["sample", f"{LATIN}-cvae.npz", "--out", "s.csv"]) == 0
    assert "\nlat\\udce4in," in (here / "s.csv").read_text()
    capsys.readouterr()
    assert main(["explore", f"{LATIN}-vae.npz", "--out", "e.html"]) == 0
    page = (here / "e.html").read_text(encoding="utf-8")
    assert "lat\\udce4in-vae.npz" in page and len(page) > 10_000


def test_an_answer_that_cannot_be_read_is_asked_for_again(monkeypatch, capsys):
    class Typed(io.TextIOWrapper):
        """A terminal, which gives a line at a time."""

        lines = [b"\xbd\n", b"0.5\n"]

        def readline(self):
            return self.lines.pop(0).decode() if self.lines else ""

    monkeypatch.setattr(sys, "stdin", Typed(io.BytesIO(), "utf-8"))
    assert main("exam --lecture 08 --seed 3".split()) == 0
    said = capsys.readouterr().out
    assert "expected a number such as 0.25, 1e-3 or 1/3, got '\ufffd'" in said
    assert "0 of 1 points" in said


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_lab_that_is_no_file_has_not_been_started(kind, here, capsys):
    (here / "labs").mkdir()
    path = here / "labs/01_dense.py"
    path.mkdir() if kind == "folder" else path.symlink_to(here / "nowhere")
    assert main(["lab"]) == 1
    assert "0 of 16 labs done" in capsys.readouterr().out
    assert main(["lab", "01"]) == 2
    assert "`scratchae lab start 01` writes it" in capsys.readouterr().err


def test_a_download_makes_no_tree_outside_the_working_folder(here, capsys):
    (here / "work").mkdir()
    os.chdir("work")
    assert main(["data", "fetch", "mnist", "--to", str(here / "a/b/c")]) == 2
    assert "--to: there is no folder" in capsys.readouterr().err
    assert files_of(here) == ["work"]


def written(name, names, columns):
    """A table of columns by their names, and its path."""
    rows = zip(*(columns[n] for n in names), strict=True)
    text = "".join(",".join(map(str, row)) + "\n" for row in [names, *rows])
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def error_of(capsys, *typed):
    capsys.readouterr()
    assert main(["evaluate", "m.npz", "--json", *typed]) == 0
    return json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("typed", [(), ("--label", "kind")])
def test_labels_of_other_rows_are_in_the_column_of_those_of_the_training(
    typed, here, capsys
):
    """Not in what looks like labels there: names, notes, or what stands at the end."""
    x, kind = X.round(3), np.where(np.arange(40) % 2, "x", "y")
    columns = dict(zip("abcd", x.T, strict=True), kind=kind, note=["hi"] * 40,
                   id=[f"r{i}" for i in range(40)])
    written("t.csv", [*"abcd", "kind"], columns)
    model = "train stacked --hidden 4 --epochs 1 --pretrain-epochs 0 --out m.npz"
    assert main([*model.split(), "--data", "t.csv", *typed]) == 0
    model = load("m.npz")
    scaling = model.about_["data"]["scaling"]
    predicted = model.predict((x - scaling["shift"]) / scaling["scale"])
    expected = pytest.approx(np.mean(predicted != kind))
    assert 0 < expected.expected < 1
    columns = {name: column[::-1] for name, column in columns.items()}  # other data
    for names in ([*"abcd", "kind", "note"], ["id", *"abcd", "kind"],
                  ["d", "kind", "a", "b", "c"]):
        written("new.csv", names, columns)
        assert error_of(capsys, "--data", "new.csv") == expected
    np.savez("new.npz", x=x[::-1], y=kind[::-1])
    assert error_of(capsys, "--data", "new.npz") == expected
    assert main(["evaluate", "m.npz", "--data", written(
        "none.csv", [*"abcd", "note"], columns)]) == 2
    assert "needs labels, and none.csv has none" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="removes no folder that is used")
@pytest.mark.parametrize("typed", ["data show strokes", "lab start 01", "lab",
                                   "train autoencoder --epochs 1", "museum"])
def test_a_command_in_a_folder_that_is_gone_says_so(typed, here, monkeypatch, capsys):
    (here / "gone").mkdir()
    monkeypatch.chdir(here / "gone")
    (here / "gone").rmdir()
    assert main(typed.split()) == 2
    assert capsys.readouterr().err == ("scratchae: the working folder is not there any "
                                       "more; go to one that is, as with cd\n")
