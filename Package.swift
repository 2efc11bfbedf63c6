// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 mode comes with the tools version; a warning is an error.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// The loops over elements are compiled for speed in debug builds too: a debug build is for our own Swift.
let kernels: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Werror"])]

let package = Package(
  name: "Pith",
  products: [.executable(name: "pith", targets: ["pith"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // C, each behind a thin shim.
    .target(name: "CEditline", linkerSettings: [.linkedLibrary("edit")]),
    .target(name: "COneDNN", cSettings: kernels, linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CLapack", cSettings: kernels, linkerSettings: [.linkedLibrary("lapack")]),
    .target(name: "CKernels", cSettings: kernels, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CDatasets", exclude: ["csv"], cSettings: [.unsafeFlags(["-std=gnu23", "-Wall", "-Wextra", "-Werror"])]),

    // Lower never imports higher.
    .target(name: "Builtins", swiftSettings: strict),
    .target(name: "Engine", dependencies: ["Builtins", "CKernels", "CLapack", "COneDNN"], swiftSettings: strict),
    .target(name: "NN", dependencies: ["Builtins", "Engine"], swiftSettings: strict),
    .target(name: "Data", dependencies: ["Builtins", "Engine", "CDatasets"], swiftSettings: strict),
    .target(name: "Importance", dependencies: ["Builtins", "Engine", "NN"], swiftSettings: strict),
    .target(name: "Charts", dependencies: ["Builtins"], swiftSettings: strict),
    .target(name: "Language", swiftSettings: strict),
    .target(
      name: "Interpreter",
      dependencies: ["Builtins", "CKernels", "Charts", "Data", "Engine", "Importance", "Language", "NN"], swiftSettings: strict),
    .target(
      name: "Shell", dependencies: ["Builtins", "CEditline", "CKernels", "Charts", "Data", "Engine", "Interpreter", "Language"],
      swiftSettings: strict),
    .executableTarget(
      name: "pith", dependencies: ["COneDNN", "Shell", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),

    // Tests mirror the targets.
    .target(
      name: "TestSupport", dependencies: ["Builtins", "Charts", "Data", "Engine", "Interpreter", "Language"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(name: "PTYKit", path: "Tests/PTYKit", swiftSettings: strict),
    .executableTarget(name: "editor-probe", dependencies: ["Shell"], path: "Tests/EditorProbe", swiftSettings: strict),
    .testTarget(name: "KernelTests", dependencies: ["CKernels", "COneDNN"], swiftSettings: strict),
    .testTarget(name: "EngineTests", dependencies: ["Engine"], swiftSettings: strict),
    .testTarget(name: "NNTests", dependencies: ["Data", "NN"], swiftSettings: strict),
    .testTarget(name: "DataTests", dependencies: ["Data"], swiftSettings: strict),
    .testTarget(name: "ImportanceTests", dependencies: ["Importance"], swiftSettings: strict),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"], swiftSettings: strict),
    .testTarget(name: "LanguageTests", dependencies: ["Language"], swiftSettings: strict),
    .testTarget(name: "InterpreterTests", dependencies: ["Interpreter", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "ShellTests", dependencies: ["Shell", "PTYKit", "pith"], swiftSettings: strict),
    .testTarget(name: "EditorTests", dependencies: ["Shell", "PTYKit", "editor-probe"], swiftSettings: strict),
  ]
)
