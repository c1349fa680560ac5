"""Questions to a posterior of one's own: it says what its numbers mean."""

import numpy as np
import pytest

from scratchae import VariationalAutoencoder, analysis
from scratchae.networks.posteriors import DiagonalPosterior

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]
K = 2
X = np.random.default_rng(0).normal(size=(60, 5))
TOLD = {"mean", "std", "sample", "divergences", "standardised", "log_det"}


class Turned:
    """The diagonal posterior, whose log_var come first and whose mu come last."""

    def size(self, k):
        self.k, self.q = k, DiagonalPosterior(k)
        return 2 * k

    def there(self, head):
        return np.concatenate([head[..., self.k :], head[..., : self.k]], axis=-1)

    def forward(self, head, eps):
        return self.q.forward(self.there(head), eps)

    def backward(self, dz, d_kl, cache):
        return self.there(self.q.backward(dz, d_kl, cache))

    def standardised(self, z, row):
        return self.q.standardised(z, self.there(row))

    def __getattr__(self, name):
        if name not in TOLD:
            raise AttributeError(name)
        return lambda head, *rest: getattr(self.q, name)(self.there(head), *rest)


def model_with(posterior):
    return VariationalAutoencoder(
        K, (4,), decoder="gaussian", posterior=posterior, epochs=2, verbose=False,
        dtype="float64", random_state=0)


@pytest.fixture(scope="module")
def twins():
    """The package's model and one with an own posterior, of one and the same q(z|x)."""
    plain, own = model_with("diagonal").fit(X), model_with(Turned()).fit(X)
    for name, value in plain.parameters_.values.items():
        turned = "encoder.1." in name
        own.parameters_.values[name][...] = np.roll(value, K, -1) if turned else value
    return plain, own


@pytest.mark.parametrize("ask", [
    analysis.kl_per_dimension,
    lambda model, x: [analysis.active_units(model, x, threshold=t).sum()
                      for t in np.geomspace(1e-6, 10, 50)],
    lambda model, x: analysis.mutual_information(model, x, rng=0),
    analysis.anomaly_scores, lambda model, x: analysis.anomaly_parts(model, x)[1],
])
def test_an_answer_is_that_of_the_same_distribution(twins, ask):
    plain, own = (ask(model, X) for model in twins)
    np.testing.assert_allclose(own, plain, rtol=1e-12)


def test_log_det_is_what_makes_a_density_of_what_is_standardised(rng):
    for name in "diagonal", "full":
        q = model_with(name).build_network(5).posterior
        head, eps = rng.normal(size=(1, q.size)), rng.normal(size=(3, K))
        z, Sigma = q.sample(np.repeat(head, 3, axis=0), eps), q.covariance(head)[0]
        np.testing.assert_allclose(q.standardised(z, head[0]), eps)
        np.testing.assert_allclose(2 * q.log_det(head)[0], np.linalg.slogdet(Sigma)[1])


@pytest.mark.parametrize("hidden", [(), (4,)])
def test_no_image_excites_a_code_that_is_not_the_first_outputs(hidden):
    for posterior in "diagonal", "full":
        model = model_with(posterior).set_params(hidden_layer_sizes=hidden).fit(X)
        assert analysis.maximising_images(model, steps=2).shape == (K, 5)
    own = model_with(Turned()).set_params(hidden_layer_sizes=hidden).fit(X)
    with pytest.raises(TypeError, match="^maximising_images expects a code that is the "
                                        "first 2 outputs.*Turned.*has another mean$"):
        analysis.maximising_images(own)


@pytest.mark.parametrize("missing, ask", [
    ("divergences", analysis.kl_per_dimension),
    *((name, lambda model, x: analysis.mutual_information(model, x, rng=0))
      for name in ("standardised", "log_det")),
])
def test_what_an_own_posterior_does_not_say_is_named(missing, ask, monkeypatch):
    class Silent(Turned):
        def __getattribute__(self, name):
            if name == missing:
                raise AttributeError(name)
            return super().__getattribute__(name)

        def __getattr__(self, name):
            if name == missing:
                raise AttributeError(name)
            return super().__getattr__(name)

    model = model_with(Silent()).fit(X)
    with pytest.raises(AttributeError, match=f"Silent has no method '{missing}'"):
        ask(model, X)
