"""Eight numbers at a time, or sixteen short ones: the one module that knows about vector registers.

A vector holds eight float64 or eight uint64 (words), sixteen float32 or sixteen uint32, one in each lane; arithmetic
acts lane by lane, each operation rounded as IEEE 754 says, fused multiply-adds included.  Nothing is reordered, so
that the bits are the same on every processor: where registers are narrower the compiler splits the vectors.

    load(array, at), store(array, at, v)    the eight entries of a flat array from index `at` on
    spread(x)                               the number x in every lane
    a + b, a - b, a * b, a / b              for floats, numbers of their kind spread as needed
    a + b, a - b, a ^ b, a | b, a & b, a << b, a >> b       for words, modulo 2^64 or 2^32
    fma(a, b, c), sqrt(a)                   a b + c with one rounding; the square root
    as_words(a), as_floats(a)               the same bits, read as the other kind of the same length
    where(w, a, b)                          a in the lanes where the lowest bit of the word w is set, else b
    some(w)                                 whether the lowest bit of a word is set in some lane
    halved(w)                               sixteen uint32: the lower and the upper half of each word in turn
    rounded(h), widened(f, half)            float32 of uint32; float64 of the lower (0) or upper (1) eight float32
    total(a)                                the sum ((a0+a4)+(a1+a5)) + ((a2+a6)+(a3+a7))
    store_totals(array, at, a, b, c, d)     put total(a), ..., total(d) into a flat array
    add_totals(array, at, a, b, c, d)       add them to its entries

All from a + b to some take plain numbers (float64, uint64) as well: code written in them can be run on one lane at a
time, which is how it is tested.  Indices are not checked.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typeconv import Conversion
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, lower_cast, register_model

LANES = 8
Vector = Any
"""Eight numbers, or one: what the functions of this module take and give."""

INDEX, BIT = ir.IntType(32), ir.IntType(1)
ENTRIES = {
    types.float64: ir.DoubleType(),
    types.uint64: ir.IntType(64),
    types.float32: ir.FloatType(),
    types.uint32: ir.IntType(32),
}


class VectorType(types.Type):  # type: ignore[misc]
    """512 bits in entries of one kind, as Numba's compiler sees them."""

    def __init__(self, entry: types.Type) -> None:
        self.entry = entry
        self.lanes = LANES * 64 // entry.bitwidth
        super().__init__(name=f"{entry}x{self.lanes}")

    def can_convert_from(self, _: Any, other: types.Type) -> Any:
        """A number is spread over the lanes where a vector is needed."""
        return Conversion.safe if other == self.entry else None


FLOATS, WORDS = VectorType(types.float64), VectorType(types.uint64)
SHORT_FLOATS, SHORT_WORDS = VectorType(types.float32), VectorType(types.uint32)
OTHER = {FLOATS: WORDS, SHORT_FLOATS: SHORT_WORDS, types.float64: types.uint64}
OTHER |= {word: number for number, word in OTHER.items()}
FLOAT_OPERATIONS = {operator.add: "fadd", operator.sub: "fsub", operator.mul: "fmul", operator.truediv: "fdiv"}
WORD_OPERATIONS = {
    operator.add: "add",
    operator.sub: "sub",
    operator.xor: "xor",
    operator.or_: "or_",
    operator.and_: "and_",
    operator.lshift: "shl",
    operator.rshift: "lshr",
}


def lowered(kind: types.Type) -> ir.Type:
    """The type in LLVM."""
    if isinstance(kind, VectorType):
        return ir.VectorType(ENTRIES[kind.entry], kind.lanes)
    return ENTRIES[kind]


@register_model(VectorType)
class VectorModel(PrimitiveModel):  # type: ignore[misc]
    """A vector is held in a register."""

    def __init__(self, manager: Any, kind: VectorType) -> None:
        super().__init__(manager, kind, lowered(kind))


def shuffled(builder: Any, value: Any, lanes: list[int]) -> Any:
    """The vector of these lanes of `value`."""
    indices = ir.Constant(ir.VectorType(INDEX, len(lanes)), lanes)
    return builder.shuffle_vector(value, ir.Constant(value.type, ir.Undefined), indices)


