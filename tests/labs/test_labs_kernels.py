"""Lab 15: a kernel is looked for wherever it lies, and asked if it does the work.

Right answers in every way in which a result can be made and a kernel reached; the
leftovers of an earlier answer, in memory that is given back, are none of one's own.
"""

from dataclasses import replace

import pytest
from lab_tools import LABS, STUBS

from scratchae.labs import check

pytestmark = pytest.mark.usefixtures("kernels")
CALL = "fast_loop(A, B, C)"
LOOP = '''
def fast_loop(A, B, C):
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            C[i, j] = 0.0
        for k in range(A.shape[1]):
            for j in range(B.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
'''
HEAD = next(STUBS.glob("15_*.py")).read_text().split("# %%\ndef product(")[0] + f'''
@njit{LOOP}

@njit
def fused(x, W, b, h):
    fast_loop(x, W, h)
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            h[i, j] = max(h[i, j] + b[j], 0.0)

'''
FUNCTIONS = '''
def product(A, B):
    C = MADE
    fast_loop(A, B, C)
    return C

def product_in_order(A, B):
    return product(A, B)

def layer(x, W, b):
    A, B = x, W
    C = MADE
    fused(x, W, b, C)
    return C
'''
MADE = ("np.empty((A.shape[0], B.shape[1]))", "np.ndarray((A.shape[0], B.shape[1]))",
        "np.empty_like(A[:, :1] * B[:1])", "np.zeros((A.shape[0], B.shape[1]))",
        "np.full((A.shape[0], B.shape[1]), np.nan)")
GUFUNC = "from numba import {0}\n\n@{0}({1}'(n,d),(d,h)->(n,h)', nopython=True)\n"
REACHED = {  # (what stands in front of `def product`, its call)
    "a dict": ("WAYS = {'mine': fast_loop}\n", "WAYS['mine'](A, B, C)"),
    "a list in a dict": ("WAYS = {'mine': [fast_loop, 4]}\n",
                         "WAYS['mine'][0](A, B, C)"),
    "a tuple": ("WAYS = (np.add, fast_loop)\n", "WAYS[1](A, B, C)"),
    "beside NumPy's": ("WAYS = {'np': np.matmul, 'mine': fast_loop}\n",
                       "WAYS['mine'](A, B, C)"),
    "a default": ("", "loop(A, B, C)"),
    "a default of a helper": ("def helper(A, B, C, *, loop=fast_loop):\n"
                              "    loop(A, B, C)\n", "helper(A, B, C)"),
    "guvectorize": (GUFUNC.format("guvectorize", ""), "kernel(A, B, C)"),
    "guvectorize with types": (
        GUFUNC.format("guvectorize", "['f8[:,:],f8[:,:],f8[:,:]'], "),
        "kernel(A, B, C)"),
    "a closure that is made late": (
        "loop = None\n\ndef helper(A, B, C):\n    global loop\n"
        "    loop = loop or fast_loop\n    loop(A, B, C)\n", "helper(A, B, C)"),
}
IDLE = {  # right, and not by the kernel that is called
    "a dict": ("WAYS = {'a': fast_loop, 'b': np.matmul}\n",
               "WAYS['a'](A, B, C.copy()); WAYS['b'](A, B, C)"),
    "guvectorize": (GUFUNC.format("guvectorize", ""),
                    "kernel(A, B, C.copy()); C[:] = sum(np.multiply.outer(*p) for p "
                    "in zip(A.T, B))"),
    "leftover": ("", "fast_loop(A, B, np.empty(C.shape)); C[:] = sum(np.multiply.outer("
                 "*p) for p in zip(A.T, B))"),
}


def checked(path, head, call, made=MADE[0], parts=1):
    """The report of the first parts of a file; none of them is by a clock."""
    text = HEAD + head
    if head.startswith("from"):
        text += LOOP.replace("fast_loop", "kernel")
    text += FUNCTIONS.replace("MADE", made).replace(CALL, call)
    if call.startswith("loop("):
        text = text.replace("def product(A, B)", "def product(A, B, loop=fast_loop)")
    path.write_text(text)
    return check(replace(LABS["15"], parts=LABS["15"].parts[:parts]), path)


def results(*given, **named):
    """(status, text) of the parts of a file."""
    return [(part.status, part.text) for part in checked(*given, **named).parts]


@pytest.mark.parametrize("made", MADE)
def test_a_right_kernel_passes_whatever_its_result_is_written_over(made, tmp_path):
    assert results(tmp_path / "15_a.py", "", CALL, made, 3) == [
        ("pass", "")] * 3


@pytest.mark.parametrize("way", REACHED)
def test_a_kernel_is_found_wherever_a_function_has_it(way, tmp_path):
    head, call = REACHED[way]
    assert results(tmp_path / "15_a.py", head, call)[0] == ("pass", "")


@pytest.mark.parametrize("way", IDLE)
def test_a_kernel_that_does_not_do_the_work_is_none_wherever_it_is(way, tmp_path):
    head, call = IDLE[way]
    assert results(tmp_path / "15_a.py", head, call)[0] == (
        "fail", "right, but without your compiled function as well: the loop is asked "
        "for")


def test_it_is_said_what_is_looked_for_where_no_kernel_is_found(tmp_path):
    call = "globals()['fast_loop'](A, B, C)"
    assert results(tmp_path / "15_a.py", "", call)[0] == (
        "fail", "right, but no compiled function of yours is found: one under @njit is "
        "looked for, which product calls by its name or has in a list or dict")


def test_what_a_kernels_function_prints_is_shown_once(tmp_path):
    report = checked(tmp_path / "15_a.py", "", f"{CALL}; print('here')")
    assert report.passed and report.printed.split() == ["here"]
