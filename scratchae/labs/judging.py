"""Compare what a function returned with what is right, and say what went wrong.

From the loss backwards: shape and type first, then numbers. A tensor that is right once
the student's own tensors before it are put into the right formula has no error of its
own: it is said to come from above, and nothing else. The slip of any other is looked
for on the two inputs whose sizes differ.
"""

import re
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from scratchae.gradcheck.slips import Slip, diagnose, same
from scratchae.labs.patterns import exchanged, of_dtype, pattern, typed, which

PASS, FAIL, ERROR, UNWRITTEN = "pass", "fail", "error", "not written yet"
OK, WRONG, ABOVE, UNKNOWN = "ok", "FAIL", "from above", "not judged"
MISMATCH = re.compile(r"matmul: .*\(size (\d+) is different from (\d+)\)")
SMALLEST = 1e-6  # what an entry is compared with where all of them are 0
DIAGNOSED = 2  # inputs, those whose sizes are different primes


@dataclass(frozen=True)
class Row:
    """One tensor: what the table shows.

    verdict : "ok", "FAIL", "from above" or "not judged"   code, words : the slip's
    fact : what is seen, as another shape   worst_index : () of a number, and where
        there is none to show
    """

    name: str
    shape: tuple
    verdict: str = OK
    yours: float = np.nan
    expected: float = np.nan
    worst_index: tuple = ()
    code: str = ""
    words: str = ""
    fact: str = ""

    @property
    def ratio(self):
        """yours / expected at the worst entry."""
        return self.yours / self.expected if self.expected else np.nan


@dataclass(frozen=True)
class PartResult:
    """One part of a lab: its status, points, and a row for each tensor.

    status : "pass", "fail", "error" or "not written yet"
    text, line, where : what is wrong with the function as a whole   code : its slip's
    calls : the other parts' functions that it calls
    said : what is told of it even if it passes
    """

    number: int
    function: str
    status: str
    points: int
    rows: tuple = ()
    text: str = ""
    line: int = 0
    where: str = ""
    code: str = ""
    calls: tuple = ()
    said: str = ""

    @property
    def passed(self):
        """Whether all is right."""
        return self.status == PASS


def judge(part, number, cases, outcome):
    """The PartResult of one function, of which `outcome` is what it did."""
    if outcome.status != "returned" or not _complete(part, cases, outcome):
        return _without_arrays(part, number, cases, outcome)
    with np.errstate(all="ignore"):
        rows = tuple(_rows(part, cases, outcome.answers))
        code, text = _conduct(part, cases, outcome)
    right = all(row.verdict == OK for row in rows)
    if right and not text and outcome.noted:
        code, text = "asked", outcome.noted[0]
    passed = right and not text
    return PartResult(number, part.function, PASS if passed else FAIL,
                      part.points if passed else 0, rows, text, code=code,
                      calls=outcome.calls, said=outcome.said)


def _without_arrays(part, number, cases, outcome):
    """The PartResult of a function that left nothing to be compared."""
    status = {"unwritten": UNWRITTEN, "error": ERROR}.get(outcome.status, FAIL)
    text = MISMATCH.sub(r"a product with inner sizes \2 and \1",
                        outcome.text or "no result was written")
    given = outcome.case is not None  # not while the file was read
    if given and text.startswith(("ValueError", "IndexError")):
        text += _shapes_of(cases[outcome.case % len(cases)])  # any number was told
    if status == ERROR and outcome.case == 1:
        text += "; the first input, of other sizes, went well"
    return PartResult(number, part.function, status, 0, text=text,
                      line=outcome.line, where=outcome.where, calls=outcome.calls)


def _complete(part, cases, outcome):
    """Whether both calls of all cases have left every tensor."""
    names = {*part.names}
    return all(len(calls) == 2 and all(names <= {*call} for call in calls)
               for calls in (outcome.answers.get(i, ()) for i in range(len(cases))))


def _shapes_of(case):
    """The shapes with which an exception came, for whoever reads it."""
    shapes = [f"{name} {np.shape(value)}" for name, value in case.inputs.items()
              if np.ndim(value)]
    return f" (given {', '.join(shapes)})" if shapes else ""


def _conduct(part, cases, outcome):
    """Code and words of what is wrong beside the numbers of a first call."""
    known = {*cases[0].inputs}
    if changed := [name for name in outcome.changed if name in known]:
        return "changes", f"changes its argument {', '.join(changed)} in place"
    for name in part.names:
        calls = [[np.asarray(call[name]) for call in outcome.answers[i]]
                 for i in range(len(cases))]
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in calls):
            if all(a.shape == b.shape and np.allclose(b, 2.0 * a) for a, b in calls):
                return "accumulates", (f"a second call gives twice the first in {name}"
                                       ": it is added to what was there")
            return "random", (f"{name} is another at each call: something is drawn, "
                              "or kept, inside the function")
    return "", ""


def _rows(part, cases, answers):
    """A Row for each tensor, from the loss backwards."""
    right = [part.expected(case) for case in cases]
    own = [SimpleNamespace(**vars(v)) for v in right]  # gets the student's tensors
    places = exchanged(part.names, answers, right)
    lost = ""  # a tensor of another shape, with which nothing can be computed
    for tensor in part.tensors:
        wanted = [vars(v)[tensor.name] for v in right]
        yours = [_number_or_array(answers[i][0][tensor.name], w)
                 for i, w in enumerate(wanted)]
        row = _compared(tensor, yours, wanted, cases)
        if tensor.name in places:
            row = replace(row, code="another", words=_another(places[tensor.name]))
        elif row.verdict != OK and part.race:  # of one number by a clock
            row = replace(row, fact="too slow")
        elif row.verdict != OK:
            row = _explained(row, tensor, yours, own, cases)
            if lost and not row.code and row.verdict == WRONG:
                fact = _joined(row.fact, f"{lost} above has another shape")
                row = replace(row, verdict=UNKNOWN, fact=fact)
        yield row
        if any(y.shape != w.shape for y, w in zip(yours, wanted, strict=True)):
            lost = lost or tensor.name
        else:
            for v, array in zip(own, yours, strict=True):
                setattr(v, tensor.name, array)


