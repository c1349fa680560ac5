"""Whether a training ended too early to judge its model by."""

STEPS = 1000  # of the optimizer; fewer are seldom enough, whatever the model
SHARE = 0.05  # of the loss's fall that is left for the second half
VISIBLE = 1e-3  # a fall of less than this part of the loss is none


def undertrained(history, n_batches, epochs, called="epochs"):
    """What to do about a training that is clearly too short, or None.

    history : of `train`   n_batches : steps of each epoch   epochs : that were planned
    called : the parameter that says how many

    It is too short if it took fewer than 1000 steps, and of the fall of the loss
    (`val_loss`, where there is one) since the first tenth of the epochs, more than
    5 % came in the second half. That share does not tell by itself: with the default
    schedule it is 7 to 25 % for trainings of 200 steps, whose loss is twice what it
    can be, and for good ones of 3000. A share of 0 tells that there is nothing left to
    learn. One that stopped by itself or by Ctrl-C is not too short. One of a single
    epoch cannot be judged, which is said.
    """
    losses = history.get("val_loss") or history["loss"]
    done, steps = len(losses), len(losses) * n_batches
    if done < epochs or steps >= STEPS:
        return None
    was = (". Whether that is too short cannot be judged: one epoch does not tell "
           "whether its loss still falls")
    if done > 1:
        first, half, last = losses[done // 10], losses[(done - 1) // 2], losses[-1]
        if not half - last > max(SHARE * (first - last), VISIBLE * abs(last)):
            return None
        was = f", with a loss still falling: {half:.4g} halfway, {last:.4g} at the end"
    told = (f"{_counted(steps, 'step', 'steps')} "
            f"({_counted(done, 'epoch', 'epochs')} of "
            f"{_counted(n_batches, 'batch', 'batches')})")
    return (f"training ended after {told}{was}. Use more {called} "
            f"({-(-STEPS // n_batches)} make {STEPS} steps) or a smaller batch_size.")


def _counted(n, one, many):
    """"1 step", "2 steps"."""
    return f"{n} {one if n == 1 else many}"
