"""What a lecture's prose says of its own run is true of it: `lecture.holds(...)`.

A claim is written in the words of the sentence that makes it, so neither can be changed
without the other. A sentence that compares makes a claim, or is listed in `GENERAL`.
"""

import os
import re

import numpy as np
import pytest
from scripts import SCRIPTS, claims, every_lecture, of_lecture, sentences

from scratchae.cli import main
from scratchae.course import Lecture

COMPARES = re.compile(
    r"\b(better|best|worse|more|most|less|fewer|larger|smaller|faster|slower|wider|"
    r"narrower|closer|nearer|sharper|softer|cheaper|dearer|beats?|wins?|shrinks?|"
    r"grows?|falls?|rises?|closes|drops?|gains?|improves?|exceeds?|outweighs?|"
    r"smooth\w*|soft|slowly|overlaps?|dear|cheap|(higher|lower|longer|twice) (than|as)|"
    r"shrunk|readable|blurr\w*|reach(es)?|converges?|almost|nearly|hardly|"
    r"as (good|well|large|small|many) as)\b",
    re.I,
)
# Parts of sentences that compare and say nothing about a run: mathematics, history,
# instructions, questions.
GENERAL = {
    "01": ("most famous", "784 times", "with more layers", "AUC is the chance"),
    "02": ("must keep the most salient", "theirs keeps the most variance",
           "Tied weights save a long wait", "Fewer codes is one way"),
    "03": ("may now be wider than the data", "codes should hardly move",
           "multiplies by one more s_ij", "KL gets a larger learning rate",
           "that excites unit j most", "the best image has no formula",
           "There is no best lambda", "those whose h varies most"),
    "04": ("If hit pixels matter more", "Among all affine maps of x~ the best is known",
           "is worth more than the point", "grows fastest", "the best denoiser of all",
           "slopes of at most 1/4", "with more passes is left to the reader"),
    "05": ("Less divergence is not a better theory", "how fast estimates converge"),
    "06": ("Then on digits, shrunk", "better sampling than from the prior exists"),
    "07": ("counted once more", "The best q is still normal", "As beta grows",
           "The best that any model of this kind can do"),
    "08": ("how much wider S0 is", "(8.1) to (8.5) shrink to",
           "if there is any correlation"),
    "09": ("That pathwise is always better",),
    "10": ("the best decoder pays", "if the variance of mu over images exceeds"),
    "11": ("an average of more weights varies less", "may miss the best q",
           "its noise drowns it as K grows",
           "if more data lead it to", "in this case proves nothing more",
           "Other generative models do better", "soft images have more",
           "a soft image is not far from any of its class",
           "Which model is best"),
    "12": ("Jensen's inequality", "More and finer habitats"),
    "13": ("The same numbers, faster", "the machine at best", "a much faster BLAS",
           "Below best rate over bandwidth"),
}


@every_lecture
def test_every_claim_is_words_of_one_sentence(script):
    for claim in claims(script):
        assert any(claim in sentence for sentence in sentences(script)), claim


@every_lecture
def test_a_sentence_that_compares_makes_a_claim_or_is_general(script):
    number = script.stem[:2]
    known = (*claims(script), *GENERAL.get(number, ()))
    open_ones = [
        sentence for sentence in sentences(script)
        if COMPARES.search(sentence) and not sentence.startswith("Oral:")
        and not sentence.endswith("?") and not any(part in sentence for part in known)
    ]
    assert not open_ones, "\n".join(open_ones)


@every_lecture
def test_what_is_listed_as_general_is_still_there(script):
    for part in GENERAL.get(script.stem[:2], ()):
        assert any(part in sentence for sentence in sentences(script)), part


DRAWN_ONLY = 3  # claims of one lecture at most on what only drawn digits have, slant
WITH_IMAGES = [script for script in SCRIPTS if "lecture.digits(" in script.read_text()]


@pytest.mark.mnist
@pytest.mark.parametrize("script", [*map(of_lecture, WITH_IMAGES)])
def test_every_claim_holds_in_a_quick_run_on_mnist(
    script, quick_run, mnist_dir, monkeypatch
):
    """On drawn digits: test_lectures.py. These take minutes: SCRATCHAE_FULL=1."""
    if not os.environ.get("SCRATCHAE_FULL"):
        pytest.skip("takes long; SCRATCHAE_FULL=1 runs it")
    monkeypatch.setenv("SCRATCHAE_DATA", str(mnist_dir))
    text, _ = quick_run(script.stem[:2], "mnist")
    assert "DOES NOT HOLD" not in text
    assert text.count("holds: ") >= len(claims(script)) - DRAWN_ONLY


def test_a_claim_is_printed_and_kept(capsys):
    lecture = Lecture("A lecture", [])
    lecture.holds("one is less than two", 1 < 2)
    lecture.holds("all are small", np.array([1, 5]) < 3)
    lecture.holds("a number is found", np.float64("nan") > 0)
    lines = capsys.readouterr().out.splitlines()[2:]
    assert lines == ["holds: one is less than two", "DOES NOT HOLD: all are small",
                     "DOES NOT HOLD: a number is found"]
    assert [*lecture.claims.values()] == [True, False, False]


@pytest.mark.parametrize("answers", [(True, False), (False, True)])
def test_a_claim_of_several_runs_is_kept_as_true_of_all(answers, capsys):
    lecture = Lecture("A lecture", [])
    for answer in answers:
        lecture.holds("it falls", answer)
    assert lecture.claims == {"it falls": False}


@pytest.mark.parametrize("nothing", [[], (x for x in [False]), 0.0, "yes"])
def test_a_claim_that_compares_nothing_is_refused(nothing):
    with pytest.raises(TypeError, match="a claim needs bools"):
        Lecture("A lecture", []).holds("it is so", nothing)


@pytest.mark.parametrize("data", ["strokes", "mnist"])
def test_every_claim_holds_in_a_full_run(data, tmp_path, capsys):
    """The whole course takes minutes: SCRATCHAE_FULL=1 asks for it."""
    if not os.environ.get("SCRATCHAE_FULL"):
        pytest.skip("takes long; SCRATCHAE_FULL=1 runs it")
    assert main(["course", "--data", data, "--out", str(tmp_path)]) == 0
    assert "DOES NOT HOLD" not in capsys.readouterr().out
