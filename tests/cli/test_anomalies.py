"""`scratchae anomalies`: scores of rows, what has most of them, and a threshold."""

import csv
from pathlib import Path

import numpy as np
import pytest
from estimators import fitted

from scratchae import PCA, VariationalAutoencoder, load
from scratchae.analysis import anomaly_parts, anomaly_scores
from scratchae.cli import anomalies, main
from scratchae.data import in_digits, load_again

COLUMNS = ("height", "weight", "age", "pulse")
PLANTED = 7  # the row whose weight does not go with its height


def people(n, seed):
    """Rows (n, 4): weight goes with height, pulse with age."""
    rng = np.random.default_rng(seed)
    height, age = rng.normal(170, 10, n), rng.uniform(20, 80, n)
    return np.column_stack([height, 0.9 * height - 85 + rng.normal(0, 2, n), age,
                            200 - 1.5 * age + rng.normal(0, 3, n)])


def write_table(path, x):
    lines = [",".join(COLUMNS), *(",".join(f"{v:.4f}" for v in row) for row in x)]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def files(tmp_path, monkeypatch, capsys):
    """A trained PCA, and a file of 20 rows of which one is planted."""
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "people.csv", people(200, 0))
    new = people(20, 1)
    new[PLANTED, 1] += 60
    write_table(tmp_path / "new.csv", new)
    assert main("train pca --data people.csv --latent 2".split()) == 0
    capsys.readouterr()
    return new


ASK = "anomalies runs/pca-people.npz --data new.csv"


def scores_file(path="s.csv"):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_the_planted_row_is_the_worst_and_its_features_are_in_the_users_units(
    files, capsys
):
    assert main(f"{ASK} --top 1".split()) == 0
    *_, worst = capsys.readouterr().out.splitlines()
    assert worst.startswith(f"* row {PLANTED + 1}: ")
    height, weight = files[PLANTED, :2]
    assert f"weight {weight:.4g} (expected " in worst
    assert f"height {height:.4g} (expected " in worst.split("weight")[0] + worst


def test_the_file_has_every_row_in_its_order_with_scores_of_the_scaled_columns(files):
    assert main(f"{ASK} --out s.csv".split()) == 0
    model, found = load("runs/pca-people.npz"), scores_file()
    assert [int(row["row"]) for row in found] == [*range(1, 21)]
    x = load_again(model.about_["data"], "new.csv", test_fraction=1.0)
    raw = np.round(files, 4)
    np.testing.assert_allclose(x.scaling.restore(x.x[1]), raw, rtol=1e-5)
    by_hand = np.sum((x.x[1] - model.reconstruct(x.x[1])) ** 2, axis=1)
    scores = [float(row["score"]) for row in found]
    np.testing.assert_allclose(scores, by_hand, rtol=1e-4)
    shares = [sum(float(row[f"share{i}"]) for i in (1, 2, 3)) for row in found]
    assert max(shares) <= 1 + 1e-5 and min(shares) > 0.7
    assert found[PLANTED]["feature1"] in ("weight", "height")


def by_hand(x, told, model, threshold):
    """Of each row what the file has, and the line that is shown."""
    shift, scale = np.array(told["shift"]), np.array(told["scale"])
    scaled = ((np.round(x, 4) - shift) / scale).astype(np.float32)
    copies = model.reconstruct(scaled)
    parts, expected = (scaled - copies) ** 2, shift + scale * copies
    for i, score in enumerate(parts.sum(axis=1)):
        worst = np.argsort(-parts[i])[:3]
        cells, what = [i + 1, score, score > threshold], []
        for j in worst:
            share = parts[i, j] / score
            cells += [x[i, j], expected[i, j], share]
            what.append(f"{COLUMNS[j]} {x[i, j]:.4g} (expected {expected[i, j]:.4g}, "
                        f"{share:.0%})")
        mark = "*" if score > threshold else " "
        yield ([COLUMNS[j] for j in worst], cells,
               f"{mark} row {i + 1}: {score:.4g}  {'; '.join(what)}")


def test_every_line_and_every_cell_is_that_of_the_row_by_hand(files, capsys):
    """In people's units: what they are, what the model makes of them, worst first."""
    assert main(f"{ASK} --top 20 --threshold 0.8 --out s.csv".split()) == 0
    first, _, *lines, last = capsys.readouterr().out.splitlines()
    assert last == "scores: s.csv"
    threshold, model = float(first.split()[1].rstrip(",")), load("runs/pca-people.npz")
    rows = [*by_hand(files, model.about_["data"]["scaling"], model, threshold)]
    for found, (names, cells, _) in zip(scores_file(), rows, strict=True):
        assert [found.pop(f"feature{k}") for k in (1, 2, 3)] == names
        np.testing.assert_allclose([*map(float, found.values())], cells, rtol=1e-4)
    worst_first = sorted(rows, key=lambda row: -row[1][1])
    assert lines == [line for *_, line in worst_first]
    assert 1 <= sum(line[0] == "*" for line in lines) < 20


