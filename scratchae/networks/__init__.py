"""Encoder, decoder, loss and the hand-written gradient: what a model trains."""
