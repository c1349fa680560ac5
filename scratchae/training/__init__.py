"""The training loop, its progress report, and what tells a training that was too short.

Nothing here knows a model by name. What the loop asks of a network:

    parameters                    a `Parameters`
    sizes                         widths from the data to the code, for its messages
    unit                          the unit of its losses, such as "nats/img"
    draw(x, rng, epoch=None)      dict of everything random or scheduled for one batch
    scheduled(epoch=None)         dict of the weights of the loss that change with the
                                  epoch; without one, their final values
    loss(**inputs)                dict of batch means, the key "loss" first
    backward()                    fills `parameters.grad` for that batch

`nn/own_network.py` asks it, and names a network that answers otherwise.
"""
