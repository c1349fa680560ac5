"""Numbers that single lectures print, each against something independent."""

import math
import re

import numpy as np
import pytest
from drawn import tiles


def printed(text, name):
    """The number that a run printed after `name:`."""
    return float(re.search(rf"^{re.escape(name)}: (\S+)", text, re.M)[1])


@pytest.mark.lecture01
def test_01_prints_the_parameter_count_of_the_deep_autoencoder(quick_run):
    text, _ = quick_run("01")
    assert printed(text, "parameters of 784-1000-500-250-30 and back") == 2837314


@pytest.mark.lecture01
def test_01_uniform_pixels_cost_784_log_2(quick_run):
    assert printed(quick_run("01")[0], "every pixel at p = 1/2") == 543.4


@pytest.mark.lecture01
def test_01_memorises_eight_images_to_below_1e_4(quick_run):
    assert printed(quick_run("01")[0], "eight images memorised") < 1e-4


@pytest.mark.lecture01
def test_01_gradient_table_is_printed_and_all_rows_agree(quick_run):
    assert "all 4 gradients agree" in quick_run("01")[0]


@pytest.mark.lecture01
def test_01_anomalies_have_larger_errors(quick_run):
    text, _ = quick_run("01")
    assert printed(text, "AUC of the left-out digit 8") > 0.65
    assert printed(text, "AUC of shuffled pixels") > 0.98


@pytest.mark.lecture02
def test_eq_2_4_the_linear_autoencoder_reaches_the_principal_plane(quick_run):
    text, _ = quick_run("02")
    assert printed(text, "linear AE, largest angle to PCA's plane") < 1e-3
    assert abs(printed(text, "linear AE, relative excess loss")) < 1e-6


@pytest.mark.lecture02
def test_02_bent_code_follows_the_arc_that_pca_cannot(quick_run):
    errors = re.findall(r"arc, one code number: PCA (\S+), autoencoder (\S+)",
                        quick_run("02")[0])[0]
    assert float(errors[1]) < 0.2 * float(errors[0])


@pytest.mark.lecture03
def test_03_sparse_codes_beat_raw_pixels(quick_run):
    text, _ = quick_run("03")
    pixels = printed(text, "linear probe on raw pixels")
    assert printed(text, "linear probe on sparse codes") < pixels


@pytest.mark.lecture03
def test_03_mean_activation_comes_close_to_rho(quick_run):
    name = "KL: mean activation of the training images (wanted 0.05)"
    assert printed(quick_run("03")[0], name) == pytest.approx(0.05, abs=0.025)


@pytest.mark.lecture04
def test_04_clean_targets_denoise_and_noisy_targets_do_not(quick_run):
    text, _ = quick_run("04")
    noisy = printed(text, "noisy images, not denoised")
    assert noisy == pytest.approx(784 * 0.3**2, rel=0.02)  # a sum: SSE/img
    assert printed(text, "denoiser") < 0.3 * noisy
    assert printed(text, "the same, trained on noisy targets") > 0.5 * noisy


@pytest.mark.lecture04
def test_04_the_field_of_the_best_linear_denoiser_is_the_score(quick_run):
    text, _ = quick_run("04")
    assert printed(text, "(4.5): largest difference, Gaussian data") < 1e-12
    assert printed(text, "largest error of the learned A") < 0.05


@pytest.mark.lecture04
def test_eq_4_6_the_mean_of_what_could_be_beneath_gives_the_score(quick_run):
    """A score of the noisy spiral, by numerical differentiation of its density."""
    assert re.search(r"\(4\.6\).* x~ .* ok", quick_run("04")[0])


@pytest.mark.lecture04
def test_04_the_arrows_lead_back_to_the_spiral(quick_run):
    text, _ = quick_run("04")
    before = printed(text, "spiral: squared error before denoising")
    assert printed(text, "spiral: squared error after") < 0.8 * before


@pytest.mark.lecture05
def test_05_three_forms_of_the_divergence_are_one_number(quick_run):
    text, _ = quick_run("05")
    lines = r"^(?:difference of logs|log of the ratio|`kl_divergence`) +(\S+)"
    forms = re.findall(lines, text, re.M)
    assert forms == ["0.477185"] * 3
    sampled, error = re.search(r"samples +(\S+) \+- (\S+) bits", text).groups()
    assert abs(float(sampled) - 0.477185) < 3 * float(error)


