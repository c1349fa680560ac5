"""What takes arrays takes lists of the same numbers, and gives the same bits."""

import inspect

import numpy as np
import pytest

from scratchae import PCA, Autoencoder, VariationalAutoencoder, analysis, exact
from scratchae.exact import estimators, inference

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
BITS = (RNG.random((6, 3)) < 0.5).astype(int)
THETA = RNG.uniform(0.1, 0.9, (2, 3))
Q = np.array([[0.3, 0.7]] * 5 + [[0.0, 1.0]])
Z = RNG.normal(size=(6, 2))
NARROW = exact.LinearGaussian(X[:2, :1])  # two numbers, one cause
WIDE = exact.LinearGaussian(X[:, :2][:3])
LABELS = [0, 1, 0, 1, 0, 1]


def discrete(as_):
    return exact.DiscreteLatent(as_(Q[0]), as_(THETA))


def net(as_):
    return exact.BeliefNet(3).fit(as_(BITS), steps=2)


def seeded():
    return np.random.default_rng(1)


EXACT = {  # name of a public function or method: a call of it with arrays or lists
    "BeliefNet.fit": lambda as_: net(as_).W,
    "BeliefNet.log_likelihood": lambda as_: net(as_).log_likelihood(as_(BITS)),
    "BeliefNet.loss": lambda as_: net(as_).loss(as_(X[:3]), as_(X[0]), as_(BITS)),
    "BeliefNet.sample": lambda as_: net(as_).sample(3, seeded()),
    "DiscreteLatent.sample": lambda as_: discrete(as_).sample(3, seeded()),
    "DiscreteLatent.log_conditional":
        lambda as_: discrete(as_).log_conditional(as_(BITS)),
    "DiscreteLatent.log_joint": lambda as_: discrete(as_).log_joint(as_(BITS)),
    "DiscreteLatent.log_likelihood":
        lambda as_: discrete(as_).log_likelihood(as_(BITS)),
    "DiscreteLatent.posterior": lambda as_: discrete(as_).posterior(as_(BITS)),
    "DiscreteLatent.elbo":
        lambda as_: [*discrete(as_).elbo(as_(BITS), as_(Q)).values()],
    "LinearGaussian.sample":
        lambda as_: exact.LinearGaussian(as_(X)).sample(3, seeded()),
    "LinearGaussian.mean": lambda as_: WIDE.mean(as_(Z)),
    "LinearGaussian.log_likelihood": lambda as_: WIDE.log_likelihood(as_(X)),
    "LinearGaussian.posterior": lambda as_: WIDE.posterior(as_(X)),
    "LinearGaussian.log_conditional":
        lambda as_: WIDE.log_conditional(as_(X), as_(Z)),
    "LinearGaussian.log_joint": lambda as_: WIDE.log_joint(as_(X), as_(Z)),
    "LinearGaussian.elbo": lambda as_: [*WIDE.elbo(
        as_(X), as_(Z), as_(np.array([np.eye(2)] * 6))).values()],
    "LinearGaussian.quadrature": lambda as_: NARROW.quadrature(as_(X[:, :2])),
    "TwoHills.log_density": lambda as_: exact.TwoHills().log_density(as_(X)),
    "TwoHills.score": lambda as_: exact.TwoHills().score(as_(X)),
    "TwoHills.forward_kl": lambda as_: exact.TwoHills().forward_kl(0.5, 0.1),
    "TwoHills.reverse_kl": lambda as_: exact.TwoHills().reverse_kl(0.5, 0.1),
    "TwoHills.fit": lambda as_: exact.TwoHills().fit(
        exact.TwoHills().reverse_kl, 0.5, 0.1, steps=2),
    "derivation": lambda as_: [*exact.derivation(
        as_(Q[0]), as_(Q[1]), as_(THETA[:, 0])).values()],
    "jensen_steps": lambda as_: [*exact.jensen_steps(as_(Q[5]), as_(Q[0])).values()],
    "gaussian_fit_gradient":
        lambda as_: inference.gaussian_fit_gradient(NARROW, as_(X[0, :2]), 0.1, 0.2),
    "fit_gaussian":
        lambda as_: inference.fit_gaussian(NARROW, as_(X[0, :2]), as_(Z[0])),
    "importance_sampling":
        lambda as_: inference.importance_sampling(NARROW, as_(X[0, :2]), 9, seeded()),
    "metropolis_hastings": lambda as_: inference.metropolis_hastings(
        NARROW, as_(X[0, :2]), 9, seeded())[0],
    "chain_mean_error": lambda as_: inference.chain_mean_error(as_(X.ravel()), 5),
    "importance_weighted_bound": lambda as_: inference.importance_weighted_bound(
        NARROW, as_(X[0, :2]), 3, 4, seeded()),
    "naive_draws": lambda as_: inference.naive_draws(as_(X[0]), 2),
    "pathwise": lambda as_: estimators.pathwise(as_(X[0]), as_(X[1])),
    "score_function": lambda as_: estimators.score_function(as_(X[0]), as_(X[1])),
    "variances": lambda as_: [*estimators.variances(as_(X[0])).values()],
    "mean_baseline": lambda as_: estimators.mean_baseline(as_(X[0])),
}


