"""Numbers made up for each claim of lectures 08 to 14: see test_claims_can_fail.py."""

from types import SimpleNamespace

import numpy as np

ROW = np.array


def scale(**names):
    return {"hills": SimpleNamespace(scale=0.5), **names}


# claim -> the names of its condition: true first, then false
WORLDS = {
    "08": {
        "every line is the same number": [
            dict(lines={"a": 1, "b": 1}, forth=1 + 1e-15),
            dict(lines={"a": 1, "b": 1 + 1e-9}, forth=1),
            dict(lines={"a": 1, "b": 1}, forth=1.1)],
        "Swapping the arguments changes the number": [
            dict(forth=1, back=1.2), dict(forth=1, back=1.05), dict(forth=1, back=1)],
        "the variance is smaller than p's own": [
            dict(q_cov=np.diag([0.9, 1.9]), p_cov=np.diag([1, 2])),
            dict(q_cov=np.diag([0.9, 2.1]), p_cov=np.diag([1, 2]))],
    },
    "09": {
        "the pathwise one ends nearest to 0, and the baseline helps the other": [
            dict(at_last=[1, 3, 2]), dict(at_last=[1, 2, 3]), dict(at_last=[3, 4, 2])],
        "Both estimators are right on average": [
            dict(off=[0, 3.9]), dict(off=[0, 4.1])],
        "has the same noise at every mu": [
            dict(simulated={"pathwise": [4, 4.19]}),
            dict(simulated={"pathwise": [4, 4.22]})],
        "price that grows with mu": [dict(plain=[1, 2, 3]), dict(plain=[1, 3, 2])],
        "with a baseline it is still dearer than the other": [
            dict(plain=[9, 9], baseline=[5, 5], simulated={"pathwise": [4, 4]}),
            dict(plain=[9, 9], baseline=[5, 3], simulated={"pathwise": [4, 4]}),
            dict(plain=[9, 4.5], baseline=[5, 5], simulated={"pathwise": [4, 4]})],
    },
    "10": {
        "the mean loss falls with every epoch": [
            dict(loss_of=[0, 3, 2, 1]), dict(loss_of=[0, 3, 1, 2])],
        "After 16 epochs none is": [
            dict(away=ROW([[9, 9], [0, 4.1], [9, 9], [1, 3.9]]), mean=ROW([0, 2])),
            dict(away=ROW([[9, 9], [0, 3.9], [9, 9], [1, 3.8]]), mean=ROW([0, 2])),
            dict(away=ROW([[9, 9], [0, 4.1], [0, 0], [1, 4.05]]), mean=ROW([0, 2]))],
        "neither changes half as much again": [
            dict(changed=[30, 44]), dict(changed=[30, 46]), dict(changed=[46, 30])],
        "their variance is between half and twice its 1": [
            dict(mu=ROW([[0.4, 0]]), variance=ROW([1.9, 0.6])),
            dict(mu=ROW([[0.4, 0]]), variance=ROW([2.1, 0.6])),
            dict(mu=ROW([[0.4, 0]]), variance=ROW([1.9, 0.4])),
            dict(mu=ROW([[-0.6, 0]]), variance=ROW([1.9, 0.6]))],
        "the KL falls and the copies get worse": [
            dict(kl=ROW([2, 1]), recon=ROW([1, 2])),
            dict(kl=ROW([1, 2]), recon=ROW([1, 2])),
            dict(kl=ROW([2, 1]), recon=ROW([2, 1]))],
        "log p(x) is lower at beta = 4 than at 1": [
            dict(log_p=[0, 0, -1, -2]), dict(log_p=[9, 9, -2, -1])],
        "a quarter of the noise of one": [
            dict(spread=[4, 2, 1]), dict(spread=[4, 1, 2]), dict(spread=[10, 5, 1])],
        "a number that looks better": [
            dict(at_mean=9, panel={"reconstruction": 10, "kl": 0}),
            dict(at_mean=11, panel={"reconstruction": 10, "kl": 99})],
        "more often of the mixture's images": [dict(sure=[1, 2]), dict(sure=[2, 1])],
        "the middle of another one inside": [
            dict(inside=ROW([[1, 1, 0], [1, 1, 0], [0, 0, 1]])),
            dict(inside=ROW([[1, 0, 0], [0, 1, 0], [0, 0, 1]])),
            dict(inside=ROW([[1, 1, 0], [0, 1, 0], [0, 0, 1]]))],
    },
    "11": {
        "L_K never falls as K grows": [
            dict(bounds={1: -3, 5: -2}), dict(bounds={1: -3, 5: -3.1})],
        "both errors fall about tenfold": [
            dict(tenfold=ROW([4.1, 24])), dict(tenfold=ROW([3.9, 24])),
            dict(tenfold=ROW([4.1, 26]))],
        "a weighted mean is the mean of draws": [
            dict(share=ROW([0.509]), normalised=ROW([0.5])),
            dict(share=ROW([0.511]), normalised=ROW([0.5])),
            dict(share=ROW([0.489]), normalised=ROW([0.5]))],
        "both of its parts are": [
            dict(approximation=0.1, amortisation=0.1),
            dict(approximation=-0.1, amortisation=0.1),
            dict(approximation=0.1, amortisation=-0.1)],
        "close it to a twentieth of a nat": [
            dict(log_p=-2, bounds={50: -9, 500: -2.04}),
            dict(log_p=-2, bounds={50: -2, 500: -2.06})],
        "lies nearer to them than any sample": [
            dict(apart={"drawn": ROW([5.1, 6]), "test": np.arange(101)}),
            dict(apart={"drawn": ROW([4.9, 99]), "test": np.arange(101)}),
            dict(apart={"drawn": ROW([99, 0]), "test": np.arange(101)})],
        "softer than real ones": [
            dict(grey={"drawn": 1.21, "test": 1}),
            dict(grey={"drawn": 1.19, "test": 1})],
        "at best as well as the undercomplete one": [
            dict(copies=0.995, reads=0.9), dict(copies=0.98, reads=0.9),
            dict(copies=1.2, reads=1.01)],
    },
    "12": {
        "D falls with the square of the distance": [
            dict(drop=99), dict(drop=101), dict(drop=79), dict(drop=10)],
        "by way of the second is cheaper than going straight": [
            dict(by_way=1, straight=2), dict(by_way=2, straight=1)],
        "its root is a distance": [
            dict(roots=[0.5, 0.3, 0.25]), dict(roots=[0.6, 0.3, 0.2]),
            dict(roots=[0.3, 0.6, 0.2]), dict(roots=[0.2, 0.3, 0.6])],
        "still nearer to the hill": [
            dict(m_r=-1.995), dict(m_r=-2.01), dict(m_r=1.98)],
        "hardly less": [
            dict(there=(1, 0), value_r=0.9995), dict(there=(1, 0), value_r=0.998),
            dict(there=(1, 0), value_r=1.0005)],
        "The other direction is dear": [dict(there=(1, 21)), dict(there=(1, 19))],
        "The narrower the bins the smaller the error": [
            dict(trail=[3, 1, 1]), dict(trail=[3, 1, 2])],
        "the one fit reaches as wide as both hills": [dict(s=2.01), dict(s=1.99)],
        "no wider than one": [
            scale(s_r=0.504, seeking=ROW([[0, 3, 9]])),
            scale(s_r=0.506, seeking=ROW([[0, 0.4, 9]]))],
    },
    "13": {
        "the same result on one thread and on all": [
            dict(same=True), dict(same=False)],
        "a factor of a thousand and more between step 1 and step 6": [
            dict(steps=[1, 0, 0, 0, 0, 1001]), dict(steps=[1, 9e9, 0, 0, 0, 999])],
    },
    "14": {
        "stopped where it happens, by name": [
            dict(error="Summed.backward: shape"), dict(error="Sine.backward: shape")],
        "is the first layer": [
            dict(report="the first is Autoencoder decoder.0.b of"),
            dict(report="the first is Autoencoder decoder.1.b of")],
        "leaves more than half of it": [
            dict(used={"on the circle": 0.49, "even": 1}),
            dict(used={"on the circle": 0.51, "even": 0})],
        "codes near the circle": [
            dict(off={"on the circle": 0.09, "no penalty": 0.2}),
            dict(off={"on the circle": 0.11, "no penalty": 9}),
            dict(off={"on the circle": 0, "no penalty": 0.09})],
        "more than twice as much": [
            dict(used={"on the circle": 0.4, "even": 0.81}),
            dict(used={"on the circle": 0.4, "even": 0.79})],
        "has at most 25 lines in one file and serves on both backends": [
            dict(fine=[True, True]), dict(fine=[True, False])],
    },
}
