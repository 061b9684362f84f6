// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let library: [Target.Dependency] = [
  .product(name: "DeePEn", package: "swift-deepen"),
  .product(name: "Evaluation", package: "swift-deepen"),
  .product(name: "LinearAlgebra", package: "swift-deepen"),
]

let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swift-deepen", path: "..", traits: ["LlamaCpp"]),
    .package(name: "Examples", path: "../Examples"),
  ],
  targets: [
    .target(name: "CBenchmarkKernels"),
    .target(
      name: "BenchmarkKit",
      dependencies: ["CBenchmarkKernels", .product(name: "ExampleSupport", package: "Examples")] + library,
      swiftSettings: strict
    ),
    .executableTarget(
      name: "benchmark",
      dependencies: [
        "BenchmarkKit", .product(name: "ExampleSupport", package: "Examples"),
        .product(name: "EvaluationTools", package: "Examples"),
      ] + library,
      swiftSettings: strict
    ),
    .testTarget(name: "BenchmarkTests", dependencies: ["BenchmarkKit", "benchmark"] + library, swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
