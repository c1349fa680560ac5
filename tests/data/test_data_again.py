"""What a checkpoint remembers of its data: the same rows, units and shape once more."""

import json

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae.cli import main
from scratchae.data import Dataset, Scaling, check_fits, load_dataset, load_strokes
from scratchae.data.remembered import digest


@pytest.fixture(autouse=True)
def folder(tmp_path, plain_backend, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "t.csv", 30)
    return tmp_path


def write_table(path, n, names="a,b,target"):
    rng = np.random.default_rng(0)
    lines = [f"{a:.4f},{b:.4f},{i % 2}" for i, (a, b) in enumerate(rng.normal(
        [170, 60], [9, 5], (n, 2)))]
    if "target" not in names:
        lines = [line[:-2] for line in lines]
    return write_text(path, "\n".join([names, *lines]) + "\n")


def said(capsys, *typed):
    """What a command prints; it must succeed."""
    capsys.readouterr()
    assert main(" ".join(typed).split()) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def error(capsys, *typed):
    """The line of a command that is refused."""
    capsys.readouterr()
    assert main(" ".join(typed).split()) == 2
    return capsys.readouterr().err.removeprefix("scratchae: ").rstrip()


def about(source="strokes", scaling=None, **more):
    scaling = scaling or Scaling("pixels", 0.0, 255.0)
    return {"source": source, "shape": [28, 28], "columns": None, "reading": {},
            "scaling": scaling.described()} | more


def of_pixels(values, scaling):
    x = np.full((2, 784), values, np.float32)
    return Dataset((x[:0], x), None, None, "new.npy", scaling=scaling)


def test_drawn_digits_have_the_units_of_pictures():
    dataset = load_strokes(2, 2)
    assert dataset.scaling.described() == Scaling("pixels", 0.0, 255.0).described()
    assert dataset.x[0].max() <= 1


def test_other_numbers_that_are_scaled_already_are_refused():
    scaling = Scaling("pixels", 0.0, 255.0)
    with pytest.raises(ValueError, match="numbers up to 1: they are scaled already"):
        check_fits(of_pixels(1 / 255, scaling), about(), 784)
    check_fits(of_pixels(0.5, scaling), about(), 784)
    check_fits(of_pixels(0, scaling), about(), 784)
    shifted = Scaling("pixels", -1.0, 2.0)  # their largest may be any number
    check_fits(of_pixels(0.9, shifted), about("x.npy", shifted), 784)


def test_a_brighter_image_of_the_same_camera_is_taken(capsys):
    """Of whole numbers it is known how large they may be."""
    x = pixels(30, 3, 3).astype(np.uint16) * 200
    np.save("a.npy", x)
    np.save("b.npy", x + np.uint16(14_000))
    said(capsys, "train vae --data a.npy --hidden 4 --latent 2 --epochs 1")
    evaluated = said(capsys, "evaluate runs/vae-a.npz --data b.npy")
    assert "30 test images of b.npy, divided by 65535" in evaluated


def test_grey_values_are_refused_where_the_training_was_in_the_unit_interval():
    known = about("x.npy", Scaling())
    with pytest.raises(ValueError, match=r"up to 200; the model was .* in \[0, 1\]"):
        check_fits(of_pixels(200, Scaling()), known, 784)
    check_fits(of_pixels(1, Scaling()), known, 784)
    check_fits(of_pixels(200, Scaling()), known | {"reading": {"scale": "none"}}, 784)


@pytest.mark.parametrize("scaling", [Scaling("pixels", 0.0, 16.0),
                                     Scaling("standard", np.zeros(784), np.ones(784))])
def test_a_set_with_a_name_does_not_pass_in_other_units(scaling):
    strokes = load_strokes(1, 1)
    with pytest.raises(ValueError, match="strokes has other units, divided by 255; "):
        check_fits(strokes, about("x.npy", scaling), 784)
    check_fits(strokes, about("x.npy", Scaling()), 784)
    check_fits(strokes, about(), 784)


@pytest.mark.parametrize("command", ["evaluate runs/pca-t.npz",
                                     "anomalies runs/pca-t.npz --data t.csv"])