@pytest.mark.lecture05
def test_05_draws_fit_their_own_model_and_not_the_data(quick_run):
    found = re.findall(r"chi-square (\S+) against itself, (\S+) against the data",
                       quick_run("05")[0])
    assert len(found) == 2
    for own, data in found:
        assert float(own) < 29.6 < float(data)  # 0.1 % point of 10 degrees of freedom


@pytest.mark.lecture06
def test_06_closed_form_and_grid_agree_and_draws_are_as_many_as_said(quick_run):
    text, _ = quick_run("06")
    assert printed(text, "log p(x = 3), closed form") == -2.623657
    assert printed(text, "log p(x = 3), grid over z") == -2.623657
    assert printed(text, "relative error with 271 draws") == pytest.approx(
        0.1, abs=0.01
    )
    assert printed(text, "sum of p(x) over all 3 x 3 images") == 1


@pytest.mark.lecture07
def test_07_bound_stays_below_log_p_while_learning(quick_run):
    text, _ = quick_run("07")
    assert printed(text, "largest excess of the bound over log p(x)") <= 1e-9
    assert printed(text, "gap at the end") < 0.05


@pytest.mark.lecture07
def test_07_monte_carlo_estimates_are_within_three_standard_errors(quick_run):
    text, _ = quick_run("07")
    for route in ("importance sampling", "Metropolis-Hastings"):
        assert printed(text, f"E[z|x] by {route}, in std errors from the exact") < 3


@pytest.mark.lecture08
def test_08_sampled_divergence_is_within_three_standard_errors(quick_run):
    text, _ = quick_run("08")
    assert printed(text, "sampled, in standard errors from (8.1)") < 3
    assert "all 4 gradients agree" in text


@pytest.mark.lecture09
def test_09_simulated_variances_are_those_of_the_formula(quick_run):
    text, _ = quick_run("09")
    assert printed(text, "largest relative error of a simulated variance") < 0.05
    assert "all 2 gradients agree" in text and "all 3 gradients agree" in text


@pytest.mark.lecture10
def test_10_the_sampled_divergence_is_near_the_one_in_closed_form(quick_run):
    """Of 100 000 draws, whose standard error is 0.004 nats."""
    found = re.search(r"^KL (\S+) nats; sampled (\S+)$", quick_run("10")[0], re.M)
    exact, sampled = map(float, found.groups())
    assert 0 < abs(sampled - exact) < 0.015


@pytest.mark.lecture10
def test_10_nearby_codes_have_similar_images_in_both_planes(seen):
    """A unit of z changes as much; neighbours in a grid are more alike than others."""
    run = seen("10")
    name = "{}: grey values changed per unit of z"
    ae, vae = (printed(run.text, name.format(model)) for model in ("AE", "VAE"))
    assert max(ae, vae) < 1.5 * min(ae, vae)
    for axes in run.figures["10_decoded_grids"].axes:
        grid = tiles(axes, 225)
        neighbours = np.abs(np.diff(grid.reshape(15, 15, -1), axis=1)).mean()
        others = np.abs(grid - np.random.default_rng(0).permutation(grid)).mean()
        assert neighbours < 0.25 * others


@pytest.mark.lecture10
def test_10_bound_is_recon_plus_kl(quick_run):
    text, _ = quick_run("10")
    parts = printed(text, "test reconstruction") + printed(text, "test kl")
    assert printed(text, "test elbo") == pytest.approx(-parts, abs=0.2)


@pytest.mark.lecture10
def test_10_log_p_lies_above_the_bound(quick_run):
    text, _ = quick_run("10")
    assert printed(text, "log p(x)") > printed(text, "test elbo")


@pytest.mark.lecture10
def test_eq_10_9_two_paths_meet_and_all_gradients_agree(quick_run):
    assert "all 8 gradients agree" in quick_run("10")[0]


@pytest.mark.lecture10
def test_eq_10_13_noise_falls_with_the_number_of_samples(quick_run):
    """As 1 / sqrt(L) does, equation (10.13)."""
    (stds,) = re.findall(r"m = 32: std \[(.*)\] nats for L = \(1, 4, 16\)",
                         quick_run("10")[0])
    one, four, sixteen = map(float, stds.split())
    assert sixteen < 0.5 * one and sixteen < four < one