def _number_or_array(value, wanted):
    """A tensor that was returned; Python's 0 is a number as good as 0.0."""
    array = np.asarray(value)
    whole = array.ndim == 0 and array.dtype.kind in "iu" and wanted.dtype.kind == "f"
    return array.astype(float) if whole else array


def _another(name):
    return f"that is {name}: is it what is to be returned here?"


def _joined(*texts):
    return "; ".join(text for text in texts if text)


def _explained(row, tensor, yours, own, cases):
    """A failed Row with what is to be said of it: inherited, or the slip."""
    local = [_computed(tensor.right, v) for v in own]
    if any(array is None for array in local):
        return row
    if _compared(tensor, yours, local, cases).verdict == OK:
        return replace(row, verdict=ABOVE,
                       fact="right here: the error comes from above")
    if row.code:
        return row
    slip = slip_of(tensor, yours, local, own, cases)
    if slip is not None:
        return replace(row, code=slip.code, words=slip.words)
    return replace(row, fact=_joined(row.fact, pattern(yours[0], local[0])))


def slip_of(tensor, yours, right, quantities, cases):
    """The Slip that explains a tensor on the first inputs, or None.

    Where those are right, it is the first other input that has to be explained.
    """
    wrong = [i for i, (y, r) in enumerate(zip(yours, right, strict=True))
             if _one(tensor, y, r).verdict != OK]
    if not wrong:
        return None
    at = range(DIAGNOSED) if min(wrong) < DIAGNOSED else wrong[:1]
    known = hypotheses_of(tensor, [quantities[i] for i in at], [cases[i] for i in at])
    return diagnose([yours[i] for i in at], [right[i] for i in at], **known)


def hypotheses_of(tensor, quantities, cases):
    """What `diagnose` is to know of a tensor: its slips, sizes and other quantities."""
    slips = []
    for slip in tensor.slips:
        arrays = [_computed(slip.wrong, v) for v in quantities]
        if all(array is not None for array in arrays):
            slips.append((slip, arrays))
    lengths = [{n for array in vars(v).values() for n in np.shape(array)}
               for v in quantities]  # a size that no array has is not spoken of
    sizes = {}
    for name in vars(cases[0].sizes):
        values = [vars(case.sizes)[name] for case in cases]
        if all(n in found for n, found in zip(values, lengths, strict=True)):
            sizes[name] = values
    others = [
        (Slip("another", _another(name), None),
         [np.asarray(vars(v)[name]) for v in quantities])
        for name, value in vars(quantities[0]).items()
        if name != tensor.name and np.asarray(value).dtype.kind in "biuf"
    ]
    return {"hypotheses": slips, "sizes": sizes, "others": others}


def _computed(function, v):
    """function(v) as an array; None where a student's numbers make that impossible."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(v))
    except (ValueError, ArithmeticError, TypeError, IndexError, MemoryError,
            np.linalg.LinAlgError):
        return None


def _compared(tensor, yours, wanted, cases):
    """The Row of one tensor, at its first input that is wrong; not yet explained."""
    for y, w, case in zip(yours, wanted, cases, strict=True):
        row = _one(tensor, y, w)
        if row.verdict != OK:
            only = f"only {case.words}" if case.words else ""
            if case is cases[1] and not same(y, w):
                fine = [c.sizes for c, a, b in zip(cases, yours, wanted, strict=True)
                        if _one(tensor, a, b).verdict == OK]
                only = typed(fine, case.sizes, y, w)
            return replace(row, fact=_joined(row.fact, only))
    return _one(tensor, yours[0], wanted[0])


def _one(tensor, y, w):
    """The Row of one tensor on one input."""
    if y.shape != w.shape:
        fact = f"has shape {y.shape}, not {w.shape}"
        return Row(tensor.name, y.shape, WRONG, fact=fact)
    if not w.size:
        return Row(tensor.name, y.shape)
    off = _relative_errors(y.astype(complex), w, tensor.tiny)
    at = tuple(int(i) for i in np.unravel_index(np.argmax(off), off.shape))
    row = Row(tensor.name, y.shape, yours=_shown(y[at]), expected=_shown(w[at]),
              worst_index=at)
    slip = of_dtype(y.dtype, w.dtype)
    if slip is not None:
        return replace(row, verdict=WRONG, code=slip.code, fact=slip.words)
    if off[at] <= tensor.tolerance:
        return row
    fact = "" if np.isfinite(y[at]) else f"is {y[at]} at {at}"
    where = which(off > tensor.tolerance, w)
    return replace(row, verdict=WRONG, fact=_joined(where, fact))


def _relative_errors(y, w, tiny):
    """|y - w| / |w|, entry by entry; inf where one of them alone is no number.

    Unless all may be tiny, a small entry is divided by the largest one, or 1.
    """
    alike = (y == w) | (np.isnan(y) & np.isnan(w))
    size = np.abs(np.where(np.isfinite(w), w, 0))
    least = 0.0 if tiny else max(min(float(size.max()), 1.0), SMALLEST)
    off = np.abs(y - w) / np.maximum(size, least)
    off = np.where(np.isfinite(y) & ~np.isnan(off), off, np.inf)
    return np.where(alike, 0.0, off)


def _shown(number):
    return complex(number).real
