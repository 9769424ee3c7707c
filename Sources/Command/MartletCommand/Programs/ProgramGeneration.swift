import Glibc
import Logging
import MartletAttached
import MartletGateway
import MartletProxy
import MartletServer
import NIOCore

/// A program that runs, and the way to it.
final class ProgramGeneration: Sendable {
    let number: Int
    let proxy: ProxyApplication
    private let runner: AttachedRunner
    private let socket: String

    private init(_ number: Int, _ proxy: ProxyApplication, _ runner: AttachedRunner, at socket: String) {
        self.number = number
        self.proxy = proxy
        self.runner = runner
        self.socket = socket
    }

    /// Starts a program and waits until it answers.
    ///
    /// - Throws: ``ProgramFailure``; ``ChildUserError``.
    static func start(
        _ configuration: SwiftConfiguration,
        _ number: Int,
        at socket: String,
        _ eventLoops: [any EventLoop],
        _ work: BlockingWork,
        logger: Logger
    ) async throws -> ProgramGeneration {
        var command = AttachedCommand()
        command.name = configuration.name
        command.run =
            ([configuration.program] + flags(socket, beside: configuration.arguments) + configuration.arguments).map(
                quoted
            ).joined(separator: " ")
        command.directory = configuration.directory
        command.environment = configuration.environment.merging([Surroundings.behindServer: "1"]) { own, _ in own }
        command.user = configuration.user
        // A program of another kind may not remove what it has left when it was killed, and cannot listen there again.
        let runner = try AttachedRunner(command, logger: logger, beforeStart: { unlink(socket) })
        var upstream = ProxyConfiguration(upstreams: [UpstreamURL(scheme: .http, place: .unix(path: socket), path: "/")]
        )
        // What the server allows a request, its program has as well.
        upstream.answerTimeout = .year
        upstream.readTimeout = .year
        let proxy = try ProxyApplication(upstream, eventLoops: eventLoops, logger: logger)
        let generation = ProgramGeneration(number, proxy, runner, at: socket)
        runner.start()
        do {
            try await generation.waitUntilReady(within: configuration.startTimeout, configuration, work)
        } catch {
            await generation.stop(grace: .zero)
            throw error
        }
        return generation
    }

    /// Requests come from the server alone, which says who the client is and where the program is mounted, and has each in its own log.
    private static func flags(_ socket: String, beside others: [String]) -> [String] {
        let all = [
            ["--bind", "unix:\(socket)"], ["--trusted-proxy", "unix"],
            ["--forwarded-fields", "for,proto,host,port,prefix"], ["--access-log", "off"],
        ]
        return all.filter { pair in !others.contains { $0 == pair[0] || $0.hasPrefix(pair[0] + "=") } }.flatMap { $0 }
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: "'\\''") + "'"
    }

    private static let pause = Duration.milliseconds(20)

    private func waitUntilReady(
        within limit: Duration?,
        _ configuration: SwiftConfiguration,
        _ work: BlockingWork
    ) async throws {
        let end = ContinuousClock().now + (limit ?? .year)
        while ContinuousClock().now < end {
            if let instance = runner.machine.instances.first, instance.restarts > 0 || instance.stage == .pausing {
                throw ProgramFailure(
                    description:
                        "\(configuration.program) \(instance.last?.text ?? "could not be started"); the log has what it said"
                )
            }
            if try await work.run({ [socket] in ProgramProbe.isAnswered(at: socket) }) { return }
            try await Task.sleep(for: Self.pause)
        }
        throw ProgramFailure(
            description:
                "\(configuration.program) does not answer within the start-timeout of \(limit.map { "\($0)" } ?? "a year"). It has to call App.run(), which takes --bind."
        )
    }

    /// Of its process.
    var instance: AttachedInstance? { runner.machine.instances.first }

    /// Lets its requests end, for at most `grace`.
    func stop(grace: Duration) async {
        await runner.stop(grace: grace)
        proxy.stop()
        unlink(socket)
    }

    func kill() {
        runner.kill()
        proxy.kill()
    }
}