def spread_number(_: Any, builder: Any, __: Any, kind: types.Type, value: Any) -> Any:
    """`value` in every lane."""
    empty = ir.Constant(lowered(kind), ir.Undefined)
    return shuffled(builder, builder.insert_element(empty, value, ir.Constant(INDEX, 0)), [0] * kind.lanes)


def define(symbol: Any, kind: VectorType, instruction: str) -> None:
    """Make Numba compile `symbol` on two vectors of a kind to one instruction."""

    def lower(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return getattr(builder, instruction)(*arguments)

    infer_global(symbol)(type("Template", (ConcreteTemplate,), {"cases": [signature(kind, kind, kind)]}))
    lower_builtin(symbol, kind, kind)(lower)


for _operations, *_kinds in ((FLOAT_OPERATIONS, FLOATS, SHORT_FLOATS), (WORD_OPERATIONS, WORDS, SHORT_WORDS)):
    for _kind in _kinds:
        lower_cast(_kind.entry, _kind)(spread_number)
        for _symbol, _instruction in _operations.items():
            define(_symbol, _kind, _instruction)


def call(name: str) -> Any:
    """The code generator of LLVM's intrinsic `name`, on one float or a vector of them."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        kind = arguments[0].type
        entry = kind.element if isinstance(kind, ir.VectorType) else kind
        suffix = "f32" if isinstance(entry, ir.FloatType) else "f64"
        suffix = f"v{kind.count}{suffix}" if isinstance(kind, ir.VectorType) else suffix
        function = ir.FunctionType(kind, [kind] * len(arguments))
        return builder.call(
            cgutils.get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}"), arguments
        )

    return generate


def floats_of(*kinds: types.Type) -> types.Type:
    """The kind of a result: a vector where one of the arguments is."""
    return next((kind for kind in kinds if isinstance(kind, VectorType)), types.float64)


@intrinsic  # type: ignore[untyped-decorator]
def fma(_: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c, rounded once."""
    kind = floats_of(a, b, c)
    return kind(kind, kind, kind), call("fma")


@intrinsic  # type: ignore[untyped-decorator]
def sqrt(_: Any, a: Any) -> Any:
    """The square root."""
    return a(a), call("sqrt")


def reread(_: Any, builder: Any, form: Any, arguments: Any) -> Any:
    """The code generator of `as_words` and `as_floats`."""
    return builder.bitcast(arguments[0], lowered(form.return_type))


@intrinsic  # type: ignore[untyped-decorator]
def as_words(_: Any, a: Any) -> Any:
    """The bits of floats."""
    return OTHER[a](a), reread


@intrinsic  # type: ignore[untyped-decorator]
def as_floats(_: Any, a: Any) -> Any:
    """The floats that have these bits."""
    return OTHER[a](a), reread


def lowest_bits(builder: Any, kind: types.Type, words: Any) -> Any:
    """The lowest bit of a word, or of the word in every lane."""
    return builder.trunc(words, ir.VectorType(BIT, kind.lanes) if isinstance(kind, VectorType) else BIT)


@intrinsic  # type: ignore[untyped-decorator]
def where(_: Any, w: Any, a: Any, b: Any) -> Any:
    """a where the lowest bit of w is set, else b."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.select(lowest_bits(builder, w, arguments[0]), *arguments[1:])

    kind = b if isinstance(b, VectorType) else a
    return kind(w, kind, kind), generate


@intrinsic  # type: ignore[untyped-decorator]
def some(_: Any, w: Any) -> Any:
    """Whether the lowest bit of w is set, in some lane."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        bits = lowest_bits(builder, w, arguments[0])
        if not isinstance(w, VectorType):
            return bits
        mask = builder.bitcast(bits, ir.IntType(w.lanes))
        return builder.icmp_unsigned("!=", mask, ir.Constant(mask.type, 0))

    return types.boolean(w), generate


@intrinsic  # type: ignore[untyped-decorator]
def halved(_: Any, w: Any) -> Any:
    """The lower and the upper 32 bits of the first word, of the second, and so on."""
    return SHORT_WORDS(w), reread


@intrinsic  # type: ignore[untyped-decorator]
def rounded(_: Any, h: Any) -> Any:
    """The float32 nearest to each uint32."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.uitofp(arguments[0], lowered(SHORT_FLOATS))

    return SHORT_FLOATS(h), generate


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def widened(_: Any, f: Any, half: Any) -> Any:
    """The float64 equal to the lower (half 0) or upper (half 1) eight of sixteen float32."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        begin = LANES * half.literal_value
        return builder.fpext(shuffled(builder, arguments[0], list(range(begin, begin + LANES))), lowered(FLOATS))

    return FLOATS(f, half), generate


@intrinsic  # type: ignore[untyped-decorator]
def spread(_: Any, x: Any) -> Any:
    """The number in every lane."""

    def generate(context: Any, builder: Any, form: Any, arguments: Any) -> Any:
        return spread_number(context, builder, x, form.return_type, arguments[0])

    return FLOATS(types.float64), generate


def place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """The address of eight entries."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), lowered(VectorType(kind.dtype)).as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def load(_: Any, array: Any, at: Any) -> Any:  # noqa: ARG001, the compiler wants every argument
    """Eight entries of a flat array."""

    def generate(context: Any, builder: Any, form: Any, arguments: Any) -> Any:
        return builder.load(place(context, builder, form.args[0], *arguments), align=8)

    return VectorType(array.dtype)(array, types.intp), generate


@intrinsic  # type: ignore[untyped-decorator]
def store(_: Any, array: Any, at: Any, v: Any) -> Any:  # noqa: ARG001, the compiler wants every argument
    """Put eight entries into a flat array."""

    def generate(context: Any, builder: Any, form: Any, arguments: Any) -> Any:
        builder.store(arguments[2], place(context, builder, form.args[0], *arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, VectorType(array.dtype)), generate


def halves_added(builder: Any, value: Any) -> Any:
    """a0+a4, a1+a5, a2+a6, a3+a7."""
    return builder.fadd(shuffled(builder, value, [0, 1, 2, 3]), shuffled(builder, value, [4, 5, 6, 7]))


def paired(builder: Any, one: Any, other: Any, first: list[int], second: list[int]) -> Any:
    """The sum of two choices among the eight entries of two vectors of four."""
    parts = (ir.Constant(ir.VectorType(INDEX, 4), lanes) for lanes in (first, second))
    return builder.fadd(*(builder.shuffle_vector(one, other, part) for part in parts))


@intrinsic  # type: ignore[untyped-decorator]
def total(_: Any, v: Any) -> Any:
    """The sum over the lanes, neighbours last but one."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        four = halves_added(builder, arguments[0])
        two = paired(builder, four, four, [0, 2, 0, 2], [1, 3, 1, 3])
        entries = [builder.extract_element(two, ir.Constant(INDEX, k)) for k in (0, 1)]
        return builder.fadd(*entries)

    return types.float64(v), generate


def four_totals(builder: Any, values: list[Any]) -> Any:
    """The sums over the lanes of four vectors: the additions of `total`, four at a time."""
    fours = [halves_added(builder, value) for value in values]
    ab, cd = (paired(builder, fours[k], fours[k + 1], [0, 4, 2, 6], [1, 5, 3, 7]) for k in (0, 2))
    return paired(builder, ab, cd, [0, 1, 4, 5], [2, 3, 6, 7])


@intrinsic  # type: ignore[untyped-decorator]
def store_totals(_: Any, array: Any, at: Any, a: Any, b: Any, c: Any, d: Any) -> Any:  # noqa: ARG001
    """Put the four sums over the lanes into a flat array."""

    def generate(context: Any, builder: Any, form: Any, arguments: Any) -> Any:
        sums = four_totals(builder, arguments[2:])
        target = place(context, builder, form.args[0], *arguments[:2])
        builder.store(sums, builder.bitcast(target, sums.type.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, FLOATS, FLOATS, FLOATS, FLOATS), generate


@intrinsic  # type: ignore[untyped-decorator]
def add_totals(_: Any, array: Any, at: Any, a: Any, b: Any, c: Any, d: Any) -> Any:  # noqa: ARG001
    """Add the four sums over the lanes to the entries of a flat array."""

    def generate(context: Any, builder: Any, form: Any, arguments: Any) -> Any:
        sums = four_totals(builder, arguments[2:])
        target = builder.bitcast(place(context, builder, form.args[0], *arguments[:2]), sums.type.as_pointer())
        builder.store(builder.fadd(builder.load(target, align=8), sums), target, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, FLOATS, FLOATS, FLOATS, FLOATS), generate
