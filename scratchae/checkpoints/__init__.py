"""Files of a model and of a training under way: format, state, resuming."""
