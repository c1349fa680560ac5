"""Several threads at once: one fitted model that is read, several that are trained."""

import sys
import threading
import time
from functools import partial

import pytest
from conftest import HANGS
from estimators import CLASSES, data, fitted, labels_of, make
from readings import bits, id_of, outcome, readings, variants

from scratchae import backend, get_backend, load, set_backend

THREADS = 3


@pytest.fixture
def contention():
    """Every new thread lets the others run after each line of the package."""

    def let_others_run(frame, event, argument):
        if "scratchae" not in frame.f_code.co_filename:
            return None
        time.sleep(0)
        return let_others_run

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threading.settrace(let_others_run)
    yield
    threading.settrace(None)
    sys.setswitchinterval(before)


def together(functions):
    """What the functions return, each called in a thread of its own, all at once."""
    barrier, errors = threading.Barrier(len(functions)), []
    results = [None] * len(functions)

    def run(i, function):
        barrier.wait()
        try:
            results[i] = function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def inputs(i):
    """Rows and labels of the i-th thread: other values and another number of rows."""
    return data(seed=i, n=12 + 9 * i)


@pytest.fixture(params=["numpy", "numba"])
def each_backend(request):
    before = get_backend()
    set_backend(request.param)
    yield request.param
    set_backend(before)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, options", variants(), ids=id_of)
def test_a_model_that_is_read_in_several_threads_answers_as_in_one(
    name, options, each_backend, contention, tmp_path
):
    model = fitted(name, **options)
    before = bits(vars(model))
    calls = [readings(model, *inputs(i), tmp_path / "m.npz") for i in range(THREADS)]
    answers = 0
    for reading in calls[0]:
        alone = [outcome(some[reading]) for some in calls]
        at_once = together([partial(outcome, some[reading]) for some in calls])
        assert at_once == alone, reading
        answers += is_answer(alone[0])
    assert answers >= 7
    assert bits(vars(model)) == before


def is_answer(result):
    """Whether a reading applies to the model at all."""
    return not (isinstance(result, tuple) and isinstance(result[0], type))


def trained_bits(name, seed):
    """What becomes of a model that is trained with its own seed and data."""
    x, y = inputs(seed)
    model = make(name, random_state=seed)
    return bits(vars(model.fit(x, *labels_of(model.fit, y))))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CLASSES)
def test_models_that_are_trained_at_once_have_the_bits_of_one_at_a_time(
    name, each_backend, contention
):
    alone = [trained_bits(name, i) for i in range(2)]
    assert alone[0] != alone[1]
    at_once = together([partial(trained_bits, name, i) for i in range(2)])
    assert at_once == alone


def test_a_backend_block_holds_for_its_thread_only(each_backend, kernels):
    other = {"numpy": "numba", "numba": "numpy"}[each_backend]
    inside, looked = threading.Event(), threading.Event()

    def block():
        with backend(other):
            inside.set()
            looked.wait(HANGS)
            return get_backend()

    def look():
        inside.wait(HANGS)
        seen = get_backend()
        looked.set()
        return seen

    assert together([block, look]) == [other, each_backend]
    assert get_backend() == each_backend


def test_each_block_gives_back_the_backend_of_the_block_around_it(
    each_backend, kernels
):
    other = {"numpy": "numba", "numba": "numpy"}[each_backend]
    seen = []
    with backend(other):
        with backend(each_backend):
            with backend(other):
                pass
            seen.append(get_backend())
        seen.append(get_backend())
    assert [*seen, get_backend()] == [each_backend, other, each_backend]


def test_set_backend_is_for_all_threads_but_not_for_blocks(each_backend, kernels):
    with backend("numpy"):
        set_backend("numba")
        assert get_backend() == "numpy"
        assert together([get_backend]) == ["numba"]
    assert get_backend() == "numba"


def test_two_threads_that_save_to_one_path_leave_one_whole_file(tmp_path):
    models = [fitted("Autoencoder", random_state=seed) for seed in (0, 1)]
    path = tmp_path / "m.npz"

    def save(model):
        for _ in range(20):
            model.save(path)
            load(path)

    together([partial(save, model) for model in models])
    assert [p.name for p in tmp_path.iterdir()] == ["m.npz"]
    thetas = [bits(model.parameters_.theta) for model in models]
    assert bits(load(path).parameters_.theta) in thetas
