"""Thin holders around the formulas: parameters, layers, networks, optimizers."""
