"""The lecture's formulas as pure functions: what is read is what runs.

The plain backend (`nn/plain.py`) is composed of them, and the kernels are tested
against it.

Each idea is a pair `*_forward(...) -> out, cache` and `*_backward(d_out, cache)`.
`d` + name is the derivative of the loss with respect to name. All functions work
in float32 and float64, and in complex numbers z = x + i h with tiny h, so that the
complex step can check every derivative to machine precision.
"""
