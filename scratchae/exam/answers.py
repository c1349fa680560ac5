"""The written answers to the lectures' questions, one file per lecture."""

import re


def read_answers(path):
    """{number: (question, answer)} of a file such as lectures/answers/08.md.

    A heading `## 2. Derive (8.2).` is the question, what follows is its answer.
    """
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"^## (\d+)\. (.+)\n", text, flags=re.M)[1:]
    return {int(number): (question, answer.strip()) for number, question, answer in
            zip(parts[::3], parts[1::3], parts[2::3], strict=True)}