def test_a_file_that_has_grown_has_no_test_rows_any_more(command, folder, capsys):
    said(capsys, "train pca --data t.csv --latent 1")
    said(capsys, command)
    write_table(folder / "t.csv", 31)
    assert error(capsys, command).startswith("t.csv has changed since the training")


@pytest.mark.parametrize("in_memory", [0, 2**26])
def test_any_training_row_and_the_number_of_test_rows_are_in_the_digest(
    in_memory, monkeypatch
):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)

    def digest_of(x, n_test):
        np.save("x.npy", x)
        np.save("y.npy", x[:n_test])
        return digest(load_dataset("x.npy", test="y.npy", scale="none"))

    x = np.arange(24.0, dtype=np.float32).reshape(8, 3)
    changed = [x + (np.arange(8) == i)[:, None] for i in range(8)]
    found = [digest_of(*way) for way in ((x, 3), (x, 4), (x[::-1], 3), (x[:7], 3),
                                         *((other, 3) for other in changed))]
    assert len({*found}) == len(found) and digest_of(x, 3) == found[0]


@pytest.mark.parametrize("typed", ["--scale none", "--scale none --data new.csv",
                                   "--test 0.5", "--test 0.5 --data ./t.csv"])
def test_the_units_and_the_split_of_the_training_stay(typed, folder, capsys):
    write_table(folder / "new.csv", 9)
    said(capsys, "train pca --data t.csv --latent 1")
    message = error(capsys, "evaluate runs/pca-t.npz", typed)
    assert message.startswith(f"{' '.join(typed.split()[:2])}: ")


def test_all_rows_of_the_training_file_are_scored_without_its_test_file(
    folder, capsys
):
    write_table(folder / "new.csv", 9)
    said(capsys, "train pca --data t.csv --test new.csv --latent 1")
    out = said(capsys, "anomalies runs/pca-t.npz --data t.csv")
    assert "of 9 normal rows\n" in out and " of 30 rows\n" in out


def test_of_another_source_with_a_test_file_the_rows_of_that_file_are_evaluated(
    folder, capsys
):
    write_table(folder / "new.csv", 9)
    write_table(folder / "other.csv", 7)
    said(capsys, "train pca --data t.csv --latent 1")
    typed = "evaluate runs/pca-t.npz --data other.csv"
    assert "\n7 test rows of other.csv" in said(capsys, typed)
    assert "\n9 test rows of new.csv" in said(capsys, typed, "--test new.csv")


def test_a_copy_of_the_training_file_has_its_training_rows_too(folder, capsys):
    """It is never tested on them, whether the file itself is still there or not."""
    said(capsys, "train pca --data t.csv --latent 1")
    copy = write_table(folder / "copy.csv", 30)
    typed = "evaluate runs/pca-t.npz --data copy.csv"
    assert "\n6 test rows of copy.csv" in said(capsys, typed)
    write_table(folder / "other.csv", 31)
    assert "\n31 test rows of other.csv" in said(capsys, typed.replace("copy", "other"))
    copy.rename(folder / "t.csv").rename(copy)
    assert "\n6 test rows of copy.csv" in said(capsys, typed)


def test_the_file_of_test_rows_moves_with_the_training_rows(
    folder, capsys, monkeypatch
):
    write_table(folder / "te.csv", 7)
    said(capsys, "train pca --data t.csv --test te.csv --latent 1")
    (folder / "there").mkdir()
    monkeypatch.chdir(folder / "there")
    typed = "evaluate ../runs/pca-t.npz --data ../t.csv"
    assert "\n7 test rows of" in said(capsys, typed)
    (folder / "te.csv").rename(folder / "moved.csv")
    message = error(capsys, typed)
    lost = "te.csv, which had the test rows, is not there; --test FILE names them"
    assert message.endswith(f"is called as what the model was trained on, and {lost}")
    assert "\n7 test rows" in said(capsys, f"{typed} --test ../moved.csv")
    monkeypatch.chdir(folder)
    for typed in "evaluate runs/pca-t.npz", "evaluate runs/pca-t.npz --data t.csv":
        assert error(capsys, typed) == lost
    typed = "anomalies runs/pca-t.npz --data t.csv"
    assert error(capsys, typed) == ("te.csv, whose rows give the threshold, is not "
                                    "there: --normal PATH names other normal rows")
    assert "of 7 normal rows" in said(capsys, f"{typed} --normal moved.csv")


