"""Processes that are forked after a training: a pool's workers do their work."""

import json
import os
import subprocess
import sys

import pytest
from conftest import HANGS
from without_numba import numba_or_skip

from scratchae.nn.blas import CHOICES

if not hasattr(os, "fork"):
    pytest.skip("there is no fork here", allow_module_level=True)

pytestmark = pytest.mark.lecture13

PRELUDE = """
import json, os, signal, threading, warnings
import numpy as np
import scratchae
from scratchae import Autoencoder
from scratchae.nn import blas

x = np.random.default_rng(0).uniform(size=(64, 9))
settings = dict(hidden_layer_sizes=(5,), epochs=2, verbose=False, random_state=0)

def blas_threads():
    try:
        return blas.functions()[0]()
    except AttributeError:
        return 1  # another library

def work(_=None):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        score = model.score(x)
        again = Autoencoder(2, **settings).fit(x).score(x)
    texts = [str(w.message) for w in caught if w.category is RuntimeWarning]
    return dict(score=score, again=again, warned=texts, uses=scratchae.get_backend(),
                blas=blas_threads())

def in_child(function):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(300)  # one that hangs does not stay for ever
        try:
            os.write(write, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        answer = file.read()
    os.waitpid(child, 0)
    assert answer, "the child ended without an answer"
    return json.loads(answer)

def train():
    global model
    model = Autoencoder(2, **settings).fit(x)
    return work()
"""

POOLS = """
results = {"parent": train()}
import concurrent.futures, multiprocessing
import joblib

fork = multiprocessing.get_context("fork")
results["fork"] = in_child(work)
results["grandchild"] = in_child(lambda: in_child(work))
with fork.Pool(2) as pool:
    results["pool"] = pool.map(work, range(2))[0]
with concurrent.futures.ProcessPoolExecutor(2, fork) as pool:
    results["futures"] = list(pool.map(work, range(2)))[0]
with joblib.parallel_backend("multiprocessing", n_jobs=2):
    results["joblib"] = joblib.Parallel()(joblib.delayed(work)() for _ in range(2))[0]
results["parent afterwards"] = work()
"""
WAYS = ("fork", "grandchild", "pool", "futures", "joblib")

HELD = """
{before}

held, done = threading.Event(), threading.Event()

def hold():
    with {lock}:
        held.set()
        done.wait()

threading.Thread(target=hold, daemon=True).start()
held.wait()
results["fork"] = in_child({work})
done.set()
"""


INSIDE = """
results = {"parent": train()}
with scratchae.backend("numpy"):
    results["numpy"] = work()
    results["fork"] = in_child(work)
    with scratchae.backend("numba"):
        results["fork of both"] = in_child(work)

    def leave():
        block.__exit__(None, None, None)
        return work()

with scratchae.backend("numba"):
    block = scratchae.backend("numpy")
    block.__enter__()
    results["after the block"] = in_child(leave)
    block.__exit__(None, None, None)
results["parent afterwards"] = work()
"""


def results_of(code, **environment):
    """What a new process with this code has put into results."""
    inherited = {key: v for key, v in os.environ.items() if key not in CHOICES}
    done = subprocess.run(
        [sys.executable, "-c", f"{PRELUDE}{code}\nprint(json.dumps(results))"],
        env={**inherited, **environment}, capture_output=True, text=True, timeout=HANGS,
    )
    assert done.returncode == 0, done.stderr
    assert "Terminating" not in done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["numba", "numpy"])
def pools(request):
    """Results of the parent and of its children, by the way they were started."""
    if request.param == "numba":
        numba_or_skip()
    pytest.importorskip("joblib")
    return results_of(POOLS, SCRATCHAE_BACKEND=request.param)


@pytest.mark.parametrize("way", WAYS)
def test_children_have_the_backend_and_the_bits_of_their_parent(pools, way):
    assert pools[way] == pools["parent"] and pools[way]["warned"] == []


def test_a_fork_leaves_the_parent_as_it_was(pools):
    assert pools["parent afterwards"] == pools["parent"]


@pytest.mark.parametrize("way", WAYS)
def test_where_numpy_serves_blas_has_one_thread(way, pools):
    assert pools[way]["uses"] != "numpy" or pools[way]["blas"] == 1


def test_a_lock_held_by_another_thread_does_not_stop_a_child():
    numba_or_skip()
    before = "results = {'parent': train()}\nfrom scratchae.kernels.pool import POOL"
    code = HELD.format(before=before, lock="POOL.lock", work="work")
    results = results_of(code, SCRATCHAE_BACKEND="numba")
    assert results["fork"] == results["parent"]


def test_a_child_of_a_block_is_inside_it_and_can_leave_it():
    numba_or_skip()
    results = results_of(INSIDE, SCRATCHAE_BACKEND="numba")
    assert results["fork"] == results["numpy"]
    assert results["fork of both"] == results["parent"] | {"blas": 1}  # outer block's
    assert results["after the block"] == results["parent"]
    assert results["parent afterwards"] == results["parent"]


def test_a_child_forked_before_the_first_use_has_the_kernels():
    numba = numba_or_skip()
    if numba.config.DISABLE_JIT:
        pytest.skip("nothing is compiled here")
    early = "results = {'fork': in_child(train)}"
    results = results_of(early, SCRATCHAE_BACKEND="numba")
    assert results["fork"]["uses"] == "numba" and not results["fork"]["warned"]


def test_a_fork_while_another_thread_sets_the_backend_can_set_its_own():
    before = "results = {}\nfrom scratchae.nn import backend as chosen"
    code = HELD.format(before=before, lock="chosen._changing",
                       work="lambda: scratchae.set_backend('numpy') or train()")
    assert results_of(code)["fork"]["uses"] == "numpy"
