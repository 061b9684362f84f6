// One import for everything but the engines.
@_exported public import Baselines
@_exported public import Ensembling
@_exported public import Fusion
@_exported public import InverseSearch
@_exported public import LinearAlgebra
@_exported public import ModelBackends
@_exported public import RelativeSpace
