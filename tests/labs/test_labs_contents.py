"""What a lab is made of: points, seconds, words, and inputs that are what they say."""

import pkgutil
import re
import zlib

import numpy as np
import pytest
from lab_tools import LABS, judge_values
from without_numba import numba_or_skip

from scratchae.cli.lab_files import STUBS
from scratchae.data.worms import load_worms

POINTS = {  # of each part: what a lecturer's grades are sums of
    "01": "134", "02": "11114", "03": "11222", "04": "1132", "05": "31322",
    "06": "11233", "07": "112322", "08": "121221", "09": "12332", "10": "12324",
    "11": "122122", "12": "2322", "13": "236", "14": "3224",
    "15": "2222", "16": "32222",
}
WORDS = {  # of each lab's slips and formulas, as they were read
    "01": "0c5f870c", "02": "91ed5008", "03": "1dedc421", "04": "86359c3f",
    "05": "3d4484ae", "06": "301eec41", "07": "87a73abc", "08": "2c7b9e35",
    "09": "cc2c05a0", "10": "ad67d0f5", "11": "8ae8c564", "12": "c8984565",
    "13": "672deff1", "14": "b9e79ccb", "15": "5a8d2f68", "16": "37109dc9",
}
every_lab = pytest.mark.parametrize("number", LABS)


@every_lab
def test_points_change_only_where_they_are_meant_to(number):
    assert "".join(str(part.points) for part in LABS[number].parts) == POINTS[number]


@every_lab
def test_words_change_only_where_they_are_meant_to(number):
    """Of slips above all: that they say what goes wrong, nothing but reading tells."""
    lab = LABS[number]
    texts = [lab.title, *(part.solution for part in lab.parts)]
    texts += [f"{slip.code} {slip.words}" for part in lab.parts
              for tensor in part.tensors for slip in tensor.slips]
    assert f"{zlib.crc32(chr(10).join(texts).encode()):08x}" == WORDS[number]


def test_only_the_lab_that_compiles_has_more_seconds_and_memory():
    more = {lab.number: (lab.seconds, lab.memory) for lab in LABS.values()
            if (lab.seconds, lab.memory) != (5.0, 2 * 2**30)}
    assert more == {"15": (60.0, 8 * 2**30)}


@every_lab
def test_the_formula_of_a_backward_part_is_a_backward_and_of_others_none(number):
    if number == "15":  # whose solution stands in the kernels
        numba_or_skip()
    for part in LABS[number].parts:
        names = re.findall(r"scratchae(?:\.\w+)+", part.solution)
        found = [pkgutil.resolve_name(name).__name__ for name in names]
        if found and found[0].endswith(("_forward", "_backward")):
            back = part.function.endswith(("_backward", "best_variance", "encoder"))
            assert found[0].endswith("_backward") is back, part.function


def test_lab_and_lecture_belong_together():
    for number, lab in LABS.items():
        (script,) = STUBS.parent.glob(f"{lab.lecture}.py")
        (stub,) = STUBS.glob(f"{number}_*.py")
        said = stub.read_text().split("\n")[2].partition(" slide")[0]
        own = script.stem[:2] in said or said.startswith("Five short programs")
        assert own, number
        assert stub.read_text().startswith(f'"""Lab {number}: ')


LECTURES = {  # by lab: after which it is done, as the overview says
    "01": "01", "02": "01", "03": "01", "04": "01", "05": "02", "06": "03", "07": "04",
    "08": "05", "09": "07", "10": "08", "11": "09", "12": "10", "13": "10", "14": "11",
    "15": "13", "16": "10",
}


def test_each_lab_is_sent_to_after_its_own_lecture():
    assert {number: lab.lecture[:2] for number, lab in LABS.items()} == LECTURES


def test_only_these_tensors_may_be_off_by_more_than_a_billionth_or_by_less():
    others = {(lab.number, tensor.name): tensor.tolerance for lab in LABS.values()
              for part in lab.parts for tensor in part.tensors
              if (tensor.tolerance, tensor.tiny) != (1e-9, False)}
    assert others == {
        ("02", "h"): 1e-9,  # with itself, however small
        ("05", "angles"): 1e-6,  # arccos near 1
        ("07", "A"): 1e-8, ("07", "c"): 1e-8, ("07", "error"): 1e-8,
        ("07", "score"): 1e-8, ("15", "C"): 0.0}  # bits


