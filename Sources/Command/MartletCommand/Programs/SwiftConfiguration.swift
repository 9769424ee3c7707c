/// A program that is an application of its own, written in Swift with `import Martlet`, and how the server runs it.
package struct SwiftConfiguration: Sendable, Equatable {
    package var program = ""
    package var arguments: [String] = []
    /// The folder that it begins in; nil for the server's own.
    package var directory: String?
    /// Variables besides the server's own.
    package var environment: [String: String] = [:]
    /// `user` or `user:group`; nil for the server's own.
    package var user: String?
    /// How long it may take until it answers; nil for ever.
    package var startTimeout: Duration? = .seconds(60)
    /// Whether it is started anew when its file has changed.
    package var reloadsOnChange = false
    /// How it is built, while it is developed; nil where that is somebody else's.
    package var build: SwiftBuild?

    package init() {}

    /// What people call it.
    var name: String { program.split(separator: "/").last.map(String.init) ?? program }
}

/// How a program is built from its package.
package struct SwiftBuild: Sendable, Equatable {
    /// The folder of the package.
    package var package: String
    package var product: String
}
