// swift-tools-version: 6.2
import CompilerPluginSupport
import Foundation
import PackageDescription

// The folders below Sources/ are the layers; a target may only depend on targets of its own folder or of a folder named
// before it: Base, Gateway, Wire, Testing, WebServer and Python, Framework, Command. `make lint` checks that.

/// `make fuzz` builds everything with the counters of libFuzzer; other builds know nothing of it.
let isFuzzing = Context.environment["MARTLET_FUZZ"] != nil

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ] + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])] : [])

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let posix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let ssl: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")

/// What the decorators need, `@GET("/users/<int:id>") func user(id: Int) -> User`. Without the trait swift-syntax is neither fetched nor
/// built.
let decorators: TargetDependencyCondition? = .when(traits: ["Decorators"])

/// What the bridges to Hummingbird need.
let hummingbird: Target.Dependency = .product(
    name: "Hummingbird",
    package: "hummingbird",
    condition: .when(traits: ["Hummingbird"])
)

func syntax(_ name: String) -> Target.Dependency {
    .product(name: name, package: "swift-syntax", condition: decorators)
}

/// What `Fuzz/Rules` looks into.
let hardened: [Target.Dependency] = [
    "MartletBytes", "MartletCGI", "MartletCommand", "MartletDNS", "MartletFiles", "MartletForms", "MartletGateway",
    "MartletHTTP1", "MartletHTTP2", "MartletImport", "MartletServer", "MartletTemplates", "MartletWebSocket", nio,
    posix, httpTypes,
    logging,
]

/// The rules that hold for all bytes: tests that mutate the corpora, or with libFuzzer a program of their own.
let fuzzTargets: [Target] =
    isFuzzing
    ? [
        .target(name: "FuzzRules", dependencies: hardened, path: "Fuzz/Rules", swiftSettings: settings),
        .executableTarget(
            name: "martlet-fuzz",
            dependencies: ["FuzzRules"],
            path: "Fuzz/Program",
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]
        ),
    ]
    : [
        .testTarget(
            name: "FuzzTests",
            dependencies: hardened,
            path: "Fuzz",
            exclude: ["Program", "README.md"],
            swiftSettings: settings
        )
    ]

