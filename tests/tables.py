"""Anomalies in four public tables: PCA, autoencoder, VAE and IsolationForest.

    python tests/tables.py [--seeds 5]

Each class in turn is the anomaly (of the tumours only the malignant ones); 60 % of the
other rows are trained on, standardised by themselves, and the rest is told from the
anomalies. AUC is the chance that an anomaly scores higher. The settings are the same
for all tables: PCA keeps 90 % of the variance, the VAE has as many codes, the
autoencoder undoes noise of half a standard deviation. It denoises because a plain one
that is wide enough to copy well copies anomalies as well. Scores are those of
`scratchae anomalies`. Not a test: it takes minutes.
"""

import argparse

import numpy as np
from sklearn import datasets
from sklearn.ensemble import IsolationForest

from scratchae import PCA, DenoisingAutoencoder, VariationalAutoencoder, backend
from scratchae.analysis import anomaly_parts, auc

TABLES = {
    "tumours 569 x 30": (datasets.load_breast_cancer, (0,)),
    "wines 178 x 13": (datasets.load_wine, range(3)),
    "irises 150 x 4": (datasets.load_iris, range(3)),
    "digits 1797 x 64": (datasets.load_digits, range(10)),
}
STEPS, BATCH = 1000, 32  # of training
NET = {"hidden_layer_sizes": (64,), "activation": "silu", "batch_size": BATCH,
       "verbose": False}


def parts_of(table, anomaly, seed):
    """Standardised training rows, other normal rows, and anomalies."""
    x, y = table.data, table.target
    normal = np.random.default_rng(seed).permutation(np.flatnonzero(y != anomaly))
    train, test = np.split(normal, [int(0.6 * len(normal))])
    mean, std = x[train].mean(axis=0), x[train].std(axis=0)
    varies = std > 0
    rows = (train, test, np.flatnonzero(y == anomaly))
    return [((x[r] - mean)[:, varies] / std[varies]) for r in rows]


def score(model, x):
    """What `scratchae anomalies` gives each row."""
    of_features, of_code = anomaly_parts(model, x)
    return of_features.sum(axis=1) + of_code


def found(train, test, anomalies, seed):
    """AUC of each model."""
    net = NET | {"random_state": seed, "epochs": max(1, STEPS * BATCH // len(train))}
    pca = PCA(0.9).fit(train)
    denoising = DenoisingAutoencoder(64, corruption="gaussian", level=0.5,
                                     code_activation="silu", **net).fit(train)
    vae = VariationalAutoencoder(pca.n_components_, decoder="gaussian", **net)
    vae.fit(train)
    forest = IsolationForest(random_state=seed).fit(train)
    models = {"PCA": pca, "autoencoder": denoising, "VAE": vae}
    answers = {name: auc(score(model, test), score(model, anomalies))
               for name, model in models.items()}
    both = (-forest.score_samples(x) for x in (test, anomalies))
    return answers | {"forest": auc(*both)}


def main():
    """Mean AUC over the classes, and its standard deviation over seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    for name, (load, classes) in TABLES.items():
        table = load()
        runs = [[[*found(*parts_of(table, c, seed), seed).values()] for c in classes]
                for seed in seeds]
        means = np.mean(runs, axis=1)                          # (seeds, models)
        columns = ("PCA", "autoencoder", "VAE", "forest")
        figures = zip(columns, means.mean(axis=0), means.std(axis=0), strict=True)
        print(f"{name:18}" + "".join(f"  {model} {mean:.3f} ({std:.3f})"
                                     for model, mean, std in figures), flush=True)


if __name__ == "__main__":
    with backend("numpy"):  # small networks: nothing to compile
        main()