def test_rows_of_a_long_file_are_their_own_and_none_of_an_earlier_block(files):
    """Some 2300 rows, in blocks of 1000: numbers, values and copies go on."""
    write_table(Path("new.csv"), x := people(2300, 3))
    assert main(f"{ASK} --out s.csv".split()) == 0
    model = load("runs/pca-people.npz")
    rows = by_hand(x, model.about_["data"]["scaling"], model, 0.0)
    for found, (names, cells, _) in zip(scores_file(), rows, strict=True):
        del found["above"], cells[2]
        assert [found.pop(f"feature{k}") for k in (1, 2, 3)] == names
        np.testing.assert_allclose([*map(float, found.values())], cells, rtol=1e-3,
                                   atol=1e-5)


def test_the_threshold_is_the_quantile_of_rows_that_were_held_out(files, capsys):
    model = load("runs/pca-people.npz")
    held_out = load_again(model.about_["data"]).x[1]
    expected = np.quantile(anomaly_scores(model, held_out), 0.9)
    main(f"{ASK} --threshold 0.9 --out s.csv".split())
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == f"threshold: {expected:.4g}, the 0.9 quantile of 40 normal rows"
    above = sum(float(row["score"]) > expected for row in scores_file())
    assert second == f"above it: {above} of 20 rows" and 1 <= above <= 8
    assert sum(int(row["above"]) for row in scores_file()) == above


def test_other_normal_rows_give_another_threshold(files, capsys):
    write_table_of = people(50, 5)
    with open("more.csv", "w") as file:
        file.write(",".join(COLUMNS) + "\n")
        np.savetxt(file, write_table_of, delimiter=",")
    main(f"{ASK} --normal more.csv".split())
    assert "of 50 normal rows" in capsys.readouterr().out


def test_normal_rows_that_are_named_are_all_taken_also_of_the_training(files, capsys):
    """Of several blocks, the last of which are no people at all."""
    main(f"{ASK} --normal people.csv".split())
    assert "of 200 normal rows" in capsys.readouterr().out
    x = people(2300, 5)
    x[1000:] += [0, 40, 0, 40]
    write_table(Path("more.csv"), x)
    main(f"{ASK} --normal more.csv --threshold 0.5".split())
    model = load("runs/pca-people.npz")
    rows = by_hand(x, model.about_["data"]["scaling"], model, 0.0)
    half = np.median([cells[1] for _, cells, _ in rows])
    said = capsys.readouterr().out
    assert said.startswith(f"threshold: {half:.4g}, the 0.5 quantile of 2300 normal")


def test_a_table_with_empty_cells_is_trained_evaluated_and_scored(files, capsys):
    lines = open("people.csv").read().splitlines()
    for i in range(1, 200, 3):
        cells = lines[i].split(",")
        cells[i % 4] = ""
        lines[i] = ",".join(cells)
    open("holes.csv", "w").write("\n".join(lines) + "\n")
    typed = "train denoising --data holes.csv --latent 3 --epochs 1"
    assert main(typed.split()) == 2
    assert "lacks 67 numbers" in capsys.readouterr().err
    assert main(f"{typed} --missing mask".split()) == 0
    assert main("evaluate runs/denoising-holes.npz".split()) == 0
    capsys.readouterr()
    ask = "anomalies runs/denoising-holes.npz --data holes.csv --out h.csv"
    assert main(ask.split()) == 0
    assert "of 40 normal rows" in capsys.readouterr().out
    found = scores_file("h.csv")
    assert len(found) == 200
    assert all(np.isfinite(float(row["score"])) for row in found)


@pytest.mark.parametrize("typed, message", [
    (f"{ASK} --threshold 1.5", "--threshold is a share of the normal rows"),
    (f"{ASK} --out new.csv", "new.csv is there already: --overwrite replaces it"),
    ("anomalies none.npz --data new.csv", "none.npz: no such checkpoint"),
    ("anomalies runs/pca-people.npz --data none.csv", "none.csv"),
])
def test_what_cannot_be_done_is_said_and_writes_nothing(files, typed, message, capsys):
    before = open("new.csv").read()
    assert main(typed.split()) == 2
    assert message in capsys.readouterr().err
    assert open("new.csv").read() == before


def test_training_data_that_are_gone_are_asked_for(files, tmp_path, capsys):
    (tmp_path / "people.csv").unlink()
    assert main(ASK.split()) == 2
    assert "--normal PATH names other normal rows" in capsys.readouterr().err


def test_the_parts_of_a_score_add_up_and_blocks_do_not_matter(rng):
    x = rng.normal(size=(1003, 4))
    model = PCA(2).fit(x)
    parts, code = anomaly_parts(model, x)
    assert parts.shape == x.shape and not code.any()
    np.testing.assert_allclose(parts.sum(axis=1), anomaly_scores(model, x))
    np.testing.assert_allclose(parts, (x - model.reconstruct(x)) ** 2)


