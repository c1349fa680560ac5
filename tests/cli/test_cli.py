"""The command line as a student meets it."""

import contextlib
import json
import runpy
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import LinearProbe, load
from scratchae.cli import COMMANDS, evaluate, explore, main, train
from scratchae.cli import course as course_command
from scratchae.cli.model_options import MODELS
from scratchae.data import load_strokes
from scratchae.data_options import READING

pytestmark = pytest.mark.usefixtures("small")


@pytest.mark.parametrize("module", COMMANDS)
def test_every_command_has_help_with_an_example(module, capsys):
    with pytest.raises(SystemExit) as caught:
        main([module.NAME, "--help"])
    assert caught.value.code == 0
    assert "example: scratchae" in " ".join(capsys.readouterr().out.split())


def test_the_first_help_lists_every_command_in_its_own_words(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    text = "".join(capsys.readouterr().out.split())
    assert caught.value.code == 0
    for module in COMMANDS:
        assert module.NAME + "".join(module.HELP.split()) in text, module.NAME


def test_evaluate_reports_the_number_that_train_printed(capsys):
    main("train vae --hidden 16 --latent 2 --epochs 1".split())
    trained = capsys.readouterr().out
    main("evaluate runs/vae-strokes.npz --json".split())
    document = json.loads(capsys.readouterr().out)
    assert f"test elbo: {document['elbo']:.3f} nats/img" in trained


def test_evaluate_json_has_the_promised_keys(checkpoint, capsys):
    main(["evaluate", checkpoint, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["model"] == "VariationalAutoencoder" and document["n"] == 100
    assert document["data"] == "strokes" and document["command"] == (
        "scratchae train vae --hidden 16 --latent 2 --epochs 1")
    assert set(document) == {
        "model", "data", "n", "command", "sse", "elbo", "reconstruction", "kl"}
    bound = -document["reconstruction"] - document["kl"]
    assert document["elbo"] == pytest.approx(bound)


def test_evaluate_adds_likelihood_probe_and_panel(checkpoint, capsys):
    main(["evaluate", checkpoint, "--samples", "20", "--probe", "--json"])
    document = json.loads(capsys.readouterr().out)
    x = load_strokes(n_train=300, n_test=100).x[1]
    estimate = load(checkpoint).log_likelihood(x, 20)
    log_p = estimate.log_likelihood
    assert document["log_likelihood"] == pytest.approx(log_p.mean())
    assert document["standard_error_over_images"] == pytest.approx(log_p.std() / 10)
    size = np.median(estimate.effective_sample_size)
    assert document["effective_sample_size"] == pytest.approx(size)
    assert "standard_error" not in document  # that of the samples is another quantity
    assert 0 <= document["probe_error"] <= 1
    main(["evaluate", checkpoint, "--panel"])
    assert "bits/dim" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["pca", "denoising", "vae", "cvae", "stacked"])
def test_every_question_of_evaluate_suits_every_model(model, capsys):
    arguments = ["train", model] + ([] if model == "pca" else ["--epochs", "1"])
    main([*arguments, "--hidden", "16"] if model != "pca" else arguments)
    capsys.readouterr()
    path = f"runs/{model}-strokes.npz"
    assert main(["evaluate", path, "--probe"]) == 0
    text = capsys.readouterr().out
    assert "probe_error: 0." in text and "nan" not in text
    assert f"made by: scratchae train {model}" in text
    for option, answer in (("--samples 3", "log_likelihood"), ("--panel", "bits/dim")):
        status = main(["evaluate", path, *option.split()])
        out, err = capsys.readouterr()
        assert (answer in out, status) == ((True, 0) if "vae" in model else (False, 2))
        assert "vae" in model or f"{option[:7]}" in err


def test_the_probe_reads_codes_of_a_conditional_model_that_is_told_the_labels(capsys):
    main("train cvae --hidden 16 --latent 2 --epochs 1".split())
    capsys.readouterr()
    main("evaluate runs/cvae-strokes.npz --probe --json".split())
    reported = json.loads(capsys.readouterr().out)["probe_error"]
    model, digits = load("runs/cvae-strokes.npz"), load_strokes(300, 100)
    (x, x_test), (y, y_test) = digits.x, digits.labels
    probe = LinearProbe().fit(model.transform(x, y), y)
    assert reported == probe.error_rate(model.transform(x_test, y_test), y_test)
    assert not np.allclose(model.transform(x_test), model.transform(x_test, y_test))


@pytest.mark.parametrize("name, text", [
    ("sse", "sse: 12.346 SSE/img"),
    ("clean_sse", "clean_sse: 12.346 SSE/img"),
    ("elbo", "elbo: 12.346 nats/img"),
    ("error", "error: 12.3457 of the labels"),
    ("probe_error", "probe_error: 12.3457 of the labels"),
    ("effective_sample_size", "effective_sample_size: 12.346 samples (median)"),
    ("standard_error_over_images", "standard_error_over_images: 12.3457 nats/img"),
])
def test_a_measure_has_its_unit_and_its_digits(name, text):
    assert train.describe(name, 12.345678) == text


@pytest.mark.parametrize("model, there", [("vae", 1), ("stacked", 1), ("pca", 0)])
def test_kernels_are_compiled_beside_the_data_for_models_that_need_them(
    model, there, monkeypatch
):
    begun = []
    monkeypatch.setattr(train, "compiling_ahead",
                        lambda: contextlib.nullcontext(begun.append(model)))
    with train.beside(MODELS[model]()):
        assert len(begun) == there


def test_only_a_compilation_that_took_time_is_mentioned():
    assert train.compiling(0.049) == ""
    assert train.compiling(1.26) == ", of which 1.3 s compiling kernels (once)"


def test_a_name_in_use_gets_the_first_free_number(tmp_path):
    names = [train.unused(tmp_path / "m.npz") for _ in range(4)
             if not train.unused(tmp_path / "m.npz").touch()]
    assert [path.name for path in names] == ["m-2.npz", "m-3.npz", "m-4.npz", "m-5.npz"]


def test_the_panel_is_of_the_first_thousand_images(checkpoint, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(evaluate, "PANEL", 30)
    monkeypatch.setattr(evaluate, "loss_panel", lambda model, x: asked.append(x) or [
        ("KL", 1.0, "nats")])
    assert main(["evaluate", checkpoint, "--panel"]) == 0
    (_, x), (_, y) = load_strokes(300, 100).x, load_strokes(300, 100).labels
    np.testing.assert_array_equal(asked[0], x[:30])
    assert "the first 30 images:\nKL  " in capsys.readouterr().out
    monkeypatch.setattr(evaluate, "loss_panel",  # a model of labels is told them
                        lambda model, x, y: asked.append(y) or [("KL", 1.0, "nats")])
    assert main("train cvae --hidden 4 --latent 2 --epochs 1".split()) == 0
    assert main("evaluate runs/cvae-strokes.npz --panel".split()) == 0
    np.testing.assert_array_equal(asked[1], y[:30])


def test_stacked_classifier_prints_its_error(capsys):
    assert main("train stacked --hidden 16 --epochs 1 --pretrain-epochs 1".split()) == 0
    trained = capsys.readouterr().out
    main("evaluate runs/stacked-strokes.npz --json".split())
    error = json.loads(capsys.readouterr().out)["error"]
    assert f"test error: {error:.4f} of the labels" in trained


def test_evaluate_leaves_out_keys_that_do_not_apply(capsys):
    main("train pca --latent 3".split())
    capsys.readouterr()
    main("evaluate runs/pca-strokes.npz --json".split())
    assert set(json.loads(capsys.readouterr().out)) == {
        "model", "data", "n", "command", "sse"}


def test_sample_draws_the_classes_in_turn(tmp_path):
    main("train cvae --hidden 16 --latent 2 --epochs 1".split())
    assert main("sample runs/cvae-strokes.npz -n 20 --out new.png".split()) == 0
    assert (tmp_path / "new.png").exists()


def test_sample_writes_a_png(checkpoint, tmp_path):
    assert main(["sample", checkpoint, "-n", "9", "--out", "new.png"]) == 0
    assert (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["vae", "cvae", "ppca"])
def test_sample_shows_what_the_model_samples_in_the_mode_asked_for(kind, monkeypatch):
    shown = []
    monkeypatch.setattr("scratchae.plots.image_grid",
                        lambda x, *_, **shape: shown.append(x))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    main(["train", kind, "--latent", "3"] + ["--epochs", "1"] * (kind != "ppca"))
    for options in ("", "--mode mean", "--mode sample", "--mode sample --seed 1"):
        main(f"sample runs/{kind}-strokes.npz -n 12 {options}".split())
    model = load(f"runs/{kind}-strokes.npz")
    what = 12 if kind != "cvae" else np.arange(12) % 10
    expected = [model.sample(what, mode, seed) for mode, seed in (
        ("mean", 0), ("mean", 0), ("sample", 0), ("sample", 1))]
    np.testing.assert_array_equal(shown, expected)
    assert not np.array_equal(shown[0], shown[2])
    assert not np.array_equal(shown[2], shown[3])


def test_same_figure_gives_the_same_bytes(checkpoint, tmp_path):
    for name in ("a.png", "b.png"):
        main(["sample", checkpoint, "-n", "9", "--out", name])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_sampling_from_a_model_without_a_prior_says_so(capsys):
    main("train pca --latent 3".split())
    assert main("sample runs/pca-strokes.npz".split()) == 2
    said = capsys.readouterr().err
    assert "cannot be sampled from; train a ppca or vae or cvae" in said


def test_data_show_draws_a_contact_sheet(tmp_path):
    assert main("data show --per-class 3 --out sheet.png".split()) == 0
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_data_show_has_a_row_of_its_first_images_for_every_class(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "scratchae.plots.image_rows", lambda *a: shown.append(a))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main("data show --per-class 3".split()) == 0
    (rows, title, shape), = shown
    (x, _), (y, _) = (load_strokes(300, 100).x, load_strokes(300, 100).labels)
    for label, images in zip(range(10), rows.items(), strict=True):
        assert images[0] == str(label)
        np.testing.assert_array_equal(images[1], x[y == label][:3])
    assert title == "strokes: 300 training images, 10 classes"
    assert shape == (28, 28)


def test_a_row_of_a_sheet_has_twelve_images_where_nothing_is_typed(monkeypatch):
    shown = []
    monkeypatch.setattr("scratchae.plots.image_rows", lambda *a: shown.append(a[0]))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main("data show".split()) == 0
    assert [len(images) for images in shown[0].values()] == [12] * 10


def test_data_show_and_fetch_go_where_they_are_told(monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr("scratchae.cli.data.fetch_published",
                        lambda name, to: asked.append((name, to)))
    main("data fetch --to there".split())
    main("data fetch kmnist".split())
    assert asked == [("mnist", tmp_path.__class__("there")), ("kmnist", None)]
    monkeypatch.setattr("scratchae.cli.data.load_data",
                        lambda o: asked.append((o.data, o.data_dir)))
    with pytest.raises(AttributeError):  # nothing comes back
        main("data show --data mnist --data-dir here".split())
    assert asked[-1] == ("mnist", "here")


def test_options_of_explore_reach_the_page(checkpoint, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(explore, "explorer_page", lambda *a: asked.append(a) or "page")
    for more in ("--points 7 --no-drawing", "--overwrite"):
        assert main(f"explore {checkpoint} --out a.html {more}".split()) == 0
    assert capsys.readouterr().out == "a.html (0.00 MB)\n" * 2
    for models, dataset, *_ in asked:
        assert [*models] == [checkpoint] and dataset.source == "strokes"
    assert [how for *_, how in asked] == [False, True] and asked[0][2] == 7


def test_python_m_scratchae_is_the_command_line():
    result = subprocess.run(
        [sys.executable, "-m", "scratchae", "--version"], capture_output=True, text=True
    )
    assert result.returncode == 0 and result.stdout.strip() == "0.1.0"


def test_strokes_are_the_default_data(capsys):
    main("train pca --latent 3".split())
    main("evaluate runs/pca-strokes.npz --json".split())
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert document["data"] == "strokes"
    assert document["n"] == len(load_strokes(300, 100).x[1])


@pytest.mark.parametrize("names, refused", [
    (["05"], True), (["05", "08"], True), (["05", "01"], False), ([], False),
])
def test_data_are_refused_where_no_lecture_of_several_looks_at_them(names, refused):
    options = SimpleNamespace(data="mnist", **dict.fromkeys(READING))
    scripts = course_command.find_lectures(names)
    with pytest.raises(ValueError, match="--data mnist means nothing to 05_") if (
            refused) else contextlib.nullcontext():
        course_command.refuse_data_without_use(scripts, options)


def test_the_module_is_the_command_and_ends_with_its_status(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["scratchae", "evaluate", "none.npz"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("scratchae", run_name="__main__")
    assert ended.value.code == 2 and "none.npz" in capsys.readouterr().err
