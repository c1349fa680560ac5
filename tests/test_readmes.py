"""What the READMEs say of the lectures and the package is counted or computed here."""

import ast
import re
import signal

import numpy as np
import pytest
from equations import PROJECT
from ledger import slide_ids
from scripts import SCRIPTS, every_lecture

from scratchae import UndertrainedWarning, backend, check_gradient
from scratchae.models import VariationalAutoencoder

README = (PROJECT / "README.md").read_text()
PACKAGE = " ".join((PROJECT / "scratchae" / "README.md").read_text().split())
ROW = r"^\| (.*) \| \[`(\S+)`\]\((\S+)\) \| (\d+) \| (.*) \|$"
ROWS = re.findall(ROW, README, re.M)


def docstring(script):
    return ast.get_docstring(ast.parse(script.read_text()))


def test_the_table_of_lectures_has_each_script_once_and_in_order():
    assert [place for _, place, *_ in ROWS] == [
        f"lectures/{script.name}" for script in SCRIPTS]
    assert all(place == link for _, place, link, *_ in ROWS)
    for words, number in (("fourteen lecture scripts", len(SCRIPTS)),
                          ("all fourteen as notebooks", len(SCRIPTS))):
        assert words in README and number == 14


@every_lecture
def test_a_lectures_slides_are_the_same_in_its_docstring_and_the_readme(script):
    (said,) = (slides for slides, place, *_ in ROWS if place.endswith(script.name))
    first, second = docstring(script).split("\n\n")[:2]
    assert slide_ids(said) == slide_ids(second.split(". ")[0]), first


@every_lecture
def test_slides_in_headings_are_those_of_the_lecture(script):
    inside = slide_ids(docstring(script))
    stacked = {"S16"} if script.stem[:2] == "04" else set()  # of lecture 03
    for heading in re.findall(r"^# ## (.*)", script.read_text(), re.M):
        assert slide_ids(heading) <= inside | stacked, heading


@every_lecture
def test_files_to_be_read_beside_a_lecture_are_there(script):
    (beside,) = (files for _, place, _, _, files in ROWS if place.endswith(script.name))
    folder = ""
    for name in re.findall(r"`([^`]+)`", beside):
        folder = name.rpartition("/")[0] or folder
        path = PROJECT / "scratchae" / folder / name.rpartition("/")[2]
        assert path.exists(), name


def commands(page):
    """The commands of this package on a page: in blocks, and in backticks in prose."""
    text = page.read_text().replace("\\\n", " ")
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", text, re.M | re.S))
    spans = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", spans)]
    lines = [*blocks.splitlines(), *spans]
    return [line for line in lines if line.startswith("scratchae ")]


def without_overwrite(commands):
    """Those that write to what is in a checkout already, and so would be refused."""
    return [typed for typed in commands for place in re.findall(r"--out (\S+)", typed)
            if (PROJECT / place).exists() and "--overwrite" not in typed]


def test_a_command_whose_output_is_in_the_checkout_says_overwrite():
    rooms = ("scratchae", "lectures", "tests")
    pages = [PROJECT / "README.md", *(path for room in rooms
                                      for path in (PROJECT / room).rglob("*.md"))]
    found = [typed for page in pages for typed in commands(page)]
    assert sum("--out" in typed for typed in found) > 5
    assert without_overwrite(found) == []
    bare = "scratchae explore a.npz --out lectures/explorer.html"
    assert without_overwrite([bare, f"{bare} --overwrite"]) == [bare]


def test_the_labs_are_as_many_as_the_readme_says():
    assert "all sixteen labs" in README
    assert len([*(PROJECT / "lectures" / "labs").glob("[0-9][0-9]_*.py")]) == 16


def test_exit_statuses_are_128_and_the_signals_number():
    assert "Ctrl-C (exit status 130) and SIGTERM (143) keep" in PACKAGE
    assert (128 + signal.SIGINT, 128 + signal.SIGTERM) == (130, 143)


def test_a_training_counts_as_short_below_the_steps_that_are_said():
    assert "A training of fewer than 1000 steps" in PACKAGE
    assert ("twenty epochs of 20 000 images are 3 140 steps, of 1 200 images 200"
            in PACKAGE)
    batch = VariationalAutoencoder(2).batch_size
    assert [20 * -(-n // batch) for n in (20_000, 1200)] == [3140, 200]


def test_the_gradient_check_of_the_readme_agrees():
    x = np.random.default_rng(0).normal(size=(5, 7))
    call = "check_gradient(lambda x: np.tanh(x).sum(), x, 1 - np.tanh(x) ** 2)"
    assert call in README
    assert check_gradient(lambda x: np.tanh(x).sum(), x, 1 - np.tanh(x) ** 2).passed


def test_codes_samples_and_score_of_the_readmes_vae_are_what_its_comments_say():
    for line in ("mean = vae.transform(x_test)  # codes (n, 2)",
                 "# (64, 784) probabilities; mode=\"sample\" draws",
                 "# mean ELBO in nats per image, higher is better"):
        assert line in README
    x = np.random.default_rng(0).random((40, 784))
    vae = VariationalAutoencoder(2, (8,), epochs=1, verbose=False, random_state=0)
    with backend("numpy"), pytest.warns(UndertrainedWarning):
        vae.fit(x)
    new = vae.sample(64, random_state=1)
    assert vae.transform(x).shape == (40, 2) and new.shape == (64, 784)
    assert 0 <= new.min() and new.max() <= 1
    assert {*np.unique(vae.sample(3, random_state=1, mode="sample"))} <= {0, 1}


def test_the_checkers_beside_ours_are_as_many_as_the_readme_says():
    page = (PROJECT / "scratchae/gradcheck/README.md").read_text()
    table = page.partition("| checker |")[2].partition("\n\n")[0].splitlines()[2:]
    said = re.search(r"against (\w+) other checkers", README)[1]
    assert ["one", "two", "three", "four", "five"].index(said) + 2 == len(table)
