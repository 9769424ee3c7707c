import Logging
import MartletGateway
import MartletWSGI
import NIOCore

/// The Python applications of the table, in `Tests/Conformance`.
enum PythonReference {
    /// - Parameter application: `raw:application` or `flask_app:app`.
    static func start(_ application: String, _ eventLoops: [any EventLoop]) async throws -> PythonApplication {
        var folder = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        folder.append("Conformance")
        let configuration = PythonConfiguration(
            application: application,
            directory: folder.joined(separator: "/"),
            workers: 1,
            threads: 2
        )
        return try await PythonApplication.start(
            configuration,
            interpreter: Interpreter.find(configuration),
            eventLoops: eventLoops,
            logger: Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
