"""Numbers made up for each claim of lectures 01 to 07: see test_claims_can_fail.py."""

import numpy as np

EYE, ROW = np.eye(12), np.array
ACTIVE = {"plain": 0.6, "KL": 0.2, "L1": 0.3, "top-k": 0.1}


def probe(raw=10.0, **codes):
    """Errors of a linear probe by the names of what it reads, in %."""
    found = {f"{name}, 400": error for name, error in codes.items()}
    return found | {"raw pixels": raw}


# claim -> the names of its condition: true first, then false
WORLDS = {
    "01": {
        "noise is copied just as well": [dict(product=EYE), dict(product=0.99 * EYE)],
        "In the end they are smaller": [
            dict(size={"momentum, decay": 1, "momentum": 2, "Adam": 0}),
            dict(size={"momentum, decay": 2, "momentum": 1, "Adam": 9})],
        "nearer to the clean one than the noisy image": [
            dict(after=1, before=2), dict(after=2, before=1)],
        "falls from the random start by every rule, by gradient descent least": [
            dict(ends=[0.79, 0.2, 0.3]), dict(ends=[0.81, 0.2, 0.3]),
            dict(ends=[0.5, 0.2, 0.6])],
        "digit that was left out is copied worse": [
            dict(auc=lambda low, high: high - low, normal=0, unseen=0.61),
            dict(auc=lambda low, high: high - low, normal=0, unseen=0.59)],
        "noise much worse": [dict(shuffled=[2.1, 0, 9], normal=[1, 0, 5]),
                             dict(shuffled=[1.9, 1.9, 99], normal=[1, 0, 5])],
    },
    "02": {
        "it copies its own images less well, and others better": [
            dict(by_heart={"moved": (3, 4), "where they are": (2, 5)}),
            dict(by_heart={"moved": (1, 4), "where they are": (2, 5)}),
            dict(by_heart={"moved": (3, 6), "where they are": (2, 5)})],
        "The wider the code, the smaller are both errors": [
            dict(errors={"autoencoder": [3, 2, 1], "PCA": [9, 8, 7]}),
            dict(errors={"autoencoder": [3, 2, 2.1], "PCA": [9, 8, 7]}),
            dict(errors={"autoencoder": [3, 2, 1], "PCA": [9, 9.1, 7]})],
        "leaves at most nine tenths of PCA's error": [
            dict(ratios={10: 0.89, 30: 0.5}), dict(ratios={10: 0.91, 30: 0.5}),
            dict(ratios={10: 0.5, 30: 0.91})],
        "finds PCA's plane to a tiny angle": [
            dict(angles=[0, 9e-4]), dict(angles=[0, 2e-3])],
        "leaves a smaller error with the same number of codes": [
            dict(errors={"autoencoder": [2, 1], "PCA": [3, 2]}),
            dict(errors={"autoencoder": [2, 2.1], "PCA": [3, 2]})],
        "less than a fifth of the error": [
            dict(arc_errors=(10, 1.9)), dict(arc_errors=(10, 2.1))],
    },
    "03": {
        "the copies are worse, but a cause is within 30 degrees of a unit": [
            dict(lost={0.0: 1, 0.3: 2}, angles={0.0: 41, 0.3: 29}),
            dict(lost={0.0: 2, 0.3: 1}, angles={0.0: 41, 0.3: 29}),
            dict(lost={0.0: 1, 0.3: 2}, angles={0.0: 41, 0.3: 31}),
            dict(lost={0.0: 1, 0.3: 2}, angles={0.0: 39, 0.3: 29})],
        "at most half as many units active as the plain model has": [
            dict(active=ACTIVE), *(dict(active=ACTIVE | {name: 0.4})
              for name in ("KL", "L1", "top-k"))],
        "more than twice as much as noise": [
            dict(reached=2.1, before=-1), dict(reached=1.9, before=-1),
            dict(reached=1.9, before=1)],
        "More lambda, fewer active units, worse copies": [
            dict(trade={"active share": [0.5, 0.2], "error": [1, 2]}),
            dict(trade={"active share": [0.5, 0.6], "error": [1, 2]}),
            dict(trade={"active share": [0.5, 0.2], "error": [2, 1]})],
        "the mean activation comes close to rho": [
            dict(rho_hat=0.074), dict(rho_hat=0.076), dict(rho_hat=0.02)],
        "most units are off for most images": [
            dict(off=ROW([0.6, 0.9, 0.1])), dict(off=ROW([0.6, 0.4, 0.1])),
            dict(off=ROW([0.4, 0.4, 0.4]))],
        "reads the wide sparse code better than the pixels": [
            dict(errors=probe(KL=9, plain=99)), dict(errors=probe(KL=11, plain=1))],
        "with a weight decay a thousand times larger too": [
            dict(decayed=probe(KL=9), errors=probe(KL=11)),
            dict(decayed=probe(KL=11), errors=probe(KL=9))],
        "the wide plain code is read better than the pixels too": [
            dict(errors=probe(KL=99, plain=9)), dict(errors=probe(KL=1, plain=11))],
        "less often in the plain code than among the pixels, and more often": [
            dict(nearest=probe(plain=9, **{"top-k": 9.5})),
            dict(nearest=probe(plain=9, **{"top-k": 8})),
            dict(nearest=probe(plain=11, **{"top-k": 12}))],
    },
    "04": {
        "more than twice as far from the clean images": [
            dict(on_noise=2.1, on_clean=1), dict(on_noise=1.9, on_clean=1)],
        "A network that bends beats it": [
            dict(error_of=float, denoised=0.9, best_linear=1),
            dict(error_of=float, denoised=1.1, best_linear=1)],
        "A linear network finds (4.3)": [
            dict(learned=ROW([1, 2.04]), A=ROW([1, 2])),
            dict(learned=ROW([1, 1.94]), A=ROW([1, 2]))],
        "more than a fifth of the noise": [
            dict(after=0.79, before=1), dict(after=0.81, before=1)],
        "Nearly all of its arrows end nearer": [
            dict(start=ROW([2] * 100), end=ROW([1] * 96 + [3] * 4)),
            dict(start=ROW([2] * 100), end=ROW([1] * 94 + [3] * 6))],
        "the farther away they start the longer": [
            dict(start=ROW([1, 2, 3]), move=ROW([[0, 1], [2, 0], [2, 2]])),
            dict(start=ROW([1, 2, 3]), move=ROW([[0, 1], [2, 0], [1, 0]])),
            dict(start=ROW([1, 2, 3]), move=ROW([[0, 3], [2, 0], [1, 0]]))],
        "the stacked start makes fewer mistakes": [
            dict(wrong_labels={"stacked": 9, "random": 10}),
            dict(wrong_labels={"stacked": 11, "random": 10})],
        "In each column of the matrix the best model is the one": [
            dict(matrix=[[1, 4, 9], [2, 3, 8], [5, 5, 7]]),
            dict(matrix=[[1, 2, 3], [4, 3, 2], [5, 4, 1]])],
    },
    "05": {
        "less than the most possible": [
            dict(entropy=float, observed=3.4), dict(entropy=float, observed=3.46)],
        "The model without a parameter wins": [dict(lost=(1, 2)), dict(lost=(2, 1))],
        "have their peak at 3 to 5 teeth": [
            dict(observed=[9, 0, 0, 3, 4, 5, 9], elsewhere=[1, 2.9]),
            dict(observed=[0, 0, 0, 3, 4, 5, 0], elsewhere=[1, 3.1])],
        "The binomial has its peak at 6": [
            dict(models={"binomial": np.arange(11) == 6}),
            dict(models={"binomial": np.arange(11) == 5})],
        "It beats both, narrowly": [
            dict(lost=(1, 2), losses={"ad hoc": [3, 0.95]}),
            dict(lost=(1, 2), losses={"ad hoc": [3, 1.05]}),
            dict(lost=(1, 2), losses={"ad hoc": [3, 0.85]})],
    },
    "06": {
        "saves more than a tenth of the nats": [
            dict(exact=89, alone=100), dict(exact=91, alone=100)],
        "both need more than 1e30 terms": [
            dict(draws=[1, 1.1e30]), dict(draws=[1e31, 0.9e30])],
        "more than half of the thickness and of the slant": [
            dict(best=[0.9, 0.51]), dict(best=[0.9, 0.49]), dict(best=[0.49, 0.9])],
        "of every other attribute less than a third": [
            dict(others={"bend": 0.32, "scale": -0.1}),
            dict(others={"bend": 0.34, "scale": -0.1}),
            dict(others={"bend": 0.04, "scale": 0.9})],
    },
    "07": {
        "log p(x) rises to within a hundredth of a nat of the best possible": [
            dict(exact=[-5, -3.009], best=-3), dict(exact=[-5, -3.011], best=-3),
            dict(exact=[-3.9, -3.009], best=-3)],
        "gap shrinks to less than a hundredth": [
            dict(at_last=0.9, at_first=100), dict(at_last=1.1, at_first=100)],
        "At no step does the bound exceed log p(x)": [
            dict(excess=1e-13), dict(excess=1e-9)],
        "every line is the same number": [
            dict(first_five=[[1, 1 + 1e-15], [2, 2]]),
            dict(first_five=[[1, 1], [2, 2 + 1e-9]])],
        "gap is never negative": [
            dict(gap=ROW([0, 1]), exact=ROW([2, 3]), bounds=ROW([1, 3])),
            dict(gap=ROW([-1e-3, 1]), exact=ROW([2, 3]), bounds=ROW([1, 3])),
            dict(gap=ROW([0, 1]), exact=ROW([2, 3]), bounds=ROW([1, 3.001]))],
        "closes where the family contains the posterior": [
            dict(fitted_gap=1e-12), dict(fitted_gap=1e-6)],
    },
}
