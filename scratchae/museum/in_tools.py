"""Mistakes in training, evaluation, resuming, the checker, the conventions, figures."""

from scratchae import gradcheck, validation
from scratchae.checkpoints.state import TrainingState
from scratchae.conventions import Conventions
from scratchae.formulas.importance import StreamedLogMean
from scratchae.gradcheck import differences, tensors, verdict
from scratchae.museum.registry import exhibit
from scratchae.nn.optimizers import Adam
from scratchae.plots import charts, images, latent
from scratchae.training import loop

# Training and evaluation

exhibit(
    "biases_never_move",
    "biases never updated: zip over fewer names",
    "a university exercise",
    (Adam.step, "squares = ops.adam_step(p.theta, p.grad, self.m, self.v,",
     "n = p.n_weights; squares = ops.adam_step(p.theta[:n], p.grad[:n], self.m[:n], "
     "self.v[:n],"),
)
exhibit(
    "schedule_ignored",
    "the learning rate's schedule never arrives",
    "planted by a reader",
    (loop._train_epoch, "settings.learning_rate * part",
     "settings.learning_rate"),
)
exhibit(
    "weight_decay_lost",
    "weight decay never arrives",
    "planted by a reader",
    (loop._train_epoch, "if settings.weight_decay:", "if False:"),
)
exhibit(
    "images_do_not_move",
    "images stay where they are, though a shift is asked for",
    "planted by a reader",
    (loop._train_epoch, "_shifted(images, settings, part, noise_rng)", "images, {}"),
)
exhibit(
    "epoch_not_passed_on",
    "what is scheduled does not learn which epoch it is",
    "planted by a reader",
    (loop._train_epoch, "noise_rng, epoch)", "noise_rng)"),
)
exhibit(
    "mean_of_batch_means",
    "the loss of a short last batch counts as much as a full one",
    "several",
    (loop._train_epoch, "float(value) * len(images)", "float(value) * n / len(starts)"),
)
exhibit(
    "mean_of_block_means",
    "evaluation: a short last block counts as much as a full one",
    "planted by a reader",
    (loop.evaluate, "float(value) * len(rows)",
     "float(value) * len(x) / -(-len(x) // EVALUATION_BATCH)"),
)
exhibit(
    "validation_takes_the_trainings_noise",
    "validation draws from the training's stream",
    "planted by a reader",
    (loop._run_epochs, "_validation(network, x_val)",
     "_validation(network, x_val, state)"),
    (loop._validation, "_validation(network, x_val)",
     "_validation(network, x_val, state)", "evaluate(network, x_val)",
     'evaluate(network, x_val, state.generators["noise"])'),
)
exhibit(
    "last_weights_kept",
    "early stopping keeps the last weights, not the best",
    "several",
    (loop._Best.restore, "theta[...] = self.theta", "pass"),
)
exhibit(
    "patience_during_warm_up",
    "patience runs while the KL weight is still rising",
    "our own",
    (loop._is_warming_up, "network.scheduled(epoch) != network.scheduled()", "False"),
)
exhibit(
    "seed_ignored",
    "every seed gives the same numbers",
    "planted by a reader",
    (validation.generator_of, "np.random.default_rng(value)",
     "np.random.default_rng(0)"),
)
exhibit(
    "standard_error_is_the_spread",
    "standard error of a mean: the spread of one sample",
    "planted by a reader",
    (StreamedLogMean.standard_error.fget, "/ (self.count - 1)", "/ 1"),
)
exhibit(
    "streamed_mean_starts_with_nan",
    "log-weights of minus infinity in the first block make the mean NaN",
    "our own",
    (StreamedLogMean.add, "_relative(self.top, top)", "np.exp(self.top - top)"),
)

# Resuming and failing

exhibit(
    "resume_forgets_the_patience",
    "resume: the epochs waited start anew",
    "planted by a reader",
    (TrainingState.set, 'whole_number(numbers["waited"], "waited")', "0"),
)
exhibit(
    "resume_forgets_the_steps",
    "resume: Adam's bias correction starts anew",
    "several",
    (TrainingState.set, 'whole_number(numbers["steps"], "steps")', "0"),
)
exhibit(
    "resume_forgets_the_best",
    "resume: the best loss so far is forgotten",
    "planted by a reader",
    (TrainingState.set, "math.inf if best is None else float(best)", "math.inf"),
)
exhibit(
    "resume_repeats_the_noise",
    "resume: the noise starts anew",
    "planted by a reader",
    (TrainingState.set, "rng.bit_generator.state = numbers", "numbers"),
)

# Conventions

exhibit(
    "set_params_half_done",
    "set_params changes what it can before it refuses",
    "our own",
    (Conventions.set_params, "valid = [", "vars(self).update(params); valid = ["),
)

# The checker of gradients

exhibit(
    "zero_over_zero",
    "0/0 in the relative error: a gradient that is 0 fails",
    "a university exercise",
    (verdict.relative_error, "if scale else 0.0", "if scale else math.nan"),
)
exhibit(
    "absolute_tolerance",
    "a small absolute error in the gradient is forgiven",
    "a university exercise",
    (verdict.relative_error, "difference = np.abs(a - b)",
     "difference = np.abs(a - b) * (np.abs(a - b) > 1e-5)"),
)
exhibit(
    "last_entry_not_compared",
    "the last entry of a tensor is not compared",
    "planted by a reader",
    (verdict.relative_error, "difference = np.abs(a - b)",
     "difference = np.abs(a - b) * (np.arange(a.size).reshape(a.shape) < a.size - 1)"),
)
exhibit(
    "differences_too_large",
    "finite differences 1.5 times too large",
    "a course library",
    (differences._ladder, "(right - left) / (2 * h)", "1.5 * (right - left) / (2 * h)"),
)
exhibit(
    "complex_step_trusted",
    "the complex step is believed where f is not analytic",
    "our own",
    (tensors.differentiate, "if verify(loss, found.values, step, kinks):", "if False:"),
)
exhibit(
    "surplus_gradient_passes",
    "a gradient of no parameter passes",
    "our own",
    (gradcheck.check_parameters, "if name not in point", "if False"),
)
exhibit(
    "missing_gradient_passes",
    "a parameter without a gradient passes",
    "our own",
    (
        gradcheck.check_parameters,
        "if problem:\n",
        "if problem:\n            continue\n",
    ),
)

# Figures

exhibit(
    "second_axis_upside_down",
    "decoded plane: z2 points down",
    "planted by a reader",
    (latent.quantile_grid, "reversed(z2)", "z2"),
)
exhibit(
    "axes_swapped",
    "decoded plane: z1 on the y axis",
    "planted by a reader",
    (latent.quantile_grid, "(a, b) for", "(b, a) for"),
)
exhibit(
    "ellipses_of_half_a_deviation",
    "posterior ellipses: width where half a width is meant",
    "planted by a reader",
    (latent.points_and_ellipses, "2 * sigma", "sigma"),
)
exhibit(
    "images_column_by_column",
    "a grid of images filled down the columns",
    "planted by a reader",
    (images._tile, "(i // columns)", "(i % rows)", "(i % columns)", "(i // rows)"),
)
exhibit(
    "marks_transposed",
    "a table of marks with rows for columns",
    "planted by a reader",
    (charts.marks, "y, x = np.nonzero(filled)", "x, y = np.nonzero(filled)"),
)