def far(a):
    """Some units where sigmoid and tanh are flat, on both sides."""
    return a.min() < -20 and a.max() > 20


# What the words of a special input promise of its numbers.
SPECIAL = {
    "far from 0, where exp may overflow and h is tiny":
        lambda a: a.max() > 710 and a.min() < -710 and np.any((-50 < a) & (a < -30)),
    "far from 0, where units are saturated": lambda a, dh: far(a),
    "far from 0": lambda a, dh: far(a),
    "at the kink, a = 0": lambda a, dh: 0 < np.sum(a == 0) < a.size,
    "far from 0, where probabilities round to 0 and 1":
        lambda logits, x, d_loss=0: far(logits / 2) and np.any((0.1 < x) & (x < 0.9)),
    "where the last pixels vary most": lambda X, k: all(np.diff(X.var(axis=0)) > 0)
        and np.allclose(np.cov(X.T), np.diag(X.var(axis=0, ddof=1))),
    "where the planes share directions":
        lambda A, B: np.linalg.matrix_rank(np.vstack([A, B])) == len(A) + 1,
    "where codes are 0": lambda h, d_penalty: 0 < np.sum(h == 0) < h.size,
    "where units are saturated": lambda h, **_: h.min() < 1e-5 and h.max() > 1 - 1e-5,
    "where something is certain": lambda p: sorted(p)[-2:] == [0, 1],
    "where p is 0, and q in one place too":
        lambda p, q: np.sum((p == 0) & (q == 0)) == 1 and np.all(p[q == 0] == 0)
        and np.any(q[p == 0] > 0),
    "where q is 0 and p is not": lambda p, q: np.any(p[q == 0] > 0),
    "of the worms": lambda p, q: np.array_equal(p, load_worms() / 1000),
    "of the thousand worms": lambda counts: np.array_equal(counts, load_worms()),
    "with logits far from 0": lambda W3, **_: far(W3),
    "with weights too small for exp": lambda log_w, **_: not np.exp(log_w).any(),
    "where one image has far smaller weights than another":
        lambda log_w, **_: np.ptp(log_w.max(0)) > 745 > np.ptp(log_w, axis=0).max(),
    "where one draw has a far larger weight than the others":
        lambda log_w, **_: all(np.diff(np.sort(log_w, axis=0)[-2:], axis=0)[0] > 745),
    "where a copy is exact":
        lambda x, x_hat, **_: np.array_equal(x[0], x_hat[0]) and (x != x_hat)[1:].all(),
    "where pixels are 0 or 1, and logits 0":
        lambda x, logits, **_: {*np.unique(x)} == {0, 1} and (logits[0] == 0).all(),
    "where momentum is 0": lambda momentum, **_: momentum == 0,
    "at the first step":
        lambda m, v, t=1, **_: t == 1 and not m.any() and not v.any(),
    "where copies are nearly right": lambda **given: nearly_right(**given),
    "where little is lost":
        lambda eigenvalues, k: eigenvalues[k:].sum() < 0.01 * eigenvalues[k - 1],
    "where units are as active as they should be, or nearly":
        lambda h, rho, **_: np.ptp([rho, *h.mean(axis=0)]) < 0.01
        and abs(h.mean(axis=0)[0] - rho) < 1e-12,
    "where an image's codes are 0": lambda h: not h[0].any() and h[1:].all(),
    "where the penalty weighs 0": lambda weight, **_: weight == 0,
    "where nothing is hidden": lambda fraction, **_: fraction == 0,
    "where all is hidden": lambda fraction, **_: fraction == 1,
    "where sigma is 0": lambda sigma, **_: sigma == 0,
    "where nothing is corrupted": lambda x, x_noisy, **_: np.array_equal(x, x_noisy),
    "where all are as probable": lambda p: np.ptp(p) == 0 and abs(p.sum() - 1) < 1e-9,
    "where q is nearly p": lambda p, q: 0 < np.abs(p - q).max() < 0.01,
    "where the fit is nearly exact": lambda counts: abs(counts.sum() - 1e5) < 10
        and counts.min() > 0,
    "where t is nearly the best":
        lambda p, t: 0 < abs(t - p @ np.arange(11) / 10) < 0.02,
    "where q is the worms' own":
        lambda counts, q: np.allclose(q * counts.sum(), counts),
    "where q is the posterior, or nearly, or the prior":
        lambda x, w, sigma, m, v: np.allclose(v[:2], 1 / (1 + w**2 / sigma**2))
        and np.allclose(m[:2] - v[:2] * w * x[:2] / sigma**2, [0, 0.01])
        and (m[2], v[2]) == (0, 1),
    "where q is the prior in an image": lambda **given: is_prior(**given),
    "where q is the prior": lambda Wm, bm, Wv, bv, **_: not any(
        array.any() for array in (Wm, bm, Wv, bv)),
    "where both are the same in an image":
        lambda mu0, L0, mu1, L1, d_kl=0: np.array_equal(mu0[0], mu1[0])
        and np.array_equal(L0[0], L1[0]) and not np.array_equal(L0[1], L1[1]),
    "where an image has no noise":
        lambda eps, **_: not eps[0].any() and eps[1:].all(),
    "where sigma is 1 and a copy exact": lambda x, x_hat, log_var, **_: log_var == 0
        and np.array_equal(x[0], x_hat[0]),
    "where sigma is 1": lambda sigma, **_: sigma == 1,
    "where beta is 0": lambda beta, **_: beta == 0,
    "where all draws weigh the same": lambda log_w, **_: not np.ptp(log_w, 0).any(),
    "with one draw": lambda eps=(0,), log_w=(0,), dlog_w=(0,), log_p_x=(0,), **_:
        {len(array) for array in (eps, log_w, dlog_w, log_p_x)} == {1},
}