def fitted(model):
    return model.set_params(random_state=0).fit(np.abs(X) / 5)


@pytest.fixture(scope="module")
def models():
    small = {"epochs": 1, "verbose": False}
    return {"pca": PCA(2).fit(X), "ae": fitted(Autoencoder(2, (4,), **small)),
            "vae": fitted(VariationalAutoencoder(2, (4,), **small))}


IN_UNIT = np.abs(X) / 5
ANALYSIS = {
    "active_units": lambda of, as_: analysis.active_units(of["vae"], as_(IN_UNIT)),
    "anomaly_parts": lambda of, as_: analysis.anomaly_parts(of["pca"], as_(X))[0],
    "anomaly_scores": lambda of, as_: analysis.anomaly_scores(of["pca"], as_(X)),
    "auc": lambda of, as_: analysis.auc(as_(X[0]), as_(X[1])),
    "factor_directions": lambda of, as_: analysis.factor_directions(
        as_(X), {"f": as_(X[:, 0])})["f"][1],
    "filters": lambda of, as_: analysis.filters(of["ae"]),
    "interpolate": lambda of, as_: analysis.interpolate(as_(X[0]), as_(X[1])),
    "kl_per_dimension": lambda of, as_: analysis.kl_per_dimension(
        of["vae"], as_(IN_UNIT)),
    "loss_panel": lambda of, as_: [value for _, value, _ in analysis.loss_panel(
        of["vae"], as_(IN_UNIT))],
    "maximising_images": lambda of, as_: analysis.maximising_images(of["ae"], steps=2),
    "mutual_information": lambda of, as_: analysis.mutual_information(
        of["vae"], as_(IN_UNIT), rng=seeded()),
    "nearest_neighbours": lambda of, as_: analysis.nearest_neighbours(as_(X), as_(X)),
    "neighbour_error": lambda of, as_: analysis.neighbour_error(
        as_(X), as_(np.array(LABELS)), as_(X[::-1]), as_(np.array(LABELS))),
    "GaussianMixture": lambda of, as_: analysis.GaussianMixture(
        1).fit(as_(X)).means_,
    "LinearProbe": lambda of, as_: analysis.LinearProbe().fit(
        as_(X), as_(np.array(LABELS))).predict(as_(X)),
}


def same(answer):
    """The bits of what a call gives for arrays and for lists."""
    arrays, lists = answer(np.asarray), answer(np.ndarray.tolist)
    parts = [arrays, lists] if not isinstance(arrays, (tuple, list)) else [
        np.concatenate([np.ravel(part) for part in one]) for one in (arrays, lists)]
    np.testing.assert_array_equal(*parts)


@pytest.mark.parametrize("name", EXACT)
def test_exact_models_take_lists(name):
    same(EXACT[name])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ANALYSIS)
def test_questions_to_a_model_take_lists(name, models):
    same(lambda as_: ANALYSIS[name](models, as_))


def test_every_public_function_is_asked():
    def public(thing):
        return {name for name, value in vars(thing).items()
                if inspect.isfunction(value) and not name.startswith("_")}

    asked = {f"{kind.__name__}.{name}" for kind in vars(exact).values()
             if inspect.isclass(kind) for name in public(kind)}
    for module in (exact, inference, estimators):
        asked |= {name for name in public(module)
                  if getattr(module, name).__module__.startswith("scratchae.exact")}
    assert asked == EXACT.keys()
    assert {*analysis.__all__} - {"print_panel"} == ANALYSIS.keys()  # which takes rows
