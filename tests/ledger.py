"""The ledger: which cell, functions and tests make each slide of the lecture real.

`python tests/ledger.py` prints it; test_ledger.py holds the project to it.
"""

import re
from typing import NamedTuple

from equations import all_stated, named_tests

from scratchae.site.slides import TITLES

LAST_SLIDE = 66


class Row(NamedTuple):
    """What realises some slides.

    slides : such as "S06-S08" or "S13, S14"   lecture : the script's number
    cell : heading of the cell that explains them
    functions : dotted names below `scratchae` that the script calls
    tests : "file::test" without the folder and the suffix
    """

    slides: str
    lecture: str
    cell: str
    functions: tuple
    tests: tuple


def slide_ids(text):
    """The ids in a text: "S06-S08, S02a" gives {"S06", "S07", "S08", "S02a"}."""
    ids = set()
    for first, last in re.findall(r"S(\d\da?)(?:-S(\d\d))?", text):
        if last:
            ids |= {f"S{number:02d}" for number in range(int(first), int(last) + 1)}
        else:
            ids.add(f"S{first}")
    return ids


LEDGER = (
    Row("S01-S05", "01", "The map of the course",
        ("course.Lecture",), ("test_lectures::test_every_cited_key_resolves",)),
    Row("S02a", "01", "What autoencoders are for (S02)",
        ("Autoencoder.transform", "Autoencoder.reconstruct",
         "Autoencoder.inverse_transform", "analysis.anomaly_scores", "analysis.auc"),
        ("test_printed::test_01_anomalies_have_larger_errors",
         "test_lecture_demonstrations::"
         "test_01_each_area_is_shown_and_names_the_lecture_that_does_it_well",
         "test_codes::test_auc_by_hand_and_against_scikit_learn")),
    Row("S06-S08", "01", "Input = output (S06-S08)",
        ("Autoencoder.fit", "Autoencoder.reconstruct", "nn.mlp.mlp_shapes"),
        ("test_nn::test_parameter_count_of_hinton_and_salakhutdinov",
         "test_models::test_transform_and_back_have_the_shapes_of_the_slides",
         "test_models::test_overcomplete_unregularised_autoencoder_warns",
         "test_printed::test_01_memorises_eight_images_to_below_1e_4")),
    Row("S09", "01", "Training, written out (S09)",
        ("formulas.dense.dense_backward", "formulas.optimizers.adam_step",
         "formulas.optimizers.sgd_step", "formulas.optimizers.momentum_step",
         "formulas.optimizers.weight_decay_step", "gradcheck.check_parameters"),
        ("test_dense::test_dense_gradient",
         "test_activations::test_eq_1_6_derivative_by_complex_step",
         "test_models::test_every_parameter_moves_after_one_step",
         "test_lecture_demonstrations::test_01_every_rule_that_is_stated_is_run",
         "test_optimizers::"
         "test_eq_1_17_weight_decay_shrinks_weights_and_leaves_biases")),
    Row("S10", "01", "The loss (S10)",
        ("formulas.losses.squared_error_forward",
         "formulas.losses.bernoulli_nll_forward"),
        ("test_losses::test_eq_1_2_squared_error_by_hand",
         "test_losses::test_uniform_decoder_costs_784_log_2")),
    Row("S11", "01", "The family (S11)", ("plots.family_tree",),
        ("test_lectures::test_lecture_runs_in_any_folder_and_saves_what_it_names",)),
    Row("S12, S14", "02", "Nonlinear against linear (S12, S14)",
        ("Autoencoder.reconstruction_error", "PCA.reconstruct"),
        ("test_printed::test_02_bent_code_follows_the_arc_that_pca_cannot",
         "test_lecture_demonstrations::"
         "test_02_errors_fall_with_the_width_and_lie_below_those_of_pca")),
    Row("S13", "02", "PCA in four lines (S13)",
        ("PCA", "formulas.subspaces.principal_angles"),
        ("test_planes::test_pca_reproduces_the_twelve_test_errors_of_mnist",
         "test_printed::"
         "test_eq_2_4_the_linear_autoencoder_reaches_the_principal_plane")),
    Row("S15", "03", "A loss with a second term (S15-S16)",
        ("formulas.penalties.l1_backward", "formulas.penalties.kl_sparsity_backward",
         "formulas.penalties.top_k_backward",
         "formulas.penalties.contractive_backward"),
        ("test_penalties::test_kl_sparsity_couples_the_batch",
         "test_regularised_models::"
         "test_eq_3_8_loss_is_reconstruction_plus_weighted_penalty")),
    Row("S16", "03", "Wider than the data (S16)", ("SparseAutoencoder",),
        ("test_lecture_demonstrations::"
         "test_03_a_penalty_finds_causes_in_a_code_wider_than_the_data",)),
    Row("S16", "03", "Features for another task (S16)",
        ("LinearProbe", "analysis.neighbour_error", "analysis.filters",
         "analysis.maximising_images"),
        ("test_probe::test_probe_agrees_with_scikit_learn",
         "test_printed::test_03_sparse_codes_beat_raw_pixels")),
    Row("S16", "04", "One on top of the other: stacking and fine-tuning (S16, S18)",
        ("StackedClassifier.evaluate",),
        ("test_lectures::test_every_claim_holds_in_a_quick_run",)),
    Row("S17", "03", "Four models of the same width (S17)",
        ("SparseAutoencoder",),
        ("test_regularised_models::test_mean_activation_reaches_rho",
         "test_regularised_models::test_sparsity_rises_with_lambda",
         "test_penalties::"
         "test_eq_3_5_top_k_keeps_the_largest_and_passes_their_gradient_only")),
    Row("S18", "04", "The loss (S18)",
        ("DenoisingAutoencoder", "formulas.corruption.add_gaussian_noise",
         "formulas.corruption.mask", "formulas.corruption.salt_and_pepper",
         "formulas.wiener.wiener_denoiser"),
        ("test_regularised_models::test_eq_4_1_target_is_the_clean_image",
         "test_linear_models::"
         "test_linear_denoising_autoencoder_reaches_the_closed_form",
         "test_ppca::test_eq_4_3_wiener_is_the_best_of_all_linear_denoisers")),
    Row("S19", "04", "Where the arrows point (S19)",
        ("DenoisingAutoencoder.reconstruct",),
        ("test_printed::test_04_the_field_of_the_best_linear_denoiser_is_the_score",)),
    Row("S20-S22", "05", "Worms with teeth (S20-S22)",
        ("data.worms.load_worms", "data.worms.uniform", "data.worms.binomial"),
        ("test_information::test_models_are_distributions",)),
    Row("S23", "05", "Entropy (S23)", ("formulas.information.entropy",),
        ("test_information::test_eq_5_2_entropies_of_the_lecture",
         "test_information::test_laws")),
    Row("S24", "05", "The divergence (S24)", ("formulas.information.kl_divergence",),
        ("test_information::test_infinite_where_q_is_zero_and_p_is_not",
         "test_printed::test_05_three_forms_of_the_divergence_are_one_number")),
    Row("S25", "05", "Which model loses less? (S25)",
        ("formulas.information.kl_divergence", "data.worms.ad_hoc"),
        ("test_information::test_eq_5_3_divergences_of_the_slide",
         "test_information::test_best_parameters_of_the_worm_models")),
    Row("S26", "05", "Three properties (S26)", ("formulas.information.kl_divergence",),
        ("test_information::test_laws",
         "test_information::test_swapped_arguments_are_noticed")),
    Row("S27", "05", "Models that generate (S27)", ("data.worms.binomial",),
        ("test_printed::test_05_draws_fit_their_own_model_and_not_the_data",)),
    Row("S28-S31", "10", "A code that is a distribution (S28-S31)",
        ("VariationalAutoencoder.encode_distribution",
         "VariationalAutoencoder.inverse_transform"),
        ("test_printed::test_10_nearby_codes_have_similar_images_in_both_planes",
         "test_printed::test_10_bound_is_recon_plus_kl",
         "test_models::test_transform_and_back_have_the_shapes_of_the_slides")),
    Row("S28-S31", "06", "Causes behind images (S28-S31)",
        ("plots.image_rows", "data.vary_strokes"),
        ("test_vary_strokes::test_one_factor_varies_and_nothing_else",)),
    Row("S32", "06", "Bayes' theorem and the evidence (S32)",
        ("exact.LinearGaussian", "exact.inference.naive_draws"),
        ("test_exact::test_log_likelihood_and_posterior_of_the_lecture",
         "test_exact::test_eq_6_2_quadrature_equals_the_closed_form",
         "test_inference::test_eq_6_5_naive_draws_against_the_dimension")),
    Row("S33", "07", "Solution two: Monte Carlo (S33)",
        ("exact.inference.importance_sampling", "exact.inference.metropolis_hastings"),
        ("test_inference::test_importance_sampling_finds_evidence_and_posterior",
         "test_inference::"
         "test_eq_7_8_the_chain_has_the_posteriors_mean_variance_and_rate")),
    Row("S34", "07", "Solution one: variational inference (S33-S34)",
        ("exact.inference.fit_gaussian",),
        ("test_inference::test_gradient_fit_finds_the_posterior",)),
    Row("S35, S49", "07", "The identity (S35, S49)", ("exact.LinearGaussian.elbo",),
        ("test_exact::test_eq_7_6_the_ledger_of_the_bound",
         "test_exact::test_d_dimensional_bound_plus_gap_is_log_p")),
    Row("S36", "10", "The price of the second term (S36): beta",
        ("VariationalAutoencoder.evaluate",),
        ("test_gradient_networks::test_planted_missing_kl_weight_is_caught",)),
    Row("S37-S38", "10", "The loss and its gradient, written out (S37)",
        ("formulas.divergences.kl_diag_gaussian_forward",
         "formulas.losses.bernoulli_nll_backward"),
        ("test_variational_formulas::"
         "test_eq_10_4_kl_equals_monte_carlo_with_the_models_own_sampler",
         "test_gradient_checks::test_every_gradient_agrees_with_the_complex_step")),
    Row("S39", "10", "Twenty dimensions, to measure (S36, S57)",
        ("VariationalAutoencoder.sample", "VariationalAutoencoder.reconstruct"),
        ("test_variational_family::test_every_variant_learns_saves_and_loads",)),
    Row("S40-S41", "06", "A model without latent variables (S40-S41)",
        ("exact.BeliefNet",),
        ("test_exact::test_belief_net_sums_to_one_learns_and_samples",)),
    Row("S42-S45", "06", "The way out (S42-S45)", ("exact.LinearGaussian.posterior",),
        ("test_exact::test_log_likelihood_and_posterior_of_the_lecture",)),
    Row("S46-S48", "07", "The derivation, line by line (S46-S48)",
        ("exact.derivation", "exact.DiscreteLatent"),
        ("test_exact::test_every_line_of_the_derivation_is_the_divergence",)),
    Row("S50", "07", "Learning the model too (S50)",
        ("networks.variational.VariationalNetwork",),
        ("test_bound::test_eq_10_2_the_bound_never_exceeds_log_p",
         "test_printed::test_07_bound_stays_below_log_p_while_learning")),
    Row("S51", "10", "One sample is enough (S51)", ("formulas.corruption.binarize",),
        ("test_printed::test_eq_10_13_noise_falls_with_the_number_of_samples",)),
    Row("S52", "08", "The formula (S52)",
        ("formulas.gaussian_divergence.kl_gaussian",
         "formulas.gaussian_divergence.kl_gaussian_backward"),
        ("test_gaussian_divergence::test_gaussian_divergences_of_the_lecture",
         "test_gaussian_divergence::"
         "test_eq_8_6_contains_the_diagonal_divergence_and_is_a_mean")),
    Row("S53", "09", "First way: the score function (S53)",
        ("exact.estimators.score_function", "exact.estimators.pathwise"),
        ("test_inference::"
         "test_eq_9_3_estimators_have_the_variances_of_the_formula",)),
    Row("S54-S56", "09", "Reparameterization trick: z = mu + sigma eps (S54-S56)",
        ("formulas.reparameterization.reparameterize_diag_forward",
         "formulas.reparameterization.reparameterize_cholesky_backward"),
        ("test_variational_formulas::test_eq_10_6_sampler_std_is_exp_of_half_log_var",
         "test_variational_family::"
         "test_eq_9_5_cholesky_samples_have_mean_and_covariance",
         "test_variational_formulas::test_eq_10_7_gradients_with_frozen_noise")),
    Row("S57", "10", "Twenty dimensions, to measure (S36, S57)",
        ("VariationalAutoencoder.sample",),
        ("test_variational_family::"
         "test_log_likelihood_lies_above_the_bound_and_rises_with_samples",)),
    Row("S57", "10", "What the autoencoder lacks: a density (S57)",
        ("analysis.GaussianMixture.sample",),
        ("test_density::test_no_step_lowers_the_likelihood",
         "test_density::test_samples_have_the_moments_of_the_mixture")),
    Row("S58", "11", "A bound, not the likelihood (S58)",
        ("exact.inference.importance_weighted_bound",
         "formulas.importance.log_mean_exp_backward", "ProbabilisticPCA"),
        ("test_inference::test_importance_weighted_bound",
         "test_linear_models::"
         "test_linear_vae_reaches_probabilistic_pca_and_never_exceeds_it",
         "test_printed::test_11_importance_weighted_bound_rises_to_log_p")),
    Row("S59", "11", "Summary (S59)", ("LinearProbe", "course.Lecture.table"),
        ("test_printed::test_11_table_has_every_model",)),
    Row("S60", "12", "Never negative (S60)", ("exact.jensen_steps",),
        ("test_exact::test_eq_12_1_jensen_step_by_step",
         "test_information::test_laws")),
    Row("S61", "12", "Zero only for equals (S61)",
        ("formulas.information.kl_divergence",), ("test_information::test_laws",)),
    Row("S62", "12", "Not a distance (S62)",
        ("formulas.information.cross_entropy", "formulas.information.jensen_shannon"),
        ("test_information::test_eq_12_2_cross_entropies_of_the_appendix",)),
    Row("S63", "12", "One hill for two: D(P||Q) (S63)",
        ("exact.TwoHills", "exact.TwoHills.fit"),
        ("test_two_hills::test_forward_fit_covers_both_hills_from_any_start",)),
    Row("S64", "12", "Swapped: D(Q||P) (S64)", ("exact.TwoHills.fit",),
        ("test_two_hills::test_reverse_fit_picks_the_hill_it_starts_at",)),
    Row("S65", "12", "The law of total probability (S65)",
        ("data.worms.binomial", "exact.LinearGaussian.quadrature"),
        ("test_printed::test_eq_12_5_total_probability_both_ways",)),
    Row("S66", "12", "Bayes' theorem (S66)", ("exact.LinearGaussian.log_joint",),
        ("test_printed::test_eq_12_6_posterior_over_habitats_normalises",)),
)


def titles(slides):
    """What these slides are called, each in quotation marks."""
    named = TITLES | {"S02a": "Application Areas (announced in S02, no slide)"}
    return [f'"{named[name]}"' for name in sorted(slide_ids(slides))]


def ledger_text():
    """The ledger as lines: slides, lecture and cell; the slides' titles, functions and
    tests below.

    Then the numbered equations, each with its tests.
    """
    lines, tests = [], named_tests()
    for row in LEDGER:
        lines += [
            f"{row.slides:10} lecture {row.lecture}: {row.cell}",
            f"{'':10} titled {', '.join(titles(row.slides))}",
            f"{'':10} calls {', '.join(row.functions)}",
            f"{'':10} tests {', '.join(row.tests)}",
        ]
    for number in all_stated():
        name = "({}.{})".format(*number)
        lines.append(f"{name:10} tests {', '.join(tests.get(number, ['none']))}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(ledger_text())
