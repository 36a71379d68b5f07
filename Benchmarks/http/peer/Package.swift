// swift-tools-version: 6.1
import PackageDescription

// The server that `make bench-http` measures against: Hummingbird on SwiftNIO, with the same trivial route.
let package = Package(
    name: "peer",
    platforms: [.macOS(.v14)],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.0.0")
    ],
    targets: [
        .executableTarget(
            name: "peer",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ]
)
