"""Lecture 14: write your own

No slide. Each piece of these models can be exchanged for one of yours, written in your
own file: a pair, forward and backward, as in all other lectures. Eight recipes for one
small problem, each with its derivation and its gradient check. Run time: seconds.
"""

# %%
import numpy as np

from scratchae import Autoencoder, SparseAutoencoder, VariationalAutoencoder
from scratchae.course import Lecture
from scratchae.models import DenoisingAutoencoder, check_model, try_backends
from scratchae.networks import AutoencoderNetwork
from scratchae.notebooks import source_of
from scratchae.plots import codes_on_circle

lecture = Lecture(__doc__)
SIDE = 10  # of an image
SMALL = {"n_components": 2, "hidden_layer_sizes": (4,), "epochs": 4, "batch_size": 40,
         "learning_rate": 1e-2, "verbose": False, "random_state": 0}  # only tried
EPOCHS = 60 if lecture.quick else 300  # of the models in the figure

# %% [markdown]
# ## A data set: a hand that turns
#
# A data set is an array, (n, d), a row for each example, in [0, 1] if pixels are to be
# probabilities. Ours is the hand of a clock, which points to the angle t. A pixel at
# the place r is as bright as it is near the hand, a segment from 0 to e(t):
#
#     x_r = exp(-D^2 / (2 w^2)),   D = min_{0 <= s <= 1} |r - s e(t)|        (14.1)
#
# with e(t) = (cos t, sin t), w = 0.25. The nearest s is r . e(t), cut off at 0 and 1.
# One number makes each image, and it runs in a circle. Do the codes?

# %%
def clocks(t):
    """Images of a hand at the angles t : (n,).  Returns (n, SIDE * SIDE), (14.1)."""
    axis = np.linspace(-1.2, 1.2, SIDE)
    r = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)        # (d, 2)
    e = np.stack([np.cos(t), np.sin(t)], axis=1)                         # (n, 2)
    away = r - np.clip(e @ r.T, 0, 1)[:, :, None] * e[:, None]           # (n, d, 2)
    return np.exp(-np.sum(away**2, axis=2) / (2 * 0.25**2))


angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 400)
x = clocks(angles)
rows = []  # of the table at the end


def try_it(name, recipe, cls, **options):
    """Check, train, save and load a model on both backends: a row of the table."""
    own = {key: v for key, v in options.items() if not isinstance(v, str)}
    served = try_backends(cls(**SMALL, **options), x, x[:2], **own)
    lines = "".join(source_of(p) for p in recipe).splitlines()
    code, files = [s for s in lines if s.strip()], {p.__module__ for p in recipe}
    rows.append([name, str(len(code)), str(len(files)), " and ".join(served)])


try_it("data set", [clocks], Autoencoder)

# %% [markdown]
# ## An activation
#
# Two functions. `forward` returns h and what `backward` will need, `backward` the
# gradient before the activation, (1.6). A sine, whose units never saturate for good
# [Sitzmann2020]:
#
#     h = sin(a),   da = dh cos(a)                                           (14.2)

# %%
class Sine:
    def forward(self, a):
        return np.sin(a), np.cos(a)

    def backward(self, dh, slope):
        return dh * slope

# %% [markdown]
# It goes where a name goes. No kernel has been compiled for it, so the two functions
# serve on both backends, and a warning says so once. The check of the gradient is one
# call: all parameters, through the whole model, against numerical derivatives.

# %%
print(check_model(Autoencoder(**SMALL, activation=Sine()), x[:2]))
try_it("activation", [Sine], Autoencoder, activation=Sine())

# %% [markdown]
# A file holds numbers and no code, so a saved model is read by load(path,
# activation=Sine()). If `load` is not told, its error says what it has to be told.
#
# A name and an object are the same kind of thing: "silu" stands for the package's own
# pair of functions. So any name below may be an object, and any object a name.

# %% [markdown]
# ## What if it is wrong?
#
# A `backward` that returns another shape than the forward pass had is stopped where it
# happens, by name, and not three functions further down. The same goes for a gradient
# that is forgotten, a class in place of an object, a method that is missing.

# %%
class Summed(Sine):
    def backward(self, dh, slope):
        return np.sum(dh * slope, axis=1)


try:
    Autoencoder(**SMALL, activation=Summed()).fit(x)
except ValueError as error:
    print(f"ValueError: {error}")
    lecture.holds("stopped where it happens, by name", "Summed.backward" in str(error))