@pytest.mark.lecture11
def test_11_importance_weighted_bound_rises_to_log_p(quick_run):
    text, _ = quick_run("11")
    exact = {1: -7.419, 5: -3.147, 50: -2.652, 500: -2.626}
    errors = [float(e) for e in re.findall(r"^  \+- (\S+),", text, re.M)]
    for (K, bound), error in zip(exact.items(), errors, strict=True):
        assert abs(printed(text, f"L_{K}") - bound) < 4 * error + 5e-4


@pytest.mark.lecture11
def test_11_gaps_are_positive(quick_run):
    """Both parts of equation (11.5)."""
    text, _ = quick_run("11")
    assert printed(text, "approximation gap") > 0 < printed(text, "amortisation gap")


@pytest.mark.lecture11
def test_11_table_has_every_model(quick_run):
    """Beside its error how wide its code is, since errors of unlike codes tempt."""
    table = quick_run("11")[0]
    widths = {"PCA": 30, "probabilistic PCA": 30, "undercomplete": 30, "sparse": 400,
              "denoising": 400, "variational": 20, "conditional": 20}
    for name, width in widths.items():
        assert re.search(rf"^{name} +{width} +\d+(\.\d+)? ", table, re.M), name


@pytest.mark.lecture12
def test_eq_12_5_total_probability_both_ways(quick_run):
    """Ten places each: all ways of 6 to 10 teeth, in habitats of 0.4, 0.6 and 0.9."""
    text, _ = quick_run("12")
    total = sum(
        share * math.comb(10, i) * t**i * (1 - t) ** (10 - i)
        for share, t in ((0.5, 0.4), (0.3, 0.6), (0.2, 0.9)) for i in range(6, 11)
    )
    for route in ("habitat by habitat", "from the mixture"):
        shown = printed(text, f"P(more than 5 teeth), {route}")
        assert shown == pytest.approx(total, abs=5e-7)


@pytest.mark.lecture12
def test_eq_12_6_posterior_over_habitats_normalises(quick_run):
    """Seven teeth of ten places: C(10, 7) is in each term and cancels."""
    text, _ = quick_run("12")
    assert printed(text, "sum of the posterior") == 1
    joint = [share * t**7 * (1 - t) ** 3
             for share, t in ((0.5, 0.4), (0.3, 0.6), (0.2, 0.9))]
    shown = re.search(r"^P\(habitat\|7 teeth\): \[(.*)\]", text, re.M)[1].split()
    by_hand = [part / sum(joint) for part in joint]
    assert [*map(float, shown)] == pytest.approx(by_hand, abs=5e-5)
    assert "sums to 1.000000, mean 1.2000, variance 0.2000" in text


@pytest.mark.lecture13
def test_eq_13_2_intensity_of_the_product_by_hand(quick_run):
    """Operations of equation (13.1) over bytes of (13.2): x, W and C moved once."""
    by_hand = 2 * 128 * 784 * 400 / (4 * (128 * 784 + 784 * 400 + 128 * 400))
    found = re.search(r"^product: (\S+) FLOP/byte", quick_run("13")[0], re.M)[1]
    assert float(found) == pytest.approx(by_hand, abs=0.05)


@pytest.mark.lecture13
def test_13_kernel_has_the_same_bits_on_one_thread_and_on_all(quick_run):
    text, _ = quick_run("13")
    assert re.search(r"^bits with 1 and \d+ threads: the same$", text, re.M)
    assert printed(text, "largest error against float64") < 1e-3


@pytest.mark.lecture13
def test_eq_13_2_the_least_time_of_adam_is_below_the_measured_but_not_far(quick_run):
    """12 operations for each of 652 800 parameters; the roof is touched or above."""
    text, _ = quick_run("13")
    least = 1e-3 * printed(text, "Question 3")
    rate = float(re.search(r"^Adam: 0.4 FLOP/byte, (\S+) GFLOP/s", text, re.M)[1])
    taken = 12 * 652_800 / 1e9 / np.array([rate + 0.05, rate - 0.05])
    assert taken[0] / 100 < least < taken[1] + 5e-6
