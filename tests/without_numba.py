"""Where Numba cannot be imported, what is of the kernels is skipped, and says why."""

import pytest


def why_not():
    """Why Numba cannot be imported; None where it can.

    Not installed, or broken: "Numba needs NumPy 2.4 or less" is an ImportError, too.
    """
    try:
        import numba  # noqa: F401
    except ImportError as error:
        return f"Numba cannot be imported: {error}"
    return None


def numba_or_skip():
    """Numba, or a skip of the test or file that asks for it."""
    if reason := why_not():
        pytest.skip(reason, allow_module_level=True)
    import numba

    return numba


@pytest.fixture
def kernels():
    """The compiled kernels, or a skip."""
    numba_or_skip()
    from scratchae import kernels

    return kernels


def skip_numbas_cases(items):
    """Skip the cases of parametrized tests that have "numba" as a parameter."""
    cases = [item for item in items if hasattr(item, "callspec")
             and any(isinstance(value, str) and value == "numba"
                     for value in item.callspec.params.values())]
    if cases and (reason := why_not()):
        for item in cases:
            item.add_marker(pytest.mark.skip(reason=reason))
