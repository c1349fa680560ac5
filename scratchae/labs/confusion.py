"""Which slip is taken for which: every hypothesis of a lab, run and diagnosed."""

from dataclasses import dataclass

import numpy as np

from scratchae.gradcheck.slips import GENERIC, diagnose
from scratchae.labs.judging import DIAGNOSED, hypotheses_of
from scratchae.text_table import text_table

NONE = "none"


@dataclass(frozen=True)
class Confused:
    """One slip in one tensor, and what the diagnosis names: a code, or "none"."""

    lab: str
    function: str
    tensor: str
    code: str
    named: str


def confusion(chosen):
    """A Confused for each slip of the labs; general ones as far as they apply."""
    return [
        row
        for lab in chosen for part in lab.parts
        for tensor in part.tensors
        for row in _of_tensor(lab, part, tensor)
    ]


def _of_tensor(lab, part, tensor):
    """Those of one tensor: its own slips, and general ones it does not know better."""
    cases = part.cases()[:DIAGNOSED]
    quantities = [part.expected(case) for case in cases]
    right = [vars(v)[tensor.name] for v in quantities]
    known = hypotheses_of(tensor, quantities, cases)
    for slip, wrong in known["hypotheses"]:
        named = diagnose(wrong, right, **known)
        yield Confused(lab.number, part.function, tensor.name, slip.code,
                       named.code if named else NONE)
    own = {slip.code for slip in tensor.slips}
    for slip in GENERIC:
        try:
            with np.errstate(all="ignore"):
                wrong = [np.asarray(slip.wrong(array)) for array in right]
        except (ValueError, IndexError):
            continue
        named = diagnose(wrong, right, **known)
        known_better = named is None or named.code in own  # which know it by more
        if not known_better and named.code != "factor":  # of one number all are
            yield Confused(lab.number, part.function, tensor.name, slip.code,
                           named.code)


def as_text(rows):
    """A line for each slip: in how many tensors, and what it was named."""
    lines = []
    for code in dict.fromkeys(row.code for row in rows):
        mine = [row for row in rows if row.code == code]
        right = sum(row.named == code for row in mine)
        others = sorted({row.named for row in mine} - {code})
        lines.append((code, f"{len(mine)}", f"{right}", " ".join(others)))
    wrong = sum(row.named != row.code for row in rows)
    head = ("slip", "tensors", "named so", "named otherwise")
    return "\n".join([*text_table(head, lines), "",
                      f"{len(rows)} slips in tensors, {wrong} named otherwise"])
