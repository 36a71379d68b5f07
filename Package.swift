// swift-tools-version: 6.1
import Foundation
import PackageDescription

/// Debian keeps libgomp, which the static FAISS library needs, in gcc's own folder.
let gccFolder: String? = {
    let triples = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "/usr/lib/gcc/\($0)" }
    for folder in triples {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let numbered = versions.compactMap { Int($0) }.sorted(by: >)
        for version in numbered where FileManager.default.fileExists(atPath: "\(folder)/\(version)/libgomp.so") {
            return "\(folder)/\(version)"
        }
    }
    return nil
}()

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]
/// Kernels are useless without optimisation, so tests in debug builds keep it.
let cSettings: [CSetting] = [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror=implicit-function-declaration"])]
let cxxSettings: [CXXSetting] = [.unsafeFlags(["-O2", "-Wall"])]

func target(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

/// Fixtures are found beside the sources, so no bundle is made of them.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "passerine",
    products: [.executable(name: "passerine", targets: ["passerine"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.11.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    ],
    targets: [
        // From the ground up; a target imports only what stands above it (docs/architecture.md).
        .target(name: "CKernels", cSettings: cSettings),
        .target(name: "CMappings", cSettings: cSettings),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "CFaiss",
            cxxSettings: cxxSettings,
            linkerSettings: [
                .unsafeFlags(gccFolder.map { ["-L\($0)"] } ?? []),
                .linkedLibrary("faiss"), .linkedLibrary("gomp"), .linkedLibrary("lapack"),
                .linkedLibrary("openblas"), .linkedLibrary("stdc++"),
            ]),
        .target(name: "CCheckedPages", dependencies: ["CKernels", "CMappings", sqlite], cSettings: cSettings),
        target("JSON"),
        target("TextFiles", ["CZlib"]),
        target("LinearAlgebra", ["CKernels", "COpenBLAS"]),
        target("BERT", ["CMappings", "JSON", "LinearAlgebra", crypto]),
        target("Ranking", ["BERT", "LinearAlgebra", "CKernels"]),
        target("Corpus", ["JSON", "TextFiles"]),
        target(
            "PassageIndex",
            [
                "Ranking", "Corpus", "JSON", "LinearAlgebra", "CKernels", "CMappings", "CCheckedPages", grdb, sqlite,
                crypto,
            ]),
        target("Search", ["PassageIndex", "Ranking", "BERT", "Corpus", "JSON", "LinearAlgebra"]),
        target("Evaluation", ["JSON", "TextFiles"]),
        target("HTTP", ["CEpoll"]),
        target(
            "Server",
            [
                "HTTP", "Search", "PassageIndex", "Ranking", "Corpus", "JSON", "BERT", "LinearAlgebra", "CKernels",
                "CEpoll", "CZlib",
                crypto, logging, metrics,
            ],
            // Served from the binary: the interface's description and the web page.
            resources: [.embedInCode("OpenAPI/openapi.json"), .embedInCode("WebPage/Assets")]),
        .executableTarget(
            name: "passerine",
            dependencies: [
                "BERT", "Corpus", "Evaluation", "HTTP", "JSON", "LinearAlgebra", "PassageIndex", "Ranking", "Search",
                "Server",
                "TextFiles", arguments, logging, .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swiftSettings),

        tests("CKernelsTests", ["CKernels"]),
        tests("CFaissTests", ["CFaiss"]),
        tests("JSONTests", ["JSON"]),
        tests("TextFilesTests", ["TextFiles"]),
        tests("LinearAlgebraTests", ["LinearAlgebra"]),
        tests("BERTTests", ["BERT", "JSON", "LinearAlgebra", crypto], exclude: ["Fixtures"]),
        tests("RankingTests", ["Ranking", "BERT", "LinearAlgebra"], exclude: ["Fixtures"]),
        tests("CorpusTests", ["Corpus", "JSON"]),
        tests(
            "PassageIndexTests",
            [grdb, sqlite, "CCheckedPages", "PassageIndex", "Ranking", "Corpus", "JSON", "LinearAlgebra"]),
        tests("SearchTests", ["Search", "PassageIndex", "Ranking", "Corpus", "JSON", "LinearAlgebra"]),
        tests("EvaluationTests", ["Evaluation", "JSON", "TextFiles"], exclude: ["Fixtures"]),
        tests("HTTPTests", ["HTTP"]),
        tests(
            "ServerTests",
            ["Server", "HTTP", "Search", "PassageIndex", "Ranking", "Corpus", "JSON", "CZlib", logging, metrics]),
        tests("PasserineTests", ["passerine", "Corpus", "JSON", "Search"]),
    ],
    cxxLanguageStandard: .cxx17
)

// Only the fuzzers' Make targets build these, with sanitizers. The variable names libFuzzer's library without a `main`.
if let library = Context.environment["PASSERINE_FUZZ"] {
    func fuzzer(_ name: String, _ path: String, exclude: [String] = [], _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: name, dependencies: ["LibFuzzer"] + dependencies, path: "Tests/Fuzz/" + path, exclude: exclude,
            swiftSettings: swiftSettings,
            linkerSettings: [.unsafeFlags([library]), .linkedLibrary("stdc++")])
    }
    package.targets += [
        .target(name: "LibFuzzer", path: "Tests/Fuzz/LibFuzzer", swiftSettings: swiftSettings),
        fuzzer(
            "fuzz", "Routes", exclude: ["Seeds", "http.dict"],
            ["HTTP", "Server", "Search", "PassageIndex", "Ranking", "Corpus", "JSON"]),
        fuzzer(
            "fuzz-index", "Index",
            ["CCheckedPages", "CKernels", sqlite, "BERT", "Search", "PassageIndex", "Ranking", "Corpus", "JSON"]),
    ]
}
