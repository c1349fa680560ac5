"""The lecture scripts run from any folder, and print what their prose claims."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "lectures"
SCRIPTS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
CITED = re.compile(r"\[([A-Z]\w*(?:19|20)\d\d(?:, [A-Z]\w*(?:19|20)\d\d)*)\]")


def of_lecture(script):
    """The script as a parameter with its lecture's marker."""
    marker = getattr(pytest.mark, f"lecture{script.stem[:2]}")
    return pytest.param(script, id=script.stem, marks=marker)


every_lecture = pytest.mark.parametrize("script", [*map(of_lecture, SCRIPTS)])


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    """A function that runs a script with --quick once: its output and figures."""
    runs = {}

    def run(number):
        if number not in runs:
            (script,) = FOLDER.glob(f"{number}_*.py")
            folder = tmp_path_factory.mktemp(script.stem)
            process = subprocess.run(
                [sys.executable, str(script), "--quick", "--out", "figures"],
                cwd=folder, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            assert process.returncode == 0, process.stderr
            runs[number] = process.stdout, sorted((folder / "figures").iterdir())
        return runs[number]

    return run


def printed(text, name):
    """The number that a run printed after `name:`."""
    return float(re.search(rf"^{re.escape(name)}: (\S+)", text, re.M)[1])


@every_lecture
def test_lecture_runs_in_any_folder_and_saves_what_it_names(script, quick_run):
    text, figures = quick_run(script.stem[:2])
    named = re.findall(r"^figure: \S*?([^/\s]+\.png)$", text, re.M)
    assert sorted(named) == [figure.name for figure in figures]


@every_lecture
def test_every_cited_key_resolves(script):
    keys = {key for group in CITED.findall(script.read_text())
            for key in group.split(", ")}  # fmt: skip
    known = set(
        re.findall(r"^\| (\w+) \|", (FOLDER / "references.md").read_text(), re.M)
    )
    assert keys <= known


@every_lecture
def test_lecture_imports_public_names_only(script):
    imported = re.findall(r"^from (\S+) import ([^(\n]+)", script.read_text(), re.M)
    words = " ".join(f"{module} {names}" for module, names in imported)
    assert not re.search(r"(^|[ .])_", words)


@every_lecture
def test_lecture_ends_with_what_to_see_what_not_and_questions(script):
    text = script.read_text()
    places = [text.index(f"# {title}\n") for title in
              ("What to see", "What this does not show", "Questions")]  # fmt: skip
    assert places == sorted(places)


@every_lecture
def test_lecture_has_at_most_150_lines_of_code(script):
    lines = script.read_text().split('"""', 2)[2].splitlines()
    code = [line for line in lines if line.strip() and line.lstrip()[0] != "#"]
    assert len(code) <= 150


@pytest.mark.lecture01
def test_01_prints_the_parameter_count_of_the_deep_autoencoder(quick_run):
    text, _ = quick_run("01")
    assert printed(text, "parameters of 784-1000-500-250-30 and back") == 2837314


@pytest.mark.lecture01
def test_01_uniform_pixels_cost_784_log_2(quick_run):
    assert printed(quick_run("01")[0], "every pixel at p = 1/2") == 543.4


@pytest.mark.lecture01
def test_01_memorises_eight_images_to_below_1e_4(quick_run):
    assert printed(quick_run("01")[0], "eight images memorised") < 1e-4


@pytest.mark.lecture01
def test_01_gradient_table_is_printed_and_all_rows_agree(quick_run):
    assert "all 4 gradients agree" in quick_run("01")[0]


@pytest.mark.lecture01
def test_01_anomalies_have_larger_errors(quick_run):
    text, _ = quick_run("01")
    assert printed(text, "AUC of the left-out digit 8") > 0.65
    assert printed(text, "AUC of shuffled pixels") > 0.98


@pytest.mark.lecture02
def test_02_linear_autoencoder_reaches_the_principal_plane(quick_run):
    text, _ = quick_run("02")
    assert printed(text, "linear AE, largest angle to PCA's plane") < 1e-3
    assert abs(printed(text, "linear AE, relative excess loss")) < 1e-6


@pytest.mark.lecture02
def test_02_bent_code_follows_the_arc_that_pca_cannot(quick_run):
    errors = re.findall(r"arc, one code number: PCA (\S+), autoencoder (\S+)",
                        quick_run("02")[0])[0]  # fmt: skip
    assert float(errors[1]) < 0.2 * float(errors[0])


@pytest.mark.lecture10
def test_10_bound_is_recon_plus_kl(quick_run):
    text, _ = quick_run("10")
    parts = printed(text, "test reconstruction") + printed(text, "test kl")
    assert printed(text, "test elbo") == pytest.approx(-parts, abs=0.2)


@pytest.mark.lecture10
def test_10_gradient_table_is_printed_and_all_rows_agree(quick_run):
    assert "all 8 gradients agree" in quick_run("10")[0]


@pytest.mark.lecture10
def test_10_estimators_noise_falls_with_the_number_of_samples(quick_run):
    found = re.findall(r"m = 32, L = +(\d+): std (\S+) nats", quick_run("10")[0])
    noise = {int(L): float(std) for L, std in found}
    assert noise[16] < 0.5 * noise[1]


@pytest.mark.lecture13
def test_13_kernel_has_the_same_bits_on_one_thread_and_on_all(quick_run):
    text, _ = quick_run("13")
    assert re.search(r"^bits with 1 and \d+ threads: the same$", text, re.M)
    assert printed(text, "largest error against float64") < 1e-3
