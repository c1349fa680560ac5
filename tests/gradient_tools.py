"""Our checker and those of other libraries, asked about one case in the same way.

A tool is a function of a Case (see gradient_cases) that says whether the claimed
gradient passes; an exception is a refusal. The others differentiate the NumPy function
by their own differences, so that all tools are asked the same.
"""

import importlib.util
import warnings

import numpy as np

from scratchae.gradcheck import METHODS, check_gradient


def ours(method):
    return lambda case: check_gradient(case.f, case.x, case.gradient, method).passed


def number(value):
    return np.asarray(value, dtype=float).reshape(())


def torch_gradcheck(case):
    import torch

    class Claimed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return torch.tensor(number(case.f(x.detach().numpy().copy())))

        @staticmethod
        def backward(ctx, d):
            return d * torch.as_tensor(np.asarray(case.gradient))

    x = torch.tensor(np.asarray(case.x, dtype=float), requires_grad=True)
    return torch.autograd.gradcheck(Claimed.apply, (x,))


def jax_check_grads(case):
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    scalar = jax.ShapeDtypeStruct((), np.float64)

    @jax.custom_vjp
    def f(x):
        def on_host(x):
            return number(case.f(np.array(x)))

        return jax.pure_callback(on_host, scalar, x)

    f.defvjp(lambda x: (f(x), None), lambda _, d: (d * np.asarray(case.gradient),))
    check_grads(f, (np.asarray(case.x, dtype=float),), order=1, modes=["rev"])
    return True


def autograd_check_grads(case):
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    @primitive
    def f(x):
        return float(number(case.f(np.array(x))))

    defvjp(f, lambda _, x: lambda d: d * np.asarray(case.gradient))
    check_grads(f, modes=["rev"], order=1)(np.asarray(case.x, dtype=float))
    return True


def scipy_check_grad(case):
    from scipy.optimize import check_grad

    x, gradient = np.asarray(case.x, dtype=float), np.asarray(case.gradient)
    error = check_grad(
        lambda flat: float(number(case.f(flat.reshape(x.shape).copy()))),
        lambda flat: gradient.ravel(),
        x.ravel(),
    )
    return bool(error <= 1e-6 * max(1.0, np.linalg.norm(gradient)))


OURS = {f"ours ({method})": ours(method) for method in METHODS}
PEERS = {
    "torch": torch_gradcheck,
    "jax": jax_check_grads,
    "autograd": autograd_check_grads,
    "scipy": scipy_check_grad,
}


def installed():
    """Name -> tool, ours first."""
    return OURS | {n: t for n, t in PEERS.items() if importlib.util.find_spec(n)}


def passes(tool, case):
    """Whether the tool accepts the case; what it raises is a refusal."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        np.random.seed(0)  # autograd and jax draw their directions from it
        try:
            return bool(tool(case))
        except Exception:
            return False


def table(tools, wrong, right):
    """One line for each tool: how many it gets wrong, and which."""
    lines = [f"{'tool':<18} false passes of {len(wrong)}  false alarms of {len(right)}"]
    for name, tool in tools.items():
        bad = [case.name for case in wrong if passes(tool, case)]
        alarms = [case.name for case in right if not passes(tool, case)]
        lines += [f"{name:<18} {len(bad):>6}  {len(alarms):>20}"]
        lines += [f"    passes {bad}"] * bool(bad) + [f"    refuses {alarms}"] * bool(
            alarms
        )
    return "\n".join(lines)


if __name__ == "__main__":
    from gradient_cases import RIGHT, WRONG

    print(table(installed(), WRONG, RIGHT))
