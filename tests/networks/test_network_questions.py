"""What a network starts from, keeps, and says of itself while it is not trained."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.bounds import FreeBits, bound_of
from scratchae.networks.checking import checkable, random_parameters
from scratchae.networks.likelihood import encoder_output, terms_of_each
from scratchae.networks.own import posterior_of
from scratchae.networks.pixels import BernoulliPixels
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn import plain
from scratchae.nn.evaluation import evaluate
from scratchae.nn.own import activation_of


def test_logits_start_within_one_in_a_thousand_of_certainty():
    """Of a pixel that is never inked, always, and half of the time."""
    x = np.array([[0, 1, 0], [0, 1, 1]], np.float32)
    edge = np.log(0.999 / 0.001)
    np.testing.assert_allclose(BernoulliPixels().start(x), [-edge, edge, 0])


@pytest.mark.parametrize("most, epochs, numbers", [
    (3, 2, [2, 3, 3, 3]), (2, 2, [1, 2, 2, 2]), (50, 4, [3, 7, 19, 50]),
    (5, 1, [5, 5, 5, 5])])
def test_epoch_e_of_the_first_E_has_K_to_the_e_over_E_samples(most, epochs, numbers):
    """So its help says; one epoch changes nothing, and `train` refuses that."""
    network = VariationalNetwork((4, 3, 2), n_samples=most,
                                 samples_warmup_epochs=epochs)
    assert [network.n_samples_at(epoch) for epoch in (1, 2, 3, 4)] == numbers


SCHEDULES = [
    ({}, {"kl_weight": 1.0}),
    ({"kl_weight": 0.5, "kl_warmup_epochs": 4}, {"kl_weight": 0.25}),
    ({"samples_warmup_epochs": 4, "n_samples": 9}, {"kl_weight": 1.0, "n_samples": 3}),
    ({"objective": "iwae", "n_samples": 9}, {}),
    ({"objective": "iwae", "n_samples": 9, "samples_warmup_epochs": 4},
     {"n_samples": 3}),
]


@pytest.mark.parametrize("options, said", SCHEDULES)
def test_a_history_has_what_rises_in_an_epoch_and_no_weight_that_does_not_count(
    options, said
):
    network = VariationalNetwork((4, 3, 2), **options)
    assert network.scheduled(2) == said
    last = {"kl_weight": network.kl_weight, "n_samples": network.n_samples}
    assert network.scheduled() == {name: last[name] for name in said}


def test_without_a_warm_up_every_epoch_has_the_last_weight_and_samples():
    network = VariationalNetwork((4, 3, 2), kl_weight=0.5, n_samples=3)
    for epoch in (None, 0, 1, 9):
        assert (network.kl_weight_at(epoch), network.n_samples_at(epoch)) == (0.5, 3)


def test_gradients_to_be_checked_stay_when_the_network_goes_on(rng):
    network, twin = (AutoencoderNetwork((4, 3, 2), dtype=d) for d in (float, complex))
    point = random_parameters(network, rng)
    with backend("numpy"):
        _, gradients, _ = checkable(network, twin, {"x": rng.random((5, 4))}, point)
        before = {name: gradient.copy() for name, gradient in gradients.items()}
        network.loss(rng.random((5, 4)))
        network.backward()
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, before[name])


def test_random_weights_keep_the_size_of_signals_and_biases_are_of_size_one():
    network = AutoencoderNetwork((900, 100), dtype=np.float64)
    point = random_parameters(network, np.random.default_rng(0))
    sizes = {name: value.std() for name, value in point.items()}
    expected = {"encoder.0.W": 1 / 30, "decoder.0.W": 1 / 10, "encoder.0.b": 1,
                "decoder.0.b": 1}
    assert sizes == pytest.approx(expected, rel=0.2)


def test_a_question_between_forward_and_backward_changes_no_gradient(rng):
    network = AutoencoderNetwork((4, 3, 2), dtype=np.float64)
    x, other = rng.random((2, 5, 4))
    network.initialise(rng, x)
    with backend("numpy"):
        gradients = []
        for asked in (False, True):
            network.loss(x)
            if asked:
                network.encoder.input_gradient(other, np.ones((5, 2)))
                network.decoder.predict(np.ones((5, 2)))
            network.backward()
            gradients.append(network.parameters.grad.copy())
    np.testing.assert_array_equal(*gradients)


def test_figures_are_those_of_the_noise_of_seed_0_in_blocks_of_1000_rows(rng):
    network, x = VariationalNetwork((3, 2), dtype=np.float64), rng.random((1003, 3))
    network.initialise(rng, x)
    noise, expected = np.random.default_rng(0), {}
    with backend("numpy"):
        for rows in (x[:1000], x[1000:]):
            b = (noise.random(rows.shape) < rows).astype(float)
            losses = network.loss(b, noise.standard_normal((len(rows), 2)))
            for name, value in losses.items():
                expected[name] = expected.get(name, 0) + value * len(rows) / 1003
        assert evaluate(network, x) == pytest.approx(expected, rel=1e-12)


class Whole:
    """A posterior of one's own: a mean, and more numbers that are no mean."""

    def size(self, k):
        return 3 * k

    def forward(self, head, eps):
        return head[:, :2] + eps, np.zeros(len(head)), None

    def backward(self, dz, d_kl, cache):
        return np.tile(dz, 3)


@pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")
def test_the_mean_of_an_own_posterior_is_its_first_columns_and_its_sample_z(rng):
    posterior, head = posterior_of(Whole(), 2), rng.normal(size=(4, 6))
    eps = rng.normal(size=(4, 2))
    np.testing.assert_array_equal(posterior.mean(head), head[:, :2])
    np.testing.assert_array_equal(posterior.sample(head, eps), head[:, :2] + eps)


class OwnWords(Whole):
    """And one that answers both questions itself."""

    def mean(self, head):
        return head[:, 2:4]

    def sample(self, head, eps):
        return head[:, 4:] - eps


def test_an_own_posterior_answers_what_it_can_itself(rng):
    posterior, head = posterior_of(OwnWords(), 2), rng.normal(size=(4, 6))
    eps = rng.normal(size=(4, 2))
    np.testing.assert_array_equal(posterior.mean(head), head[:, 2:4])
    np.testing.assert_array_equal(posterior.sample(head, eps), head[:, 4:] - eps)


class Keeps(Whole):
    """A posterior that keeps how many dimensions it has been told."""

    def size(self, k):
        self.k = k
        return 2 * k

    def mean(self, head):
        return head[:, : self.k]


def test_networks_with_one_own_posterior_have_each_their_own_dimensions():
    own, head = Keeps(), np.ones((4, 6))
    two, three = posterior_of(own, 2), posterior_of(own, 3)
    assert two.mean(head).shape == (4, 2) and three.mean(head).shape == (4, 3)
    assert (two.k, two.size, three.k, three.size) == (2, 4, 3, 6)


@pytest.mark.parametrize("said", [True, False, None])
def test_an_own_activation_has_a_kink_if_it_says_so(said):
    class Mine:
        def forward(self, a):
            return a, None

        def backward(self, dh, cache):
            return dh

    if said is not None:
        Mine.kinked = said
    network = AutoencoderNetwork((3, 2, 1), activation=Mine())
    assert activation_of(Mine()).kinked is bool(said)
    with backend("numpy"):
        network.loss(np.ones((4, 3), np.float32))
    assert len(network.kink_pattern()) == (4 * (2 + 2) if said else 0)


def test_a_small_floor_of_free_bits_is_a_floor_and_none_is_none():
    assert bound_of("elbo", 1e-6).floor == 1e-6
    assert not isinstance(bound_of("elbo", 0.0), FreeBits)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("entries", [[1e30, 1], [np.inf, 1], [np.nan, 1]])
