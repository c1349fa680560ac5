"""What a figure's alternative text says by comparing is true of what is drawn.

Who cannot see the figure has nothing else. A sentence that compares (`test_claims.py`)
has a function in alternatives.py, under some of its words, that looks at a quick run;
or it is in `GENERAL`: it says what is drawn, and not how that turned out.
"""

import ast
import re

import pytest
from alternatives import SAYS
from scripts import SCRIPTS, alternative_texts, every_lecture
from test_claims import COMPARES

GENERAL = {
    "03": ("the image of fixed size that excites one code",),
    "06": ("code along the direction that carries it best",),
    "07": ("with a line for the best possible",),
    "13": ("for the machine at best",),  # the six speeds: a claim of the lecture
}


def words_of(node):
    """The words of an alternative text; a number that is put in is "0"."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(map(words_of, getattr(node, "values", ()))) or "0"


def texts(script):
    """Figure -> sentences of its alternative text."""
    tree = ast.parse(script.read_text())
    names = [ast.unparse(node.args[1]) for node in ast.walk(tree)
             if isinstance(node, ast.Call) and ast.unparse(node.func) == "lecture.save"]
    split = (re.split(r"(?<=[.!?:])\s+(?=[A-Z])", " ".join(words_of(node).split()))
             for node in alternative_texts(script))
    return dict(zip(names, split, strict=True))


@every_lecture
def test_an_alternative_text_that_compares_is_held_or_general(script):
    number = script.stem[:2]
    known = [*GENERAL.get(number, ()), *(words for figure, words in SAYS
                                         if figure.startswith(number))]
    open_ones = [sentence for text in texts(script).values() for sentence in text
                 if COMPARES.search(sentence) and not any(w in sentence for w in known)]
    assert not open_ones, "\n".join(open_ones)


def test_what_is_held_or_general_is_still_there():
    every = {script.stem[:2]: texts(script) for script in SCRIPTS}
    for number, parts in GENERAL.items():
        for part in parts:
            assert any(part in " ".join(text) for text in every[number].values()), part
    for figure, words in SAYS:
        here = every[figure[:2]]
        text = here[repr(figure)] if repr(figure) in here else sum(here.values(), [])
        assert words in " ".join(text), words


@pytest.mark.parametrize("figure, words", [
    pytest.param(figure, words, id=figure,
                 marks=getattr(pytest.mark, f"lecture{figure[:2]}"))
    for figure, words in SAYS])
def test_an_alternative_text_is_true_of_what_is_drawn(figure, words, seen):
    run = seen(figure[:2])
    SAYS[figure, words](run.figures[figure], run)
