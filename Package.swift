// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let linux: TargetDependencyCondition? = .when(platforms: [.linux, .android])
let llama: TargetDependencyCondition? = .when(traits: ["LlamaCpp"])

/// A library product and target of the same name: one idea, one module.
struct Module {
  var name: String
  var dependencies: [Target.Dependency] = []
  var resources: [Resource] = []
  var testDependencies: [Target.Dependency]? = []
  var testResources: [Resource] = []

  /// Whether other packages may import it.
  var isProduct = true

  var product: Product? { isProduct ? .library(name: name, targets: [name]) : nil }

  var targets: [Target] {
    var targets: [Target] = [
      .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
    ]
    if let testDependencies {
      targets.append(
        .testTarget(
          name: "\(name)Tests",
          dependencies: [.byName(name: name)] + dependencies + testDependencies,
          resources: testResources,
          swiftSettings: strict
        )
      )
    }
    return targets
  }
}

let modules: [Module] = [
  Module(name: "LinearAlgebra", dependencies: ["CBLASShim"]),
  Module(
    name: "ModelBackends",
    dependencies: ["LinearAlgebra"],
    testDependencies: ["FuzzSupport"]
  ),
  Module(
    name: "BackendSupport",
    dependencies: ["ModelBackends", "LinearAlgebra"],
    testDependencies: ["ModelBackendTesting"]
  ),
  Module(
    name: "HuggingFaceTokenizers",
    dependencies: ["BackendSupport", "ModelBackends", "LinearAlgebra"],
    testDependencies: ["FuzzSupport", "ModelBackendTesting"],
    testResources: [.copy("Fixtures")]
  ),
  Module(
    name: "RelativeSpace",
    dependencies: ["AlignmentKernels", "ModelBackends", "LinearAlgebra"],
    testDependencies: ["ModelBackendTesting"]
  ),
  // Numbers of the factored alignment, which only RelativeSpace imports.
  Module(name: "AlignmentKernels", dependencies: ["CAlignmentKernels", "LinearAlgebra"], isProduct: false),
  Module(name: "Fusion", dependencies: ["LinearAlgebra"]),
  Module(
    name: "InverseSearch",
    dependencies: ["RelativeSpace", "LinearAlgebra"],
    testDependencies: ["Fusion", "ModelBackends"]
  ),
  Module(
    name: "Ensembling",
    dependencies: ["BackendSupport", "ModelBackends", "RelativeSpace", "Fusion", "InverseSearch", "LinearAlgebra"],
    testDependencies: ["Baselines", "ModelBackendTesting"]
  ),
  Module(
    name: "GGUFBackend",
    dependencies: [
      "BackendSupport", "ModelBackends", "LinearAlgebra",
      .target(name: "CLlamaShim", condition: llama),
    ],
    testDependencies: ["ModelBackendTesting", "FuzzSupport", "ONNXBackend"]
  ),
  Module(
    name: "ONNXBackend",
    dependencies: ["BackendSupport", "ModelBackends", "LinearAlgebra", "HuggingFaceTokenizers", "CONNXRuntime"],
    testDependencies: ["ModelBackendTesting", "FuzzSupport"],
    testResources: [.copy("Fixtures")]
  ),
  Module(
    name: "Baselines",
    dependencies: ["ModelBackends", "Ensembling", "Fusion", "LinearAlgebra"],
    testDependencies: ["ModelBackendTesting"]
  ),
  Module(
    name: "Evaluation",
    dependencies: [
      "ModelBackends", "RelativeSpace", "Fusion", "InverseSearch", "Ensembling", "Baselines", "LinearAlgebra",
    ],
    testDependencies: ["ModelBackendTesting"],
    testResources: [.copy("Fixtures")]
  ),
  Module(
    name: "ModelBackendTesting", dependencies: ["BackendSupport", "ModelBackends", "LinearAlgebra"],
    testDependencies: nil),
  Module(
    name: "DeePEn",
    dependencies: [
      "LinearAlgebra", "ModelBackends", "RelativeSpace", "Fusion", "InverseSearch", "Ensembling", "Baselines",
    ],
    testDependencies: ["Evaluation", "ModelBackendTesting", "HuggingFaceTokenizers", "ProcessSupport"]
  ),
]

let package = Package(
  name: "swift-deepen",
  platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .visionOS(.v2)],
  products: modules.compactMap(\.product),
  traits: [
    .trait(name: "LlamaCpp", description: "GGUF models through an installed libllama (pkg-config: llama)."),
    .default(enabledTraits: []),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .yum(["openblas-devel"])]
    ),
    .target(
      name: "CBLASShim",
      dependencies: [.target(name: "COpenBLAS", condition: linux)],
      linkerSettings: [
        .linkedFramework("Accelerate", .when(platforms: [.macOS, .iOS, .tvOS, .visionOS])),
        .linkedLibrary("m", .when(platforms: [.linux, .android])),
      ]
    ),
    .target(name: "CAlignmentKernels", dependencies: ["CBLASShim"]),
    .systemLibrary(
      name: "CLlama",
      pkgConfig: "llama",
      providers: [.brew(["llama.cpp"]), .apt(["libllama-dev"])]
    ),
    .target(
      name: "CLlamaShim",
      dependencies: [.target(name: "CLlama", condition: llama)],
      cxxSettings: [.define("HAVE_LLAMA", .when(traits: ["LlamaCpp"]))]
    ),
    .target(
      name: "CONNXRuntime",
      linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]
    ),
    // Tests of both engines in one answer.
    .testTarget(
      name: "ReliabilityTests",
      dependencies: [
        "DeePEn", "BackendSupport", "Ensembling", "GGUFBackend", "ONNXBackend", "HuggingFaceTokenizers",
        "LinearAlgebra",
      ],
      swiftSettings: strict
    ),
    // Parts that a user adds, each in one file, from public names alone.
    .testTarget(
      name: "ExtensionTests", dependencies: ["DeePEn", "BackendSupport", "LinearAlgebra", "ModelBackendTesting"],
      swiftSettings: strict),
    // Every line of Swift in the documents is compiled: the plug-in hands it to the target's build.
    .testTarget(
      name: "DocumentationTests",
      dependencies: [
        "DocumentSupport", "ProcessSupport", "DeePEn", "BackendSupport", "Evaluation", "GGUFBackend", "ONNXBackend",
        "HuggingFaceTokenizers", "ModelBackendTesting",
      ],
      swiftSettings: strict,
      plugins: ["SamplePlugin"]
    ),
    .target(name: "DocumentSupport", path: "Tests/DocumentSupport", swiftSettings: strict),
    // Runs programs for tests; no product.
    .target(name: "ProcessSupport", path: "Tests/ProcessSupport", swiftSettings: strict),
    .executableTarget(
      name: "sample-writer", dependencies: ["DocumentSupport"], path: "Tests/SampleWriter", swiftSettings: strict
    ),
    .plugin(
      name: "SamplePlugin", capability: .buildTool, dependencies: ["sample-writer"], path: "Tests/SamplePlugin"
    ),
    // Damages files for the tests of everything that reads them; no product.
    .target(name: "FuzzSupport", dependencies: ["LinearAlgebra"], path: "Tests/FuzzSupport", swiftSettings: strict),
  ] + modules.flatMap(\.targets),
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
