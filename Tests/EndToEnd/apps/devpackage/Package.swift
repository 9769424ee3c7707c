// swift-tools-version: 6.0
import PackageDescription

let package = Package(name: "tiny", targets: [.executableTarget(name: "tiny")])
