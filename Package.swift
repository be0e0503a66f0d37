// swift-tools-version:6.2
import PackageDescription

// Strictness is decided here once, for every target of ours.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // An existential is written `any`: its cost shows where it is paid.
    .enableUpcomingFeature("ExistentialAny"),
    // A member is used only where its module is imported: the import list tells the truth.
    .enableUpcomingFeature("MemberImportVisibility"),
    // What a module imports stays its own business unless it says `public import`.
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]

let package = Package(
    name: "draind",
    products: [
        .executable(name: "draind", targets: ["draind"]),
        .executable(name: "drainctl", targets: ["drainctl"]),
        .executable(name: "soak", targets: ["soak"]),
    ],
    dependencies: [
        // No traits: two enabled traits make SwiftPM 6.3 recompile the package at every other call.
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // The doors to C.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),

        // The core: values and pure functions, without I/O, clock or Foundation.
        .target(name: "DrainModel", swiftSettings: strict),
        .target(name: "DrainEngine", dependencies: ["DrainModel"], swiftSettings: strict),

        // The trust boundary: the only place that can make a verified message.
        .target(name: "SNSIntake", dependencies: ["DrainModel", "COpenSSL"], swiftSettings: strict),

        // The hands.
        .target(name: "HTTPTransport", dependencies: ["CCurl"], swiftSettings: strict),
        .target(name: "AWSClient", dependencies: ["HTTPTransport", "COpenSSL"], swiftSettings: strict),
        .target(
            name: "Ledgers",
            dependencies: ["DrainModel", "DrainEngine", "AWSClient", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .target(
            name: "HTTPEndpoint",
            dependencies: ["DrainModel"] + hummingbird + [
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),

        // The only place that knows both the engine and AWS.
        .target(
            name: "DrainService",
            dependencies: [
                "DrainModel", "DrainEngine", "SNSIntake", "HTTPTransport", "AWSClient", "Ledgers", "HTTPEndpoint",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),

        // An AWS account that runs anywhere: a value under virtual time, and the same on a socket.
        .target(name: "SimulatedWorld", swiftSettings: strict),
        .target(
            name: "SimulatedAWS",
            dependencies: ["SimulatedWorld", "HTTPTransport", "COpenSSL"] + hummingbird,
            swiftSettings: strict),

        .executableTarget(
            name: "draind",
            dependencies: ["DrainService", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),
        .executableTarget(
            name: "drainctl",
            dependencies: [
                "DrainModel", "DrainService", "HTTPEndpoint", "HTTPTransport", "SNSIntake", "SimulatedAWS",
                "SimulatedWorld",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // Tests.
        .testTarget(name: "DrainModelTests", dependencies: ["DrainModel"], swiftSettings: strict),
        .testTarget(name: "DrainEngineTests", dependencies: ["DrainModel", "DrainEngine"], swiftSettings: strict),
        .testTarget(
            name: "SNSIntakeTests", dependencies: ["DrainModel", "SNSIntake", "COpenSSL"], swiftSettings: strict),
        .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport"], swiftSettings: strict),
        .testTarget(name: "AWSClientTests", dependencies: ["AWSClient", "HTTPTransport"], swiftSettings: strict),
        .target(
            name: "LedgerConformance", dependencies: ["DrainModel", "DrainEngine"], path: "Tests/LedgerConformance",
            swiftSettings: strict),
        .testTarget(
            name: "LedgersTests",
            dependencies: [
                "AWSClient", "DrainModel", "DrainEngine", "HTTPTransport", "Ledgers", "LedgerConformance",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DrainServiceTests",
            dependencies: [
                "AWSClient", "DrainEngine", "DrainModel", "DrainService", "HTTPEndpoint", "HTTPTransport", "SNSIntake",
                "draind",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPEndpointTests", dependencies: ["DrainModel", "HTTPEndpoint"] + hummingbird, swiftSettings: strict
        ),
        .testTarget(name: "SimulatedWorldTests", dependencies: ["SimulatedWorld"], swiftSettings: strict),

        // The engine itself over the simulated world, under virtual time, from one seed.
        .target(
            name: "DrainSimulation", dependencies: ["DrainModel", "DrainEngine", "SimulatedWorld"],
            path: "Tests/DrainSimulation", swiftSettings: strict),
        .testTarget(
            name: "DrainSimulationTests",
            dependencies: ["DrainModel", "DrainEngine", "DrainSimulation", "LedgerConformance", "SimulatedWorld"],
            swiftSettings: strict),
        .executableTarget(
            name: "soak", dependencies: ["DrainModel", "DrainSimulation"], path: "Tests/soak", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