/// Libraries that compression uses where their headers are there: Debian's libzstd-dev and libbrotli-dev.
let codings: [(header: String, target: String, package: String, condition: String)] = [
    ("zstd.h", "CZstd", "libzstd-dev", "MARTLET_ZSTD"),
    ("brotli/encode.h", "CBrotli", "libbrotli-dev", "MARTLET_BROTLI"),
].filter { FileManager.default.fileExists(atPath: "/usr/include/\($0.header)") }

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["MartletMain"]),
        .executable(name: "swift-hello", targets: ["swift-hello"]),
        .executable(name: "notes", targets: ["notes"]),
        .executable(name: "blog", targets: ["blog"]),
        .executable(name: "chat", targets: ["chat"]),
        .executable(name: "beside", targets: ["beside"]),
        .executable(name: "decorators", targets: ["decorators"]),
        .executable(name: "conformance-app", targets: ["conformance-app"]),
        .executable(name: "form-reader", targets: ["form-reader"]),
        .executable(name: "template-render", targets: ["template-render"]),
        .library(name: "Martlet", targets: ["Martlet"]),
        .library(name: "MartletGateway", targets: ["MartletGateway"]),
        .library(name: "MartletHummingbird", targets: ["MartletHummingbird"]),
        .library(name: "MartletJWT", targets: ["MartletJWT"]),
        .library(name: "MartletSQLite", targets: ["MartletSQLite"]),
        .library(name: "MartletTesting", targets: ["MartletTesting"]),
        .library(name: "MartletTracing", targets: ["MartletTracing"]),
        .library(name: "MartletWorker", type: .dynamic, targets: ["MartletWorker"]),
    ],
    traits: [
        .trait(
            name: "Decorators",
            description:
                "@GET(\"/users/<int:id>\") func user(id: Int) -> User: needs Swift 6.3, and builds swift-syntax."
        ),
        .trait(
            name: "Hummingbird",
            description:
                "MartletHummingbird: an application of Hummingbird 2 in Martlet, and one of Martlet in Hummingbird."
        ),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Base: the vocabulary of the protocols, on bytes. Neither SwiftNIO nor Foundation: the worker links it.
        .target(name: "MartletBytes", path: "Sources/Base/MartletBytes", swiftSettings: settings),

        // Pages for errors, as values and as text: the framework, the server and the worker of Python show them.
        .target(
            name: "MartletPages",
            dependencies: ["MartletBytes"],
            path: "Sources/Base/MartletPages",
            resources: [.embedInCode("Page/page.html")],
            swiftSettings: settings
        ),

        .target(name: "CMartletProcess", path: "Sources/Base/CMartletProcess"),

        // Gateway: the interface that both sides meet at.
        .target(
            name: "MartletGateway",
            dependencies: ["MartletBytes", nio, httpTypes, logging],
            path: "Sources/Gateway/MartletGateway",
            swiftSettings: settings
        ),
        .target(
            name: "MartletBuffering",
            dependencies: ["MartletGateway", nio, posix, httpTypes],
            path: "Sources/Gateway/MartletBuffering",
            swiftSettings: settings
        ),
        .target(
            name: "MartletProcesses",
            dependencies: ["CMartletProcess", "MartletGateway"],
            path: "Sources/Gateway/MartletProcesses",
            swiftSettings: settings
        ),
        .target(
            name: "MartletFolders",
            dependencies: ["MartletBytes", "MartletGateway"],
            path: "Sources/Gateway/MartletFolders",
            swiftSettings: settings
        ),

        // Wire: sans-IO codecs, bytes in and events out.
        .target(
            name: "MartletDNS",
            dependencies: ["MartletBytes"],
            path: "Sources/Wire/MartletDNS",
            swiftSettings: settings
        ),
        .target(
            name: "MartletHTTP1",
            dependencies: ["MartletBytes", "MartletGateway", nio, httpTypes],
            path: "Sources/Wire/MartletHTTP1",
            swiftSettings: settings
        ),
        .target(
            name: "MartletHTTP2",
            dependencies: ["MartletBytes", "MartletGateway", "MartletHTTP1", nio, httpTypes],
            path: "Sources/Wire/MartletHTTP2",
            swiftSettings: settings
        ),
        .target(
            name: "MartletCGI",
            dependencies: ["MartletBytes", "MartletGateway", "MartletHTTP1", nio, httpTypes],
            path: "Sources/Wire/MartletCGI",
            swiftSettings: settings
        ),
        .target(
            name: "MartletForms",
            dependencies: ["MartletBytes"],
            path: "Sources/Wire/MartletForms",
            swiftSettings: settings
        ),

        .target(
            name: "MartletWebSocket",
            dependencies: ["MartletBytes", crypto, nio],
            path: "Sources/Wire/MartletWebSocket",
            swiftSettings: settings
        ),

        // Testing: the other side of the interface, for tests of servers and of applications.
        .target(
            name: "MartletTesting",
            dependencies: ["MartletBytes", "MartletGateway", "MartletWebSocket", nio, posix, httpTypes, logging],
            path: "Sources/Testing/MartletTesting",
            swiftSettings: settings
        ),

        // WebServer: layer 1.
        .systemLibrary(name: "CCrypt", path: "Sources/WebServer/CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/WebServer/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "MartletFiles",
            dependencies: ["MartletBytes", "MartletFolders", "MartletGateway", nio, posix, httpTypes, logging],
            path: "Sources/WebServer/MartletFiles",
            swiftSettings: settings
        ),
        .target(
            name: "MartletPolicies",
            dependencies: [
                "CCrypt", "CZlib", "MartletBuffering", "MartletBytes", "MartletGateway", "MartletPages", crypto, nio,
                posix, httpTypes, logging,
            ]
                + codings.map { .init(stringLiteral: $0.target) },
            path: "Sources/WebServer/MartletPolicies",
            swiftSettings: settings + codings.map { .define($0.condition) }
        ),
        .target(
            name: "MartletCGIScripts",
            dependencies: [
                "MartletBuffering", "MartletBytes", "MartletCGI", "MartletFiles", "MartletFolders", "MartletGateway",
                "MartletProcesses", nio, posix, httpTypes, logging,
            ],
            path: "Sources/WebServer/MartletCGIScripts",
            swiftSettings: settings
        ),
        .target(
            name: "CMartletResolver",
            path: "Sources/WebServer/CMartletResolver",
            linkerSettings: [.linkedLibrary("resolv")]
        ),
        .target(
            name: "MartletProxy",
            dependencies: [
                "MartletBytes", "MartletBuffering", "MartletCGI", "MartletFiles", "MartletFolders", "MartletGateway",
                "MartletHTTP1", "CMartletResolver", "MartletDNS", "MartletHTTP2", nio, posix, ssl, httpTypes, logging,
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/WebServer/MartletProxy",
            swiftSettings: settings
        ),
        .target(
            name: "MartletACME",
            dependencies: [
                "MartletBytes", "MartletGateway", crypto, nio, posix, ssl, x509, httpTypes, logging,
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            path: "Sources/WebServer/MartletACME",
            swiftSettings: settings
        ),
        .target(
            name: "MartletServer",
            dependencies: [
                "MartletBytes", "MartletBuffering", "MartletCGI", "MartletGateway", "MartletHTTP1", "MartletHTTP2",
                "MartletPages", nio,
                posix,
                ssl,
                httpTypes, logging,
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/WebServer/MartletServer",
            swiftSettings: settings
        ),
        .target(
            name: "MartletMonitoring",
            dependencies: ["MartletBytes", "MartletGateway", "MartletServer", metrics, nio, httpTypes, logging],
            path: "Sources/WebServer/MartletMonitoring",
            resources: [.embedInCode("Page/status.html")],
            swiftSettings: settings
        ),

        // Python: layer 2 for Python.
        .target(name: "CMartletWorker", path: "Sources/Python/CMartletWorker"),
        .target(name: "MartletControl", path: "Sources/Python/MartletControl", swiftSettings: settings),
        .target(
            name: "MartletWorker",
            dependencies: ["CMartletWorker", "MartletBytes", "MartletControl", "MartletPages"],
            path: "Sources/Python/MartletWorker",
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-stdlib", "-Xlinker", "--gc-sections", "-Xlinker", "-s"])]
        ),
        .target(
            name: "MartletWSGI",
            dependencies: [
                "CMartletProcess", "CMartletWorker", "MartletBytes", "MartletBuffering", "MartletControl",
                "MartletGateway",
                "MartletPages", "MartletProcesses", nio, posix, httpTypes, logging,
            ],
            path: "Sources/Python/MartletWSGI",
            resources: [
                "memory_importer", "martlet_worker/__init__", "martlet_worker/__main__", "martlet_worker/advice",
                "martlet_worker/application", "martlet_worker/commands", "martlet_worker/control",
                "martlet_worker/control_table", "martlet_worker/django_folders", "martlet_worker/ending",
                "martlet_worker/error_log", "martlet_worker/explanation", "martlet_worker/file_wrapper",
                "martlet_worker/flask_folders",
                "martlet_worker/preload", "martlet_worker/serving", "martlet_worker/settings",
                "martlet_worker/source_watch", "martlet_worker/stacks", "martlet_worker/start_watch",
                "martlet_worker/static_folder", "martlet_worker/static_folders", "martlet_worker/terminal",
                "martlet_worker/threads", "martlet_worker/upgrade_socket", "martlet_worker/whole_lines",
                "martlet_worker/worker_signals", "martlet_worker/wsgi_callable",
            ].map { .embedInCode("Bootstrap/\($0).py") },
            swiftSettings: settings
        ),

        // Framework: layer 3 for Swift.
        .target(
            name: "MartletTemplates",
            dependencies: ["MartletBytes"],
            path: "Sources/Framework/MartletTemplates",
            swiftSettings: settings
        ),
        .target(
            name: "MartletRoutePatterns",
            dependencies: ["MartletBytes"],
            path: "Sources/Framework/MartletRoutePatterns",
            swiftSettings: settings
        ),
        .target(name: "CMartletRoutes", path: "Sources/Framework/CMartletRoutes"),
        .macro(
            name: "MartletMacros",
            dependencies: [
                .target(name: "MartletBytes", condition: decorators),
                .target(name: "MartletRoutePatterns", condition: decorators),
                syntax("SwiftCompilerPlugin"), syntax("SwiftDiagnostics"), syntax("SwiftParser"), syntax("SwiftSyntax"),
                syntax("SwiftSyntaxBuilder"), syntax("SwiftSyntaxMacros"),
            ],
            path: "Sources/Framework/MartletMacros",
            swiftSettings: settings
        ),
        .target(
            name: "MartletFramework",
            dependencies: [
                "CMartletRoutes", "MartletBuffering", "MartletBytes", "MartletFolders", "MartletForms",
                "MartletGateway",
                .target(name: "MartletMacros", condition: decorators),
                "MartletPages", "MartletRoutePatterns", "MartletSessions", "MartletTemplates", "MartletWebSocket",
                crypto,
                lifecycle, nio, posix, httpTypes, logging,
            ],
            path: "Sources/Framework/MartletFramework",
            swiftSettings: settings
        ),
        .target(
            name: "MartletSessions",
            dependencies: ["MartletBytes", "MartletForms", crypto],
            path: "Sources/Framework/MartletSessions",
            swiftSettings: settings
        ),
        // Products of their own, so that nobody else builds the packages that they stand on.
        .target(
            name: "MartletJWT",
            dependencies: ["MartletBytes", "MartletFramework", "MartletGateway", jwt],
            path: "Sources/Framework/MartletJWT",
            swiftSettings: settings
        ),
        .target(
            name: "MartletSQLite",
            dependencies: ["MartletSessions", grdb],
            path: "Sources/Framework/MartletSQLite",
            swiftSettings: settings
        ),
        .target(
            name: "MartletTracing",
            dependencies: ["MartletFramework", "MartletGateway", tracing, httpTypes, nio],
            path: "Sources/Framework/MartletTracing",
            swiftSettings: settings
        ),
        // Empty without the trait.
        .target(
            name: "MartletHummingbird",
            dependencies: ["MartletGateway", hummingbird, httpTypes, lifecycle, logging, nio, posix],
            path: "Sources/Framework/MartletHummingbird",
            swiftSettings: settings
        ),

        // Command: where the layers are put together.
        .target(
            name: "MartletSettings",
            dependencies: [
                "MartletBytes", "MartletGateway", "MartletServer", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Command/MartletSettings",
            swiftSettings: settings
        ),
        .target(
            name: "MartletAttached",
            dependencies: ["MartletBytes", "MartletProcesses", logging],
            path: "Sources/Command/MartletAttached",
            swiftSettings: settings
        ),
        .target(
            name: "MartletImport",
            dependencies: ["MartletBytes"],
            path: "Sources/Command/MartletImport",
            swiftSettings: settings
        ),
        .target(
            name: "Martlet",
            dependencies: [
                "MartletBytes", "MartletCommand", "MartletForms", "MartletFramework", "MartletGateway",
                "MartletMonitoring", "MartletServer", "MartletSessions", "MartletSettings", "MartletTemplates",
                "MartletWebSocket", httpTypes, nio,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Command/Martlet",
            swiftSettings: settings
        ),
        .target(name: "CMartletBuild", path: "Sources/Command/CMartletBuild"),
        .target(
            name: "MartletCommand",
            dependencies: [
                "MartletACME", "MartletAttached", "MartletBuffering", "MartletBytes", "MartletCGIScripts",
                "MartletControl", "MartletFiles", "MartletFolders", "MartletGateway", "MartletImport",
                "MartletMonitoring", "MartletPages", "CMartletBuild",
                "MartletPolicies",
                "MartletProcesses",
                "MartletProxy", "MartletServer", "MartletSettings", "MartletWSGI",
                crypto, httpTypes, logging, nio, posix, x509,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ],
            path: "Sources/Command/MartletCommand",
            resources: [.embedInCode("Init/martlet.service")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "MartletMain",
            dependencies: ["MartletCommand"],
            path: "Sources/Command/MartletMain",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "swift-hello",
            dependencies: ["Martlet"],
            path: "Examples/swift-hello",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "beside",
            dependencies: ["Martlet"],
            path: "Examples/beside",
            exclude: ["README.md", "legacy.py", "static", "templates"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "chat",
            dependencies: ["Martlet"],
            path: "Examples/chat",
            exclude: ["README.md", "templates"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "decorators",
            dependencies: ["Martlet"],
            path: "Examples/decorators",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "notes",
            dependencies: ["Martlet"],
            path: "Examples/notes",
            exclude: ["README.md", "templates"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "blog",
            dependencies: [
                "Martlet", "MartletSQLite", crypto, grdb, .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            path: "Examples/blog",
            exclude: ["README.md", "flask", "templates"],
            swiftSettings: settings
        ),

        // The reference application as a program: a stand-in for everybody's Swift app in the end-to-end tests.
        .executableTarget(
            name: "conformance-app",
            dependencies: ["Martlet", "MartletForms", "MartletFramework", "MartletGateway", httpTypes, nio],
            path: "Tests/ConformanceApp",
            swiftSettings: settings
        ),
        // What forms, cookies and fields are read as, to be compared with other programs.
        .executableTarget(
            name: "form-reader",
            dependencies: ["MartletForms"],
            path: "Tests/FormReader",
            swiftSettings: settings
        ),

        // Renders cases that it reads, for the comparison with Jinja2.
        .executableTarget(
            name: "template-render",
            dependencies: ["MartletTemplates"],
            path: "Tests/TemplateRender",
            swiftSettings: settings
        ),

        // Writes sessions beside another process that does the same.
        .executableTarget(
            name: "session-writer",
            dependencies: ["MartletSQLite", "MartletSessions"],
            path: "Tests/SessionWriter",
            swiftSettings: settings
        ),

        // What `make bench` measures of the framework beside Hummingbird and Flask.
        .executableTarget(
            name: "framework-app",
            dependencies: ["Martlet"],
            path: "Benchmarks/FrameworkApp",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "micro-benchmark",
            dependencies: ["MartletGateway", "MartletHTTP1", nio, posix, httpTypes, logging],
            path: "Benchmarks/Micro",
            swiftSettings: settings
        ),

        // Tests, named after what they test.
        .testTarget(name: "MartletBytesTests", dependencies: ["MartletBytes"], swiftSettings: settings),
        .testTarget(name: "MartletPagesTests", dependencies: ["MartletPages"], swiftSettings: settings),
        .testTarget(
            name: "MartletGatewayTests",
            dependencies: [
                "MartletGateway", nio, httpTypes, logging, .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletBufferingTests",
            dependencies: ["MartletBuffering", nio],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletHTTP1Tests",
            dependencies: ["MartletGateway", "MartletHTTP1", nio, httpTypes],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletHTTP2Tests",
            dependencies: ["MartletGateway", "MartletHTTP1", "MartletHTTP2", nio, httpTypes],
            swiftSettings: settings
        ),
        .testTarget(name: "MartletDNSTests", dependencies: ["MartletDNS"], swiftSettings: settings),
        .testTarget(
            name: "MartletCGITests",
            dependencies: [
                "MartletBytes", "MartletCGI", "MartletGateway", "MartletHTTP1", nio, posix, httpTypes, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletWebSocketTests",
            dependencies: ["MartletWebSocket", nio],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletFormsTests",
            dependencies: ["form-reader", "MartletForms"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletFilesTests",
            dependencies: [
                "MartletFiles", "MartletFolders", "MartletGateway", "MartletTesting", nio, posix, httpTypes,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletCGIScriptsTests",
            dependencies: [
                "MartletCGIScripts", "MartletGateway", "MartletTesting", nio, posix, httpTypes, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletPoliciesTests",
            dependencies: [
                "CZlib", "MartletBytes", "MartletGateway", "MartletPolicies", "MartletTesting", nio, posix, httpTypes,
                logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletProxyTests",
            dependencies: [
                "MartletCGI", "MartletGateway", "MartletHTTP1", "MartletProxy", nio, httpTypes, logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletACMETests",
            dependencies: [
                "MartletACME", "MartletBytes", "MartletGateway", crypto, x509, nio, posix, httpTypes, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletServerTests",
            dependencies: ["MartletBytes", "MartletGateway", "MartletHTTP1", "MartletServer", nio, httpTypes, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletMonitoringTests",
            dependencies: ["MartletGateway", "MartletMonitoring", "MartletServer", metrics, nio, httpTypes, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletTestingTests",
            dependencies: ["MartletGateway", "MartletTesting", "MartletWebSocket", nio, posix, httpTypes, logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletFrameworkTests",
            dependencies: [
                "MartletForms", "MartletFramework", "MartletGateway", "MartletRoutePatterns", "MartletSessions",
                "MartletTemplates", "MartletTesting", "MartletWebSocket", lifecycle, logging, nio, httpTypes,
            ],
            swiftSettings: settings
        ),
        // Empty without the trait. They do not depend on MartletMacros: what tests depend on a macro are built for the machine that
        // builds, and all targets with them a second time.
        .testTarget(
            name: "MartletDecoratorsTests",
            dependencies: [
                "DecoratedModule", "decorators", "MartletForms", "MartletFramework", "MartletGateway", "MartletTesting",
                httpTypes,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "DecoratedModule",
            dependencies: ["MartletFramework", "MartletGateway", httpTypes],
            path: "Tests/DecoratedModule",
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletMacrosTests",
            dependencies: ["MartletFramework"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletJWTTests",
            dependencies: [
                "MartletBytes", "MartletFramework", "MartletGateway", "MartletJWT", "MartletTesting", jwt, httpTypes,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletSQLiteTests",
            dependencies: ["MartletForms", "MartletSQLite", "MartletSessions", "session-writer", grdb],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletTracingTests",
            dependencies: [
                "MartletFramework", "MartletGateway", "MartletTesting", "MartletTracing", tracing, httpTypes,
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletHummingbirdTests",
            dependencies: [
                "conformance-app", "MartletFramework", "MartletGateway", "MartletHummingbird", "MartletServer",
                "MartletTesting", hummingbird, httpTypes, lifecycle, logging, nio, posix,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BlogTests",
            dependencies: ["blog", "Martlet", "MartletTesting", httpTypes, nio],
            swiftSettings: settings
        ),
        // What docs/tutorial shows and Examples/blog does not have.
        .testTarget(
            name: "TutorialTests",
            dependencies: ["Martlet", "MartletTesting", httpTypes],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletSessionsTests",
            dependencies: ["MartletBytes", "MartletForms", "MartletSessions"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletTemplatesTests",
            dependencies: ["MartletTemplates", "template-render"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletWSGITests",
            dependencies: [
                "CMartletWorker", "MartletBuffering", "MartletControl", "MartletGateway", "MartletProcesses",
                "MartletWSGI", nio, posix, httpTypes, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "conformance-app", "MartletCGI", "MartletFramework", "MartletGateway", "MartletHTTP2", "MartletServer",
                "MartletTesting",
                "MartletWSGI",
                nio,
                posix, httpTypes, logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MartletTests",
            dependencies: ["Martlet", "MartletTesting", httpTypes],
            swiftSettings: settings
        ),
        .testTarget(name: "MartletAttachedTests", dependencies: ["MartletAttached"], swiftSettings: settings),
        .testTarget(name: "MartletImportTests", dependencies: ["MartletImport"], swiftSettings: settings),
        .testTarget(
            name: "MartletCommandTests",
            dependencies: [
                "MartletACME", "MartletAttached", "MartletBytes", "MartletCGIScripts", "MartletCommand",
                "MartletGateway",
                "MartletProxy", "MartletServer",
                "MartletSettings", "MartletWSGI", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/MartletCommandTests",
            swiftSettings: settings
        ),
    ]
        + codings.map {
            .systemLibrary(name: $0.target, path: "Sources/WebServer/\($0.target)", providers: [.apt([$0.package])])
        } + fuzzTargets
)

if isFuzzing { package.products.removeAll { $0.name == "martlet" } }

// `make docc` needs the plugin, and nothing else does.
if Context.environment["MARTLET_DOCC"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
