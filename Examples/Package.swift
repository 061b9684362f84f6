// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let deepen: Target.Dependency = .product(name: "DeePEn", package: "swift-deepen")
let backendSupport: Target.Dependency = .product(name: "BackendSupport", package: "swift-deepen")
let linearAlgebra: Target.Dependency = .product(name: "LinearAlgebra", package: "swift-deepen")
let evaluation: Target.Dependency = .product(name: "Evaluation", package: "swift-deepen")

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  // What the benchmarks share with the examples: options of a command line, loading of models, plots.
  products: [
    .library(name: "ExampleSupport", targets: ["ExampleSupport"]),
    .library(name: "EvaluationTools", targets: ["EvaluationTools"]),
  ],
  dependencies: [.package(name: "swift-deepen", path: "..", traits: ["LlamaCpp"])],
  targets: [
    .target(
      name: "ExampleSupport",
      dependencies: [
        deepen,
        backendSupport,
        evaluation,
        .product(name: "GGUFBackend", package: "swift-deepen"),
        .product(name: "ONNXBackend", package: "swift-deepen"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "first-answer",
      dependencies: [
        deepen, .product(name: "GGUFBackend", package: "swift-deepen"),
        .product(name: "ONNXBackend", package: "swift-deepen"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(name: "generate", dependencies: ["ExampleSupport", deepen, evaluation], swiftSettings: strict),
    .executableTarget(
      name: "custom-backend", dependencies: ["ExampleSupport", deepen, backendSupport, evaluation],
      swiftSettings: strict),
    // The views that `evaluate` gives of a comparison's figures: reports, plots, studies, the doctor.
    .target(
      name: "EvaluationTools", dependencies: [deepen, evaluation, linearAlgebra], swiftSettings: strict),
    .executableTarget(
      name: "evaluate",
      dependencies: ["ExampleSupport", "EvaluationTools", deepen, evaluation],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ExampleTests",
      dependencies: [
        "ExampleSupport", "custom-backend", deepen, backendSupport, evaluation, linearAlgebra,
        .product(name: "ModelBackendTesting", package: "swift-deepen"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "EvaluationToolsTests",
      dependencies: [
        "EvaluationTools", deepen, evaluation, linearAlgebra,
        .product(name: "ModelBackendTesting", package: "swift-deepen"),
      ],
      swiftSettings: strict
    ),
  ],
  swiftLanguageModes: [.v6]
)
