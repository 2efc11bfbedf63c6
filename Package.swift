// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let kernels: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Werror"])]
let package = Package(
  name: "Pith",
  targets: [
    .target(name: "CKernels", cSettings: kernels, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "COneDNN", cSettings: kernels, linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "Builtins", swiftSettings: strict),
    .target(name: "Engine", dependencies: ["Builtins", "CKernels", "COneDNN"], swiftSettings: strict),
  ]
)