def test_the_file_has_the_sum_of_the_features_and_of_the_code():
    parts = np.array([[1.0, 2], [3, 4]]), np.array([10.0, 20])
    np.testing.assert_array_equal(anomalies.scores(parts), [13, 27])


def test_the_code_has_its_share_of_a_score_and_no_feature_has_that():
    of_row = np.array([1.0, 5, 2, 4]), np.arange(4.0), np.arange(10.0, 14)
    told = COLUMNS, np.arange(5.0, 9)
    found = anomalies.most_of(20.0, told, *of_row)
    assert found == [("weight", 1, 11, 0.25, 6), ("pulse", 3, 13, 0.2, 8),
                     ("age", 2, 12, 0.1, 7)]
    assert anomalies.most_of(0.0, told, np.zeros(4), *of_row[1:])[0][3] == 0


@pytest.mark.parametrize("value, scale, digits, shown", [
    (1650000050.25, 30, 4, "1650000050"), (1650000050.25, 30, 7, "1650000050.25"),
    (175.81, 12, 4, "175.8"), (1758.1, 12, 4, "1758.1"), (0.1234567, 1, 4, "0.1235"),
    (-2e5, 1e6, 4, "-2e+05"),
    (5.0, 0.0, 4, "5"), (1e300, 1e-300, 4, "1.0000000000000001e+300"),
    (np.inf, 1.0, 4, "inf"), (0.0, 1.0, 4, "0"),
])
def test_a_number_has_the_digits_in_which_its_column_varies(
    value, scale, digits, shown
):
    assert in_digits(value, scale, digits) == shown


def test_a_column_far_from_zero_keeps_its_own_digits(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    start, rows = 1650000000, np.random.default_rng(0).normal(size=(100, 2))
    lines = [f"{start + i},{a:.6f},{b:.6f}" for i, (a, b) in enumerate(rows)]
    Path("t.csv").write_text("time,a,b\n" + "\n".join(lines) + "\n")
    assert main("train ppca --data t.csv --latent 1".split()) == 0
    assert main("sample runs/ppca-t.npz --out s.csv -n 20".split()) == 0
    drawn = [float(row["time"]) for row in scores_file("s.csv")]
    assert len({*drawn}) == 20 and np.std(drawn) > 1
    assert main("anomalies runs/ppca-t.npz --data t.csv --out a.csv".split()) == 0
    for i, row in enumerate(scores_file("a.csv")):
        told = {row[f"feature{k}"]: row[f"value{k}"] for k in (1, 2, 3)}
        assert abs(float(told["time"]) - (start + i)) < 0.01


def test_rows_outside_the_unit_interval_are_not_scored_by_a_bernoulli_model(
    files, capsys
):
    small = "--latent 1 --hidden 3 --epochs 1 --scale minmax --test people.csv"
    typed = f"train vae --data people.csv --decoder bernoulli {small}"
    assert main(typed.split()) == 0
    assert main("anomalies runs/vae-people.npz --data new.csv".split()) == 2
    assert "--decoder bernoulli takes numbers in [0, 1]" in capsys.readouterr().err


@pytest.mark.parametrize("score", [anomaly_parts, anomaly_scores])
@pytest.mark.parametrize("rows, said", [
    (5.0, "Expected 2D array, got 0D"), (np.zeros((0, 6)), "0 sample"),
    ([], "Expected 2D array, got 1D"),
])
def test_no_rows_are_refused_in_the_models_words(score, rows, said):
    with pytest.raises(ValueError, match=said):
        score(fitted("VariationalAutoencoder", decoder="gaussian"), rows)


def test_the_score_of_a_vae_is_minus_its_elbo_where_nothing_is_drawn(rng):
    """With a posterior without width the noise of the ELBO is gone."""
    x = rng.normal(size=(30, 4))
    vae = VariationalAutoencoder(2, (5,), decoder="gaussian", epochs=1, dtype="float64",
                                 random_state=0, verbose=False).fit(x)
    head = vae.encoder_.layers[-1]
    head.W[:, 2:], head.b[2:] = 0, -40  # sigma = 2e-9
    parts, code = anomaly_parts(vae, x)
    v = np.log(vae.network_.pixels.variance)
    constant = 0.5 * 4 * (np.log(2 * np.pi) + v)
    np.testing.assert_allclose(parts.sum(axis=1) + code + constant,
                               -vae.evaluate(x, each=True)["elbo"], rtol=1e-6)
    mu = vae.transform(x)
    np.testing.assert_allclose(code, 0.5 * np.sum(mu**2 + np.exp(-40) - 1 + 40, axis=1))


@pytest.mark.parametrize("decoder", ["gaussian", "bernoulli"])
def test_the_parts_of_a_score_are_of_64_bits_whatever_the_models_own(decoder, rng):
    x = rng.uniform(size=(30, 4)).astype(np.float32)
    vae = VariationalAutoencoder(2, (5,), decoder=decoder, epochs=1, dtype="float32",
                                 random_state=0, verbose=False).fit(x)
    parts, code = anomaly_parts(vae, x)
    assert parts.dtype == code.dtype == np.float64