# %% [markdown]
# A gradient of the right shape and the wrong value trains, and badly. Only the check
# finds it. The first line that fails, from the loss backwards, is the first layer that
# the wrong gradient has gone through: all before it are right.

# %%
class Minus(Sine):
    def backward(self, dh, slope):
        return -dh * slope


report = check_model(Autoencoder(**SMALL, activation=Minus()), x[:2])
print(report)
lecture.holds("is the first layer", "first is Autoencoder decoder.0.b" in str(report))

# %% [markdown]
# ## A layer
#
# A layer says which parameters it has, and `backward` returns a gradient for each. In
# a gated one [Dauphin2017] a second product decides how much of the first one passes:
#
#     y = a * s,   a = x W + b,   s = 1 / (1 + exp(-(x V + c)))              (14.3)
#     da = dy * s,   dv = dy * a * s (1 - s),   dx = da W^T + dv V^T         (14.4)
#
# v being x V + c. W, b, V and c have their gradients from da and dv as in lecture 01.
# s is computed as 1/2 + 1/2 tanh(v / 2), which is the same and does not overflow.

# %%
class Gated:
    def shapes(self, d_in, d_out):
        return {"W": (d_in, d_out), "b": (d_out,), "V": (d_in, d_out), "c": (d_out,)}

    def forward(self, x, p):
        a = x @ p["W"] + p["b"]                                          # (n, d_out)
        s = 0.5 + 0.5 * np.tanh(0.5 * (x @ p["V"] + p["c"]))             # (n, d_out)
        return a * s, (x, a, s)

    def backward(self, dy, p, cache):
        x, a, s = cache
        da, dv = dy * s, dy * a * s * (1 - s)                            # (n, d_out)
        gradients = {"W": x.T @ da, "b": da.sum(0), "V": x.T @ dv, "c": dv.sum(0)}
        return da @ p["W"].T + dv @ p["V"].T, gradients                  # (n, d_in)


try_it("layer", [Gated], Autoencoder, layer=Gated())

# %% [markdown]
# ## A penalty
#
# A number P for a batch of codes, which `SparseAutoencoder` adds to its loss, (3.8),
# and its gradient. P is one number, so a mean over the images, and its 1/n, are its own
# affair; a loss of pixels below is one number for each image, and the model takes their
# mean. This one asks for codes on the unit circle, where both signs occur: the code's
# activation is the identity, and not the ReLU that it is unless it is chosen.
#
#     P = 1/n sum_i (|h_i|^2 - 1)^2,   dh_i = 4/n (|h_i|^2 - 1) h_i          (14.5)

# %%
class OnTheCircle:
    def forward(self, h):
        off = np.sum(h * h, axis=1, keepdims=True) - 1                   # (n, 1)
        return np.mean(off**2), (h, off)

    def backward(self, d_penalty, cache):
        h, off = cache
        return d_penalty * 4 / len(h) * off * h                          # (n, k)


circle = {"penalty": OnTheCircle(), "code_activation": "identity"}
try_it("penalty", [OnTheCircle], SparseAutoencoder, **circle)

# %% [markdown]
# ## A corruption
#
# One method, and no gradient: nothing is learned in it. The random numbers come from
# `rng`, which is passed in, so that the same seed gives the same training. This one
# hides a square of b x b pixels at a random place of each image, b = 4:
#
#     x~ = x * m,   m = 0 in the square and 1 elsewhere                      (14.6)

# %%
class Patch:
    def corrupt(self, x, rng):
        corner = rng.integers(0, SIDE - 3, (2, len(x), 1))               # (2, n, 1)
        i, j = np.divmod(np.arange(SIDE * SIDE), SIDE)                   # (d,)
        row, column = i - corner[0], j - corner[1]                       # (n, d)
        hidden = (row >= 0) & (row < 4) & (column >= 0) & (column < 4)
        return np.where(hidden, 0, x)


try_it("corruption", [Patch], DenoisingAutoencoder, corruption=Patch())

# %% [markdown]
# ## A pixel distribution
#
# What the decoder's output means: -log p(x|z) for each row. The logistic distribution
# looks like a normal one and has heavier tails, so one pixel that is far off costs
# |u| and not u^2. With u = (x - m) / (2 s) and s = 0.1,
#
#     -log p(x|z) = sum_j (2 log cosh u_j + log(4 s)),   dm_j = -tanh(u_j) / s   (14.7)
#
# log cosh u = u + softplus(-2 u) - log 2, in which nothing overflows, softplus(a) =
# log(1 + exp(a)) being computed as max(a, 0) + log(1 + exp(-|a|)).

