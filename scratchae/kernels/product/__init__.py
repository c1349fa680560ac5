"""The matrix-product engine: C = phi(Z + A B) for the three products of a layer.

             k  (depth)                    j  (columns)                 j
         +------------------+        +--------+------+--+        +--------+------+--+
         |==================| <-+    |########|      |  |        |########|      |  |
   i     +------------------+   |    |########|      |  |        +--------+      |  |
 (rows)  |                  |   |  k |########|      |  |   =  i |        |      |  |
         |        A         |   |    |########|   B  |  |        |        |  C   |  |
         |                  |   |    |########|      |  |        |        |      |  |
         +------------------+   |    +--------+------+--+        +--------+------+--+
                                |        |                           ^
                      TILE rows of A     | pack, DEPTH rows          | store_tile
                      first level        v at a time                 |
                                |    +--------+                 +--------+
                                |    |########| panel           |########| register tile
                                |    |########| second level    +--------+ TILE rows x
                                |    +--------+                      ^     REGISTERS
                                |        | one row                   |
                                +--------+-----> add_outer, k = 0, 1, 2, ...

What              is                                 in float32    lives in
register tile     TILE rows x REGISTERS of C         8 x 48        registers, all of k
row of a panel    what one step of k multiplies      48            registers, one step
tile of A         TILE rows that a panel meets       8 x 512       first-level cache
panel             DEPTH rows x one tile's width      512 x 48      second-level cache
band              rows of x^T that one thread packs  d_in / THREADS x n   third level
share             what one thread does of C          C / THREADS   memory

With 256-bit registers a tile is 4 x 24. The drawing is that of BLIS (Van Zee & van de
Geijn 2015) with one difference: depth is cut into blocks inside a panel, not outside.

layer.py      the three products as this package calls them: arrays in, arrays out
threads.py    who computes which part of C: shares, and what the fastest takes over
panel.py      one panel's part of C: packing, blocks of depth, the micro-kernel
vector.py     a tile's operations: load, multiply-add, phi, store
registers.py  the same as LLVM instructions
memory.py     an array's address, without its reference count
"""

from scratchae.kernels.product.layer import (
    gradient_products,
    product,
    transposed_product,
)

__all__ = ["gradient_products", "product", "transposed_product"]
