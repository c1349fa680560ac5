"""Work that is shared out fairly, though the cores are not equally fast.

A kernel's work is cut into blocks, and a thread takes one after the other, until none
is left. Where threads should keep to their own part, of an array that lies in their
cache, each has a share: it takes the blocks of its own, then those that are left of the
others'. Whose turn it is says a counter for each share, which is read and raised in one
uninterruptible step. What a block computes does not depend on who takes it.

To wake a thread takes some 50 microseconds, in which the caller alone does ten thousand
numbers of an elementwise kernel or more: each kernel says what is too LITTLE for that.
A block lasts some microseconds, so that nobody is waited for longer, and counting the
next one costs nothing beside it.
"""

from scratchae.kernels.atomic import add, look
from scratchae.kernels.compile import inline

# Words of a pool: the first lines of the cache are those of `pool.py`; then each
# thread has a record, a line for its sleep and one for each counter of its share.
LINE, HEAD, RECORD = 8, 32, 32
THREADS_AT = 24
FIRST, SECOND, CLAIMS = 8, 16, 24  # the counters: of two works, and of who prepares one


@inline
def shares_of(pool):
    """How many shares there are: one for each thread, whether it comes or not."""
    return pool[THREADS_AT]


@inline
def start_shares(pool):
    """Nothing is taken yet."""
    for share in range(shares_of(pool)):
        for counter in (FIRST, SECOND, CLAIMS):
            pool[HEAD + share * RECORD + counter] = 0


@inline
def take(pool, counter, share):
    """The number of the share's next block, 0, 1, 2, ...: nobody else gets the same."""
    return add(pool, HEAD + share * RECORD + counter, 1)


@inline
def taken(pool, counter, share):
    """How many blocks of the share have been asked for."""
    return look(pool, HEAD + share * RECORD + counter)


@inline
def next_rows(pool, n, step):
    """First and last of the next rows of n that nobody has; the same where none are."""
    first = min(n, take(pool, FIRST, 0) * step)
    return first, min(n, first + step)