# %%
def softplus(a):
    return np.where(a.real > 0, a, 0) + np.log1p(np.exp(np.where(a.real > 0, -a, a)))


class LogisticPixels:
    def forward(self, m, x):
        u = (x - m) / 0.2                                                # (n, d)
        log_cosh = u + softplus(-2 * u) - np.log(2)                      # (n, d)
        return np.sum(2 * log_cosh + np.log(0.4), axis=1), np.tanh(u)

    def backward(self, d_loss, tanh):
        return -d_loss[:, None] * tanh / 0.1                             # (n, d)


try_it("pixel distribution", [softplus, LogisticPixels], VariationalAutoencoder,
       decoder=LogisticPixels())

# %% [markdown]
# ## A posterior
#
# How the encoder's numbers become z, and what the divergence from N(0, I) is. Instead
# of sigma = exp(log_var / 2), which one large number blows up, let sigma be softplus:
#
#     z = mu + sigma eps,   sigma = log(1 + exp(a))                          (14.8)
#     dmu = dz + d_kl mu,   dsigma = dz eps + d_kl (sigma - 1 / sigma)       (14.9)
#
# The second terms are the derivatives of (10.4), with log_var = 2 log sigma in it. In
# a, softplus has the slope 1 / (1 + exp(-a)) = exp(a - sigma).
#
# In float32 exp(a) overflows from a = 89 on, and 1 / sigma from -89 down. So log sigma
# is computed as a where a < -40, and da as a sum in which 1 / sigma meets the slope
# first: slope / sigma is between 0 and 1.