def nearly_right(x=None, x_hat=None, X=None, W=None, W1=None, W2=None, **_):
    """Whether copies, or those that a network makes, are off by a hundredth or so."""
    if x is None:
        x, x_hat = X, X @ W @ W.T if W1 is None else X @ W1 @ W2
    return 0 < np.std(x - x_hat) < 0.05 * np.std(x)


def is_prior(mu=None, log_var=None, m=None, log_v=None, L=None, **_):
    """Whether the first image's distribution is N(0, I), and not all others' are."""
    mean = m if mu is None else mu
    spread = np.eye(L.shape[1]) - L if L is not None else (
        log_v if log_var is None else log_var)
    return not mean[0].any() and not spread[0].any() and spread[1:].any()


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_special_inputs_are_what_their_words_say(seed):
    told = set()
    for lab in LABS.values():
        for part in lab.parts:
            for case in part.cases(seed):
                told.add(case.words)
                if case.words in SPECIAL:
                    assert SPECIAL[case.words](**case.inputs), (part.function, case)
    assert told == {*SPECIAL, "", "where all sizes are equal"}


@every_lab
def test_a_hundred_thousandth_more_is_wrong_in_every_tensor(number):
    for part in LABS[number].parts:
        cases = part.cases()
        values = [{name: (1 + 1e-5) * vars(part.expected(case))[name]
                   for name in part.names} for case in cases]
        for row in judge_values(part, cases, values).rows:
            assert row.verdict != "ok", (part.function, row.name)


def test_what_is_asked_beside_right_numbers_is_this():
    asked = {(lab.number, part.function): (part.asks, part.given)
             for lab in LABS.values() for part in lab.parts if part.asks or part.given}
    compiled = ("compiled",), ("plain_loop",)
    assert asked == {("02", "sigmoid"): (("quiet",), ()),
                     ("15", "product"): compiled, ("15", "layer"): compiled}


def test_equal_sizes_are_left_out_only_where_nothing_can_be_transposed():
    left_out = {part.function for lab in LABS.values() for part in lab.parts
                if not part.equal}
    assert left_out == {
        "momentum_step", "adam_moments", "adam_step", "adam_run", "pca", "pca_error",
        "angles", "entropy", "divergence", "binomial", "fit", "slope", "message",
        "speed"}


@every_lab
def test_another_seed_has_other_numbers_in_every_input(number):
    """But for sizes, the thousand worms, what is certain, and what special words say.
    """
    for part in LABS[number].parts:
        for one, other in zip(part.cases(0), part.cases(1), strict=True):
            for name, value in one.inputs.items():
                same = np.array_equal(value, other.inputs[name])
                fixed = type(value) is int or one.words.endswith(("worms", "certain"))
                fixed |= bool(one.words) and np.ptp(value) == 0 and (
                    np.ndim(value) > 0 or value in (0, 1))
                assert fixed or not same, (part.function, name)
