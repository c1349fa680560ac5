"""`scratchae bench`: whole training steps and single kernels, timed side by side.

Every contender runs in a process of its own, so that their thread pools never meet,
and the rounds are interleaved, so that a slow minute of the machine hits all of them.
"""
