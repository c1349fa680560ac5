"""The matrix-product engine."""
