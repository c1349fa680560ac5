"""The matrix-product engine: C = phi(Z + A B) for the three products of a layer.

          A                          B                          C
        k ->                 j ->                       j ->
      +--------------+       +------+------+---+        +------+------+---+
    i |              |     k |######|      |   |      i |      |      |   |
      |==============|       |######|      |   |        |@@@@@@|      |   |
      |              |       |######|      |   |        |      |      |   |
      +--------------+       |######|      |   |        +------+------+---+
              |              +------+------+---+            ^
              |                  | pack                     | store_tile
              |                  v                          |
      tile of A, 8 x 512     panel, 512 x 48            register tile, 8 x 48
      first-level cache      second-level cache         registers
              |                  |                          ^
              | 8 numbers        | one row of 48            |
              +------------------+--------------------------+
                   add_outer: 8 x 48 multiply-adds, for k = 0, 1, 2, ...

The sizes are those in float32 with 512-bit registers: 8 is TILE, 48 is REGISTERS
registers of 16 numbers, 512 is DEPTH. With 256 bits a tile is 4 x 24. From outside in:

    a thread takes the panels of its share of C, then of others'    threads.py
      for each block of DEPTH rows: pack the panel                  panel_product
        for each tile of A: Z, or C of the block before, is loaded  block_of_panel
          for each k: one row of the panel, TILE numbers of A       micro_kernel
            REGISTERS x TILE fused multiply-adds                    add_outer
        phi is applied after the last block, and C stored           store_tile

For x^T dy, A is a transposed matrix: who comes first to a band of x^T packs it, tile
by tile. BLIS (Van Zee & van de Geijn 2015) draws the same picture with one loop more:
it packs many panels of B at once, for the third-level cache, and a block of A too.

layer.py      the three products as this package calls them: arrays in, arrays out
threads.py    who computes which part of C
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