@pytest.mark.parametrize("label", ["target", "-1", "2"])
def test_rows_without_the_labels_of_the_training_are_scored(label, folder, capsys):
    said(capsys, "train pca --latent 1 --data t.csv --label", label)
    write_table(folder / "new.csv", 9, "a,b")
    assert " of 9 rows" in said(capsys, "anomalies runs/pca-t.npz --data new.csv")
    write_table(folder / "other.csv", 9, "a,c")
    message = error(capsys, "anomalies runs/pca-t.npz --data other.csv")
    assert "other.csv" in message
    x = np.random.default_rng(0).normal(size=(20, 4))
    x[:, -1] = np.arange(20) % 2
    np.save("x.npy", x)
    np.save("y.npy", x[:, :-1])
    said(capsys, "train pca --latent 1 --data x.npy --label -1")
    assert " of 20 rows" in said(capsys, "anomalies runs/pca-x.npz --data y.npy")


def test_labels_of_columns_mean_nothing_to_pictures(folder, capsys):
    x = pixels(10, 26)
    x[:, -1] = np.arange(10) % 2
    np.save("x.npy", x)
    said(capsys, "train pca --latent 1 --size 5x5 --data x.npy --label -1")
    write_pictures(folder / "p", pixels(3, 9, 9))
    out = said(capsys, "evaluate runs/pca-x.npz --data p --json")
    assert json.loads(out)["n"] == 3


def test_the_shape_of_flat_rows_is_remembered_for_others(folder, capsys):
    rows = pixels(12, 6).astype(float)
    for name in ("x.npy", "y.npy"):
        np.save(name, rows)
    said(capsys, "train pca --latent 1 --size 2x3 --data x.npy")
    assert "images of y.npy" in said(capsys, "evaluate runs/pca-x.npz --data y.npy")


@pytest.mark.filterwarnings("error")
def test_missing_numbers_in_every_column_are_no_warning():
    scaling = Scaling("pixels", 0.0, 255.0)
    check_fits(of_pixels(np.nan, scaling), about(), 784)


@pytest.mark.parametrize("names, lacks", [
    ("a,c", "1 of the 2 columns that are asked for, such as 'b'"),
    ("A,B", "2 of the 2 columns that are asked for, such as 'a'"),
])
def test_of_rows_that_lack_a_column_of_numbers_that_is_said_and_not_the_label(
        names, lacks, folder, capsys):
    said(capsys, "train pca --latent 1 --data t.csv")
    write_table(folder / "new.csv", 9, names)
    for command in ("anomalies", "evaluate"):
        assert error(capsys, command, "runs/pca-t.npz --data new.csv") == (
            f"new.csv lacks {lacks}")


def test_of_narrower_rows_without_names_the_widths_are_said_and_not_the_label(
        folder, capsys):
    x = np.random.default_rng(0).normal(size=(20, 4))
    x[:, -1] = np.arange(20) % 2
    np.savetxt("x.csv", x, delimiter=",")
    np.savetxt("y.csv", x[:, :2], delimiter=",")
    said(capsys, "train pca --latent 1 --data x.csv --label 3")
    assert error(capsys, "evaluate runs/pca-x.npz --data y.csv") == (
        "y.csv has rows of 2 numbers; the scaling is for rows of 3")


def test_a_sample_of_a_table_with_labels_can_be_evaluated_as_it_is(folder, capsys):
    said(capsys, "train cvae --hidden 4 --latent 1 --epochs 1 --data t.csv")
    said(capsys, "sample runs/cvae-t.npz -n 6 --out new.csv")
    assert (folder / "new.csv").read_text().startswith("target,a,b\n0,")
    assert "\n6 test rows of new.csv" in said(
        capsys, "evaluate runs/cvae-t.npz --data new.csv")
