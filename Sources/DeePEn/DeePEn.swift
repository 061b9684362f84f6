// One import for everything but the engines.
@_exported public import Baselines
@_exported public import Ensembling
@_exported public import Fusion
@_exported public import InverseSearch
@_exported public import ModelBackends
@_exported public import RelativeSpace

// Of numbers, types only: functions such as softmax need `import LinearAlgebra`.
@_exported public import enum LinearAlgebra.BLAS
@_exported public import protocol LinearAlgebra.ExplainedError
@_exported public import struct LinearAlgebra.LinearAlgebraError
@_exported public import struct LinearAlgebra.Matrix
@_exported public import struct LinearAlgebra.Workers
