"""The ONNX graph of a Llama model, with the inputs and outputs that Optimum's exports have."""
import numpy as np
import onnx
from onnx import TensorProto, helper

# ONNX Runtime 1.16, the oldest that the package loads, reads these.
OPSET, IR_VERSION = 17, 8
# What a hidden position adds to a score: finite, so that a row of padding alone has no NaN.
HIDDEN = np.float32(-1e9)


class Constants:
    """The graph's constants: large ones go to the data file beside the graph as they are added."""

    ALIGNMENT, LARGE = 4096, 1024

    def __init__(self, data, data_name):
        self.data, self.data_name, self.tensors = data, data_name, []

    def add(self, name, array):
        array = np.ascontiguousarray(array)
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        tensor = TensorProto(name=name, data_type=kind, dims=array.shape)
        if array.nbytes < self.LARGE:
            tensor.raw_data = array.tobytes()
        else:
            self.data.write(b"\0" * (-self.data.tell() % self.ALIGNMENT))
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in {"location": self.data_name, "offset": self.data.tell(), "length": array.nbytes}.items():
                tensor.external_data.add(key=key, value=str(value))
            self.data.write(array.data)
        self.tensors.append(tensor)
        return name


class LlamaGraph:
    """Builds the graph; each method adds nodes and returns the name of its result."""

    def __init__(self, source, data, data_name):
        self.source, self.sizes = source, source.sizes
        self.constants, self.nodes, self.inputs, self.outputs = Constants(data, data_name), [], [], []
        self.known = {}

    # --- Pieces ------------------------------------------------------------------------------------------------------

    def add(self, operation, inputs, output, **attributes):
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(operation, inputs, outputs, name=outputs[0], **attributes))
        return output

    def integers(self, *numbers):
        """A list of integers, stored once."""
        name = "int_" + "_".join(map(str, numbers)).replace("-", "m")
        if name not in self.known:
            self.known[name] = self.constants.add(name, np.array(numbers, np.int64))
        return name

    def norm(self, x, name, weight):
        """x / √(mean(x²) + ε) · weight, in the form that ONNX Runtime fuses into one kernel."""
        self.add("Pow", [x, "two"], f"{name}/square")
        self.add("ReduceMean", [f"{name}/square"], f"{name}/mean", axes=[-1], keepdims=1)
        self.add("Add", [f"{name}/mean", "epsilon"], f"{name}/shifted")
        self.add("Sqrt", [f"{name}/shifted"], f"{name}/root")
        self.add("Div", [x, f"{name}/root"], f"{name}/scaled")
        return self.add("Mul", [f"{name}/scaled", self.constants.add(f"{name}.weight", weight)], f"{name}/out")

    def product(self, x, name, rows):
        """x · rowsᵀ."""
        return self.add("MatMul", [x, self.constants.add(f"{name}.weight", rows.T)], f"{name}/out")

    # --- What all layers share ---------------------------------------------------------------------------------------

    def declare(self):
        s = self.sizes
        def value(name, kind, *shape):
            return helper.make_tensor_value_info(name, kind, shape)

        total = "past_sequence_length + sequence_length"
        self.inputs = [value("input_ids", TensorProto.INT64, "batch_size", "sequence_length"),
                       value("attention_mask", TensorProto.INT64, "batch_size", total),
                       value("position_ids", TensorProto.INT64, "batch_size", "sequence_length")]
        self.outputs = [value("logits", TensorProto.FLOAT, "batch_size", "sequence_length", s.vocabulary)]
        for layer in range(s.layers):
            for part in ("key", "value"):
                shape = ("batch_size", s.key_value_heads)
                self.inputs.append(value(f"past_key_values.{layer}.{part}", TensorProto.FLOAT,
                                         *shape, "past_sequence_length", s.head))
                self.outputs.append(value(f"present.{layer}.{part}", TensorProto.FLOAT, *shape, total, s.head))

    def mask(self):
        """What is added to scores, [batch × 1 × new × all]: 0 where a position is seen."""
        self.add("Shape", ["input_ids"], "new", start=1, end=2)
        self.add("Shape", ["attention_mask"], "all", start=1, end=2)
        self.add("Sub", ["all", "new"], "past")
        for name in ("past", "all"):
            self.add("Squeeze", [name, self.integers(0)], f"{name}_number")
        self.constants.add("zero", np.array(0, np.int64)), self.constants.add("one", np.array(1, np.int64))
        self.add("Range", ["zero", "all_number", "one"], "columns")
        self.add("Range", ["past_number", "all_number", "one"], "row_numbers")
        self.add("Unsqueeze", ["row_numbers", self.integers(1)], "rows")
        self.add("LessOrEqual", ["columns", "rows"], "causal")
        self.add("Unsqueeze", ["attention_mask", self.integers(1, 2)], "padding_numbers")
        self.add("Cast", ["padding_numbers"], "padding", to=TensorProto.BOOL)
        self.add("And", ["causal", "padding"], "seen")
        self.constants.add("nothing", np.float32(0)), self.constants.add("hidden", HIDDEN)
        return self.add("Where", ["seen", "nothing", "hidden"], "mask")

    def rotation(self):
        """Cosines and sines of the positions, [batch × 1 × new × head], the first half of the sines negated."""
        s = self.sizes
        rates = s.rope_base ** (-np.arange(0, s.head, 2, dtype=np.float64) / s.head)
        self.constants.add("rates", rates.astype(np.float32))
        self.add("Unsqueeze", ["position_ids", self.integers(1, 3)], "positions")
        self.add("Cast", ["positions"], "positions_real", to=TensorProto.FLOAT)
        self.add("Mul", ["positions_real", "rates"], "angles")
        self.add("Cos", ["angles"], "cosines_half"), self.add("Sin", ["angles"], "sines_half")
        self.add("Neg", ["sines_half"], "sines_negated")
        self.add("Concat", ["cosines_half", "cosines_half"], "cosines", axis=-1)
        self.add("Concat", ["sines_negated", "sines_half"], "sines", axis=-1)

    # --- A layer -----------------------------------------------------------------------------------------------------

    def attention(self, x, at, weights, layer):
        s = self.sizes
        queries, groups = s.heads, s.heads // s.key_value_heads
        rows = np.concatenate([weights["attn_q"], weights["attn_k"], weights["attn_v"]])
        together = self.product(x, f"{at}/qkv", rows)
        self.add("Reshape", [together, self.integers(0, 0, -1, s.head)], f"{at}/heads_last")
        self.add("Transpose", [f"{at}/heads_last"], f"{at}/heads", perm=[0, 2, 1, 3])
        self.add("Split", [f"{at}/heads", self.integers(queries + s.key_value_heads, s.key_value_heads)],
                 [f"{at}/qk", f"{at}/v"], axis=1)
        # The halves change places; the sines' signs make it a rotation.
        halves = self.integers(s.head // 2, s.head // 2)
        self.add("Split", [f"{at}/qk", halves], [f"{at}/first", f"{at}/second"], axis=-1)
        self.add("Concat", [f"{at}/second", f"{at}/first"], f"{at}/swapped", axis=-1)
        self.add("Mul", [f"{at}/qk", "cosines"], f"{at}/straight")
        self.add("Mul", [f"{at}/swapped", "sines"], f"{at}/crossed")
        self.add("Add", [f"{at}/straight", f"{at}/crossed"], f"{at}/rotated")
        self.add("Split", [f"{at}/rotated", self.integers(queries, s.key_value_heads)], [f"{at}/q", f"{at}/k"], axis=1)
        for part, new in (("key", "k"), ("value", "v")):
            self.add("Concat", [f"past_key_values.{layer}.{part}", f"{at}/{new}"], f"present.{layer}.{part}", axis=2)
        # The queries of the heads that share keys are one matrix: [batch × shared heads × group · new × head].
        self.add("Reshape", [f"{at}/q", self.integers(0, s.key_value_heads, -1, s.head)], f"{at}/q_shared")
        self.add("Transpose", [f"present.{layer}.key"], f"{at}/keys", perm=[0, 1, 3, 2])
        self.add("MatMul", [f"{at}/q_shared", f"{at}/keys"], f"{at}/raw_shared")
        self.add("Reshape", [f"{at}/raw_shared", "scores_shape"], f"{at}/raw")
        self.add("Mul", [f"{at}/raw", "scale"], f"{at}/scores")
        self.add("Add", [f"{at}/scores", "mask"], f"{at}/masked")
        self.add("Softmax", [f"{at}/masked"], f"{at}/shares", axis=-1)
        self.add("Reshape", [f"{at}/shares", "shares_shape"], f"{at}/shares_shared")
        self.add("MatMul", [f"{at}/shares_shared", f"present.{layer}.value"], f"{at}/mixed_shared")
        self.add("Reshape", [f"{at}/mixed_shared", "mixed_shape"], f"{at}/mixed")
        self.add("Transpose", [f"{at}/mixed"], f"{at}/mixed_last", perm=[0, 2, 1, 3])
        self.add("Reshape", [f"{at}/mixed_last", self.integers(0, 0, s.width)], f"{at}/flat")
        return self.product(f"{at}/flat", f"{at}/output", weights["attn_output"])

    def feed_forward(self, x, at, weights):
        inner = self.sizes.inner
        both = self.product(x, f"{at}/gate_up", np.concatenate([weights["ffn_gate"], weights["ffn_up"]]))
        self.add("Split", [both, self.integers(inner, inner)], [f"{at}/gate", f"{at}/up"], axis=-1)
        self.add("Sigmoid", [f"{at}/gate"], f"{at}/sigmoid")
        self.add("Mul", [f"{at}/gate", f"{at}/sigmoid"], f"{at}/silu")
        self.add("Mul", [f"{at}/silu", f"{at}/up"], f"{at}/gated")
        return self.product(f"{at}/gated", f"{at}/down", weights["ffn_down"])

    # --- The whole ---------------------------------------------------------------------------------------------------

    def build(self, progress=lambda done, of: None):
        """The model; its large constants are in the data file when this returns."""
        s = self.sizes
        self.declare()
        self.constants.add("two", np.float32(2)), self.constants.add("epsilon", np.float32(s.epsilon))
        self.constants.add("scale", np.float32(s.head ** -0.5))
        self.mask(), self.rotation()
        # Shapes with open axes: 0 copies the input's (the batch); the number of new or of all tokens is known here.
        self.add("Concat", [self.integers(0, s.heads), "new", "all"], "scores_shape", axis=0)
        self.add("Concat", [self.integers(0, s.key_value_heads, -1), "all"], "shares_shape", axis=0)
        self.add("Concat", [self.integers(0, s.heads), "new", self.integers(s.head)], "mixed_shape", axis=0)
        table = self.constants.add("model.embed_tokens.weight", self.source.weight("token_embd.weight"))
        x = self.add("Gather", [table, "input_ids"], "embedded", axis=0)
        for layer in range(s.layers):
            at, weights = f"layers.{layer}", self.source.layer(layer)
            normal = self.norm(x, f"{at}/attention_norm", weights["attn_norm"])
            x = self.add("Add", [x, self.attention(normal, f"{at}/attention", weights, layer)], f"{at}/attended")
            normal = self.norm(x, f"{at}/feed_norm", weights["ffn_norm"])
            x = self.add("Add", [x, self.feed_forward(normal, f"{at}/feed", weights)], f"{at}/out")
            progress(layer + 1, s.layers)
        x = self.norm(x, "norm", self.source.weight("output_norm.weight"))
        if not self.source.is_tied:
            table = self.constants.add("lm_head.weight", self.source.weight("output.weight"))
        # Gemm reads the table as it lies; MatMul would need a transposed copy.
        self.add("Reshape", [x, self.integers(-1, s.width)], "hidden_rows")
        self.add("Gemm", ["hidden_rows", table], "logit_rows", transB=1)
        self.add("Shape", ["input_ids"], "ids_shape")
        self.add("Concat", ["ids_shape", self.integers(s.vocabulary)], "logits_shape", axis=0)
        self.add("Reshape", ["logit_rows", "logits_shape"], "logits")
        graph = helper.make_graph(self.nodes, "main_graph", self.inputs, self.outputs, self.constants.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="swift-deepen")
        model.ir_version = IR_VERSION
        return model
