"""Vectors of LLVM, for the three loops of matcher/batch/kernel.py that must run as fast as the memory.

LLVM's vectoriser does not find these shapes: a byte compare whose answers become the bits of a word, and bitmaps that
stay in registers over a whole gate. Written as vector types they become one instruction where the machine has it
(AVX-512: `vpcmpub` and `kmovq`) and are split where it has not (AVX2, SSE, NEON). Measured: 20 times the plain loops.

`Lanes` is a numba type, LANES words of 64 subjects each; functions compiled by numba load, store, count and combine it
(`&`, `|`) like a number. The order of a compare's bits in a word is that of little-endian machines.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# Numba infers the types of what it compiles; the arguments of code generators are its own and llvmlite's.

from __future__ import annotations

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

LANES = 8
"""512 bits, a register of AVX-512; wider vectors only unroll the loops, at twice the time to compile them."""
_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_WORD, LANES)
_BYTE_ALIGNED, _WORD_ALIGNED = 1, 8


class Lanes(types.Type):
    """LANES words side by side."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({LANES})")


_LANES = Lanes()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type: Lanes) -> None:
        super().__init__(manager, numba_type, _VECTOR)


@intrinsic
def load_lanes(typing, words, at):
    """words[at : at + LANES] of a flat array of words; nothing is checked."""

    def code(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], args[0], args[1], _VECTOR)
        return builder.load(pointer, align=_WORD_ALIGNED)

    return _LANES(words, types.int64), code


@intrinsic
def store_lanes(typing, words, at, value):
    """words[at : at + LANES] = value; nothing is checked."""

    def code(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], args[0], args[1], _VECTOR)
        builder.store(args[2], pointer, align=_WORD_ALIGNED)
        return context.get_dummy_value()

    return types.void(words, types.int64, _LANES), code


@intrinsic
def count_lanes(typing, value):
    """How many bits are set."""

    def code(context, builder, signature, args):
        ones = _llvm(builder, "ctpop", _VECTOR, args[0])
        return _llvm(builder, "vector.reduce.add", _WORD, ones)

    return types.int64(_LANES), code


def _marking(merging: bool):
    @intrinsic
    def mark(typing, codes, start, low, width, words, at):
        cell = ir.IntType(codes.dtype.bitwidth)
        row = ir.VectorType(cell, 64)

        def code(context, builder, signature, args):
            def everywhere(value):
                blank = ir.Constant(row, ir.Undefined)
                first = builder.insert_element(blank, value, ir.Constant(ir.IntType(32), 0))
                return builder.shuffle_vector(first, blank, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))

            lowest, span = everywhere(args[2]), everywhere(args[3])
            source = _pointer(context, builder, signature.args[0], args[0], args[1], row)
            goal = _pointer(context, builder, signature.args[4], args[4], args[5], _WORD)
            for lane in range(LANES):
                here = ir.Constant(_WORD, lane)
                distance = builder.sub(builder.load(builder.gep(source, [here]), align=_BYTE_ALIGNED), lowest)
                inside = builder.bitcast(builder.icmp_unsigned("<=", distance, span), _WORD)
                word = builder.gep(goal, [here])
                builder.store(builder.or_(inside, builder.load(word)) if merging else inside, word)
            return context.get_dummy_value()

        return types.void(codes, types.int64, codes.dtype, codes.dtype, words, types.int64), code

    return mark


mark_lanes = _marking(merging=False)
"""mark_lanes(codes, start, low, width, words, at): bit i of words[at : at + LANES] says whether
codes[start + i] lies in low .. low + width (below low, the difference wraps round and is large)."""
merge_lanes = _marking(merging=True)
"""The same, added to the bits that are set already."""


def _combination(operation: str):
    @intrinsic
    def combine(typing, left, right):
        def code(context, builder, signature, args):
            return getattr(builder, operation)(*args)

        return _LANES(_LANES, _LANES), code

    return combine


_both, _either = _combination("and_"), _combination("or_")


@overload(operator.and_)
def _and(left, right):
    if isinstance(left, Lanes) and isinstance(right, Lanes):
        return lambda left, right: _both(left, right)  # noqa: PLW0108 - numba compiles what is returned
    return None


@overload(operator.or_)
def _or(left, right):
    if isinstance(left, Lanes) and isinstance(right, Lanes):
        return lambda left, right: _either(left, right)  # noqa: PLW0108
    return None


def _pointer(context, builder, array_type, array, at, to):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), to.as_pointer())


def _llvm(builder, name: str, result, argument):
    function = ir.FunctionType(result, [_VECTOR])
    return builder.call(
        cgutils.get_or_insert_function(builder.module, function, f"llvm.{name}.v{LANES}i64"), [argument]
    )
