import Logging
import MartletServer
import MartletWSGI
import NIOCore

/// A Python application and the interpreter that will run it.
struct PythonTarget: PreparedTarget {
    let configuration: PythonConfiguration
    let interpreter: Interpreter

    init(_ configuration: PythonConfiguration, isOneOfSeveral: Bool) throws(TargetProblem) {
        self.configuration = configuration
        do throws(InterpreterError) {
            interpreter = try Interpreter.find(configuration, isOneOfSeveral: isOneOfSeveral)
        } catch {
            let setting = PythonConfiguration.settings.first { $0.path == error.setting }
            throw TargetProblem(key: setting?.key ?? "", description: error.text(configuration.names))
        }
    }

    var summary: String { "\(configuration.application), Python \(interpreter.version), \(interpreter.path)" }

    var facts: [(title: String, text: String)] {
        let user = configuration.user.map { ", as user \($0)" } ?? ""
        return [
            ("Python", "\(interpreter.version), \(interpreter.path) (\(interpreter.reason))"),
            ("Workers", Self.workers(configuration) + user),
        ]
    }

    private static func workers(_ configuration: PythonConfiguration) -> String {
        let text = workers(configuration.workers, threads: configuration.threads)
        guard let least = configuration.minimumWorkers, least < configuration.workers else { return text }
        return "\(least) to \(text)"
    }

    static func workers(_ workers: Int, threads: Int) -> String {
        "\(workers) \(workers == 1 ? "process" : "processes") × \(threads) \(threads == 1 ? "thread" : "threads")"
    }

    func descriptors(eventLoops: Int) -> Int {
        PythonApplication.descriptors(for: configuration, eventLoops: eventLoops)
            + (configuration.servesStaticFolders ? StaticFolderTable.descriptors(eventLoops: eventLoops) : 0)
    }

    var threads: Int { PythonApplication.threads(for: configuration) }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        var configuration = configuration
        configuration.grace = grace
        guard configuration.servesStaticFolders else {
            return try await PythonApplication.start(
                configuration,
                interpreter: interpreter,
                eventLoops: eventLoops,
                logger: logger
            )
        }
        let table = StaticFolderTable(eventLoops: eventLoops, refusal: refusal, logger: logger)
        let application = try await PythonApplication.start(
            configuration,
            interpreter: interpreter,
            eventLoops: eventLoops,
            logger: logger,
            onFolders: { table.take($0) }
        )
        await table.begin(before: application)
        return StaticFront(application, table)
    }

    /// Why the server answers for no static folder, whichever there are. Asked when the server has become its own user.
    private var refusal: String? {
        if configuration.reloadsOnChange { return "what is saved has to be there at once" }
        return configuration.runsAsOwnUser ? nil : "it runs as another user, who may not read what the server may"
    }
}

extension PythonApplication: RunningTarget {
    var problem: String? { hasWorker ? nil : "no worker of \(name) is ready" }
    func status() async -> TargetStatus? { .wsgi(await status()) }
    func stop(grace: Duration) async { await shutdown(grace: grace) }
    func kill() { killWorkers() }
}
