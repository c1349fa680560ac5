"""The lectures' questions and their written answers, read from the files."""

import re

from scripts import FOLDER, cells

ANSWERS = FOLDER / "answers"


def questions(script):
    """{number: words} of the list in a lecture's last text cell, one line each."""
    text = next(t for kind, t in cells(script) if kind and "# ## Questions" in t)
    text = text.partition("# ## Questions")[2]
    found = re.findall(r"^# (\d+)\. (.+(?:\n#    +.+)*)", text, re.M)
    return {int(n): " ".join(re.sub(r"\n#", " ", words).split()) for n, words in found}


def answers(lecture):
    """{number: (words of the heading, answer)} of lectures/answers/NN.md."""
    text = (ANSWERS / f"{lecture}.md").read_text()
    parts = re.split(r"^## (\d+)\. (.+)\n", text, flags=re.M)[1:]
    return {int(n): (words, answer.strip()) for n, words, answer in
            zip(parts[::3], parts[1::3], parts[2::3], strict=True)}


def equations(answer):
    """The lines of an answer's indented blocks, without what numbers them."""
    lines = re.findall(r"^    +(.+)$", answer, re.M)
    return [re.sub(r"\s{2,}\([a-z]\)$", "", line) for line in lines]