# %%
class Softplus:
    def size(self, k):
        return 2 * k  # numbers that the encoder gives for each image

    def forward(self, head, eps):
        mu, a = np.split(head, 2, axis=1)                                # (n, k)
        sigma, near = softplus(a), np.where(a.real > -40, a, -40)        # (n, k)
        log_sigma = np.log(softplus(near)) + a - near                    # (n, k)
        kl = np.sum(0.5 * (mu**2 + sigma**2 - 1) - log_sigma, axis=1)    # (n,)
        return mu + sigma * eps, kl, (mu, sigma, eps, a - sigma, log_sigma)

    def backward(self, dz, d_kl, cache):
        mu, sigma, eps, up, log_sigma = cache  # exp(up) is the slope
        da = np.exp(up) * (dz * eps + d_kl * sigma) - d_kl * np.exp(up - log_sigma)
        return np.concatenate([dz + d_kl * mu, da], axis=1)              # (n, 2k)

    def std(self, head):
        return softplus(head[:, head.shape[1] // 2 :])


try_it("posterior", [softplus, Softplus], VariationalAutoencoder, posterior=Softplus(),
       decoder="gaussian")

# %% [markdown]
# ## A whole model
#
# A network of your own changes the loss itself. Codes on the circle could still leave
# half of it empty. Compare them with as many points u drawn evenly from the circle, by
# the distance of two crowds [Gretton2012], as a Wasserstein autoencoder does with its
# prior [Tolstikhin2018]:
#
#     M = S(h, h) - 2 S(h, u) + S(u, u),   S(a, b) = 1/n^2 sum_ij k(a_i, b_j)   (14.10)
#     dh_i = 2/n^2 sum_j (k(h_i, u_j) (h_i - u_j) - k(h_i, h_j) (h_i - h_j))   (14.11)
#
# with k(a, b) = exp(-|a - b|^2 / 2). The factor 2 of the second term is there since h_i
# is in S(h, h) twice. S(u, u) has no gradient. The loss is J + 10 M; u is drawn in
# `draw`, as all that is random in a step, so that `loss` can be called again.

# %%
def near(a, b):
    """S(a, b), (14.10), and its gradient in a : (n, k)."""
    apart = a[:, None] - b                                               # (n, n, k)
    k = np.exp(-0.5 * np.sum(apart**2, axis=2)) / len(a) ** 2            # (n, n)
    return k.sum(), -np.sum(k[:, :, None] * apart, axis=1)


class EvenNetwork(AutoencoderNetwork):
    def draw(self, x, rng, epoch=None):
        u = rng.standard_normal((len(x), self.sizes[-1]), x.dtype)
        return {"x": x, "u": u / np.linalg.norm(u, axis=1, keepdims=True)}

    def loss(self, x, u):
        h = self.encoder.forward(x)                                      # (n, 2)
        recon, self.pixel_cache = self.pixels.forward(self.decoder.forward(h), x)
        (hh, d_hh), (hu, d_hu), (uu, _) = near(h, h), near(h, u), near(u, u)
        self.d_match = 10 * 2 * (d_hh - d_hu)                            # (n, 2)
        match, recon = hh - 2 * hu + uu, recon.mean()
        return {"loss": recon + 10 * match, "recon": recon, "match": match}

    def backward(self):
        each = np.full(len(self.d_match), 1 / len(self.d_match))
        dh = self.decoder.backward(self.pixels.backward(each, self.pixel_cache))
        self.encoder.backward(dh + self.d_match, input_gradient=False)


class EvenAutoencoder(Autoencoder):
    def build_network(self, d):
        return EvenNetwork(**self.network_options(d))


try_it("whole model", [near, EvenNetwork, EvenAutoencoder], EvenAutoencoder)

# %% [markdown]
# ## Do the codes run in a circle?
#
# Now all together, on the question of the beginning. Three models with two code numbers
# see the same images: one without a penalty, one with (14.5) and one with (14.10). An
# arc of the circle, 10 degrees long, is used if a code beside it is within 0.25 of it.

# %%
LARGE = SMALL | {"hidden_layer_sizes": (64, 64), "activation": "silu", "epochs": EPOCHS}
models = {"no penalty": Autoencoder(**LARGE),
          "on the circle": SparseAutoencoder(**LARGE, **circle, penalty_weight=10),
          "even": EvenAutoencoder(**LARGE)}
used, off, codes = {}, {}, {}
for name, model in models.items():
    h = model.fit(x).transform(x)                                        # (n, 2)
    away, arc = np.abs(np.linalg.norm(h, axis=1) - 1), np.arctan2(*h.T) // (np.pi / 18)
    used[name], off[name] = len({*arc[away < 0.25]}) / 36, away.mean()
    codes[f"{name}: {off[name]:.2f} from the circle,\n{used[name]:.0%} of it used"] = h
lecture.save(codes_on_circle(codes, angles, models["even"].inverse_transform),
             "14_codes", "Codes of images of a turning hand in three panels, coloured "
             "by the angle: a curve far outside the unit circle, a narrow loop along a "
             "part of the circle, and a curve along most of it that also cuts through "
             "its middle. Around the last panel stand images decoded from the circle.")

# %% [markdown]
# Without a penalty the codes run in a curve by themselves, since the images do. (14.5)
# has what it asks for, codes near the circle, and leaves more than half of it empty:
# they run forth and back along one side of it. The even codes go around and use more
# than twice as much of it. The images around the third panel are decoded from 12 points
# of the circle itself, and are no data: hands where the codes run along it, and blends
# of two hands where they do not.

# %%
lecture.holds("codes near the circle", off["on the circle"] < 0.1 < off["no penalty"])
lecture.holds("leaves more than half of it", used["on the circle"] < 0.5)
lecture.holds("more than twice as much", used["even"] > 2 * used["on the circle"])

# %% [markdown]
# ## The recipes
#
# Every recipe has at most 25 lines in one file and serves on both backends: checked,
# trained, saved and loaded. The file is yours; nothing in the package is edited.

# %%
lecture.table("14_recipes", ["recipe", "lines", "files touched", "backends"], rows)
# The first row is of the package's own pieces: without Numba, NumPy is all that serves.
fine = [int(row[1]) <= 25 and row[3] == rows[0][3] for row in rows]
lecture.holds("has at most 25 lines in one file and serves on both backends", fine)

# %% [markdown]
# ## What to see
#
# Every recipe is the same pair of functions and the same call of `check_model`. Along
# each curve the colours follow one another as the angles do: the models found the angle
# without being told of it.
#
# ## What this does not show
#
# That a piece of your own is a good idea: a gradient check proves that `backward` fits
# `forward`, and nothing else. Nor its speed: where there is no kernel, NumPy serves.
# How even the codes are depends on the 10 before M, which was chosen by looking.
#
# ## Questions
#
# 1. Oral: why does a corruption need no `backward`, and a posterior one?
# 2. Derive (14.9) from (10.4) and (14.8).
# 3. Numeric: what is the smallest value of (14.7) for one pixel, and why may a loss
#    in nats be negative?
