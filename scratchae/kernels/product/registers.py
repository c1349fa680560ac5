"""LLVM instructions on the processor's vector registers: what `vector.py` is made of.

With AVX-512 a register is taken as 512 bits, elsewhere as 256; LLVM splits registers
where the machine has less. LLVM's own choice, where it vectorises a loop by itself,
stays at 256 bits: that is a setting of the whole process, and other people's code runs
in it too. Asking for a 512-bit type touches nobody else.
"""

from llvmlite import ir
from numba.core.cgutils import get_or_insert_function

from scratchae.kernels.compile import REGISTER_BYTES
from scratchae.kernels.product.memory import llvm_number

LONG = ir.IntType(64)


def register_of(dtype):
    """The LLVM type of one register."""
    return ir.VectorType(llvm_number(dtype), REGISTER_BYTES * 8 // dtype.bitwidth)


class Builder:
    """LLVM instructions for one call."""

    def __init__(self, builder, dtype):
        self.builder, self.register = builder, register_of(dtype)
        self.align, self.lanes = dtype.bitwidth // 8, self.register.count

    def at(self, memory, position, register=0):
        """Address of the register-th register after memory[position]."""
        start = self.builder.gep(memory, [position])
        start = self.builder.bitcast(start, self.register.as_pointer())
        return self.builder.gep(start, [LONG(register)])

    def load(self, *where):
        return self.builder.load(self.at(*where), align=self.align)

    def store(self, value, *where):
        self.builder.store(value, self.at(*where), align=self.align)

    def row(self, position, i, step, rows):
        """position + min(i, rows - 1) step."""
        below = self.builder.icmp_signed("<", LONG(i), rows)
        last = self.builder.sub(rows, LONG(1))
        inside = self.builder.select(below, LONG(i), last)
        return self.builder.add(position, self.builder.mul(inside, step))

    def spread(self, number):
        """The same number in every lane."""
        undefined = ir.Constant(ir.VectorType(number.type, self.lanes), ir.Undefined)
        first = self.builder.insert_element(undefined, number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def first_lanes(self, count):
        """A mask of the lanes 0 to count - 1."""
        index = ir.Constant(ir.VectorType(LONG, self.lanes), [*range(self.lanes)])
        return self.builder.icmp_signed("<", index, self.spread(count))

    def masked(self, name, type_, arguments):
        """A call of llvm.masked.load or llvm.masked.store."""
        takes = ir.FunctionType(type_, [argument.type for argument in arguments])
        name = f"{name}.v{self.lanes}f{8 * self.align}.p0"
        function = get_or_insert_function(self.builder.module, takes, name)
        return self.builder.call(function, arguments)

    def load_first(self, mask, *where):
        """The lanes of the mask, and 0 in the others."""
        at, align = self.at(*where), ir.IntType(32)(self.align)
        zeros = ir.Constant(self.register, None)
        return self.masked("llvm.masked.load", self.register, [at, align, mask, zeros])

    def store_first(self, mask, value, *where):
        """The lanes of the mask; memory behind them stays as it is."""
        at, align = self.at(*where), ir.IntType(32)(self.align)
        self.masked("llvm.masked.store", ir.VoidType(), [value, at, align, mask])

    def is_whole(self, width, registers):
        """Whether all lanes are inside, and otherwise which of the last register."""
        whole = self.builder.icmp_signed(">=", width, LONG(registers * self.lanes))
        inside = self.builder.sub(width, LONG((registers - 1) * self.lanes))
        return whole, inside

    def load_rows(self, memory, starts, width, registers):
        """The registers of each row, one row after the other."""
        last, builder = registers - 1, self.builder
        rows = [[self.load(memory, at, r) for r in range(last)] for at in starts]
        whole, inside = self.is_whole(width, registers)
        with builder.if_else(whole) as (then, otherwise):
            with then:
                wide = [self.load(memory, at, last) for at in starts]
                from_wide = builder.block
            with otherwise:
                mask = self.first_lanes(inside)
                narrow = [self.load_first(mask, memory, at, last) for at in starts]
                from_narrow = builder.block
        for row, a, b in zip(rows, wide, narrow, strict=True):
            row.append(builder.phi(self.register))
            row[-1].add_incoming(a, from_wide)
            row[-1].add_incoming(b, from_narrow)
        return [value for row in rows for value in row]

    def store_rows(self, memory, starts, width, values):
        """The same registers back."""
        registers, builder = len(values) // len(starts), self.builder
        last = registers - 1
        for i, at in enumerate(starts):
            for r in range(last):
                self.store(values[i * registers + r], memory, at, r)
        ends, (whole, inside) = values[last::registers], self.is_whole(width, registers)
        with builder.if_else(whole) as (then, otherwise):
            with then:
                for at, value in zip(starts, ends, strict=True):
                    self.store(value, memory, at, last)
            with otherwise:
                mask = self.first_lanes(inside)
                for at, value in zip(starts, ends, strict=True):
                    self.store_first(mask, value, memory, at, last)

    def pack(self, values):
        """Registers as one LLVM array: a Tile."""
        out = ir.Constant(ir.ArrayType(self.register, len(values)), ir.Undefined)
        for i, value in enumerate(values):
            out = self.builder.insert_value(out, value, i)
        return out

    def unpack(self, tile):
        return [self.builder.extract_value(tile, i) for i in range(tile.type.count)]

    def transposed(self, rows):
        """A square block's columns as registers, from its rows.

        Rows i and i + s exchange blocks of s numbers, for s = half the size, ..., 1.
        """
        rows, s = [*rows], self.lanes // 2
        while s:
            for i in range(self.lanes):
                if not i & s:
                    rows[i], rows[i + s] = self.exchanged(rows[i], rows[i + s], s)
            s //= 2
        return rows

    def exchanged(self, a, b, s):
        """a with every second block of s numbers from b, and the rest."""
        lanes = range(self.lanes)
        upper = [j if not j & s else self.lanes + j - s for j in lanes]
        lower = [j + s if not j & s else self.lanes + j for j in lanes]
        mask = ir.VectorType(ir.IntType(32), self.lanes)
        return (
            self.builder.shuffle_vector(a, b, ir.Constant(mask, upper)),
            self.builder.shuffle_vector(a, b, ir.Constant(mask, lower)),
        )