def test_a_gradient_that_overflows_has_no_finite_norm_and_costs_no_warning(entries):
    for dtype, power in ((np.float32, 1), (np.float64, 10)):
        grad = np.array(entries * 8, dtype) ** power
        assert not np.isfinite(plain.squared_norm(grad))


@pytest.mark.parametrize("labels", [0, 2])
def test_answers_about_each_image_are_of_the_draws_of_the_generator_given(labels, rng):
    """A block of 1000 rows, and one of 3."""
    network = VariationalNetwork((4, 2), n_classes=labels, dtype=np.float64)
    x = rng.random((1003, 4 + labels))
    network.initialise(rng, x)
    noise, heads, recon = np.random.default_rng(7), [], []
    with backend("numpy"):
        for rows in (x[:1000], x[1000:]):
            b = (noise.random((len(rows), 4)) < rows[:, :4]).astype(float)
            eps = noise.standard_normal((len(rows), 2))
            label = rows[:, 4:] if labels else None
            heads.append(network.encode(b, label))
            recon.append(network.terms(b, eps, label)["recon"])
        got = encoder_output(network, x, np.random.default_rng(7))
        terms = terms_of_each(network, x, np.random.default_rng(7), "owner")
    np.testing.assert_allclose(got, np.concatenate(heads), rtol=1e-12)
    np.testing.assert_allclose(terms["recon"], np.concatenate(recon), rtol=1e-12)


def test_a_network_that_sees_labels_starts_at_the_mean_of_its_images(rng):
    network = VariationalNetwork((3, 2), n_classes=2, dtype=np.float64)
    x = np.hstack([rng.uniform(0.1, 0.9, (20, 3)), np.eye(2)[np.arange(20) % 2]])
    network.initialise(rng, x)
    mean = x[:, :3].mean(axis=0)
    np.testing.assert_allclose(network.decoder.layers[-1].b, np.log(mean / (1 - mean)))


def test_questions_to_a_variational_network_leave_its_next_gradient_alone(rng):
    network = VariationalNetwork((4, 3, 2), dtype=np.float64)
    x, other = rng.random((2, 5, 4))
    network.initialise(rng, x)
    drawn, asked = network.draw(x, rng), network.draw(other, rng)
    gradients = []
    with backend("numpy"):
        for question in (None, network.encode, network.terms, network.log_weights):
            network.loss(**drawn)
            if question == network.log_weights:
                head = rng.normal(size=(5, 4))
                network.log_weights(head, asked["x"], asked["eps"])
            elif question:
                question(**asked)
            network.backward()
            gradients.append(network.parameters.grad.copy())
    for gradient in gradients[1:]:
        np.testing.assert_array_equal(gradient, gradients[0])


def test_a_gaussian_decoders_images_stay_grey_and_a_bernoullis_if_that_is_asked(rng):
    x = rng.uniform(0.1, 0.9, (5, 3))
    for options, grey in (({"decoder": "gaussian"}, True), ({"binarize": False}, True),
                          ({}, False)):
        drawn = VariationalNetwork((3, 2), dtype=np.float64, **options).draw(x, rng)
        assert np.isin(drawn["x"], [0, 1]).all() != grey
        assert np.array_equal(drawn["x"], x) == grey


def test_terms_of_each_image_are_float64_means_over_its_samples(rng):
    for options in ({}, {"objective": "iwae"}):
        network = VariationalNetwork((3, 2), **options)
        x, eps = rng.random((4, 3), np.float32), rng.normal(size=(12, 2))
        network.initialise(rng, x)
        with backend("numpy"):
            terms = network.terms(x, eps.astype(np.float32))
        assert {term.dtype for term in terms.values()} == {np.dtype(float)}
        assert {term.shape for term in terms.values()} == {(4,)}
