import Glibc
import HTTPTypes
import Logging
import MartletCGI
import MartletFiles
import MartletFolders
package import MartletGateway
import MartletProcesses
import NIOCore
import NIOPosix

/// CGI scripts as an application: a folder of them, or one (RFC 3875).
///
/// The rules:
///
/// 1. A process for each request, at most so many at a time; others wait in their order, and beyond that are refused with 503.
/// 2. No process waits for a client. The body is taken in before its script is started, which is told the length; what the client does
///    not take of an answer is kept for it, up to a limit. Both can be switched off; a body without a length is taken in nevertheless.
/// 3. The answer goes to the client as it comes.
/// 4. A script never outlives the request that it is for, if that is given up: its group is ended.
package final class ScriptApplication: Application {
    private let configuration: ScriptsConfiguration
    private let finder: ScriptFinder
    private let variables: ScriptVariables
    private let gate: ScriptGate
    private let user: ChildUser?

    /// - Throws: ``ChildUserError``.
    package init(_ configuration: ScriptsConfiguration) throws {
        self.configuration = configuration
        finder = ScriptFinder(configuration.path)
        variables = ScriptVariables(configuration.environment)
        gate = ScriptGate(limit: configuration.processes, queue: configuration.queue)
        user = try configuration.user.map { (name) throws(ChildUserError) in try ChildUser(name) }
        OrphanReaper.startIfFirstProcess()
        // A script that closes its input must not end the server.
        Glibc.signal(SIGPIPE, SIG_IGN)
    }

    /// How many open files it needs: three pipes of each script, and what the threads that start them have open meanwhile.
    package static func descriptors(for configuration: ScriptsConfiguration) -> Int { configuration.processes * 8 }

    /// How many threads it needs: one for each script.
    package static func threads(for configuration: ScriptsConfiguration) -> Int { configuration.processes }

    /// Which script a path is meant for, in words.
    package static func explanation(of path: [UInt8], with configuration: ScriptsConfiguration) -> String {
        switch ScriptFinder(configuration.path).find(path) {
        case .script(let script):
            let info =
                script.pathInfo.isEmpty ? "" : ", PATH_INFO '\(String(decoding: script.pathInfo, as: UTF8.self))'"
            return String(decoding: script.path, as: UTF8.self) + info
        case .missing: return "none: 404 Not Found"
        case .forbidden(let reason): return "403 Forbidden: \(reason)"
        case .failed(let error): return "500 Internal Server Error: \(error)"
        }
    }

    package func respond(to request: Request) async throws -> Response {
        // The memory of the path is the head's.
        let path = withExtendedLifetime(request.head) { Array(request.pathBytes) }
        switch await find(path) {
        case .script(let script): return try await run(script, for: request)
        case .missing: return .refusal(.notFound, "There is no such script.")
        case .forbidden(let reason):
            request.logger.error("A script cannot be run: \(reason).")
            return .refusal(.forbidden, "The script cannot be run.")
        case .failed(let error):
            request.logger.error("A script cannot be looked for: \(error).")
            return error.isShortage
                ? .refusal(.serviceUnavailable, "The script could not be started.")
                : .refusal(.internalServerError, "The script could not be looked for.")
        }
    }

    private func find(_ path: [UInt8]) async -> ScriptFinder.Found {
        await withUnsafeContinuation { continuation in
            NIOThreadPool.singleton.submit { [finder] state in
                guard case .active = state else { return continuation.resume(returning: .missing) }
                continuation.resume(returning: finder.find(path))
            }
        }
    }

    private func run(_ script: Script, for request: Request) async throws -> Response {
        let input = try await ScriptInput.take(request, inAdvance: configuration.requestBuffering)
        let environment = try variables.list(for: script, request, length: input.length, user: user)
        let launch = ScriptLaunch(script: script, environment: environment, user: user)
        do {
            try await gate.enter(within: configuration.timeout, on: request.connection.eventLoop)
        } catch let failure as ScriptFailure {
            request.logger.error("The script \(String(decoding: script.path, as: UTF8.self)) \(failure).")
            throw failure
        }
        let run = ScriptRun(script, of: request, limit: configuration.timeout, gate: gate)
        switch try await run.answer(launch, input) {
        case .localRedirect(let path): return try await request.follow(path, of: script)
        case .head(let head, let body):
            var response = Self.response(head, body, run, isHead: request.method == .head)
            response.bufferLimit = configuration.responseBuffering ? configuration.responseBufferingLimit : nil
            return response
        }
    }

    private static func response(
        _ head: CGIResponseHead,
        _ body: BodyStream?,
        _ run: ScriptRun,
        isHead: Bool
    ) -> Response {
        guard let body else {
            // The server says how long the body would be, and sends none.
            let none = Response.Body.stream(length: head.length) { _ in }
            return Response(status: head.status, headers: head.headers, body: isHead ? none : .empty)
        }
        return Response(
            status: head.status,
            headers: head.headers,
            body: .stream(length: head.length) { writer in
                do {
                    while let chunk = try await body.next() { try await writer.write(chunk) }
                } catch {
                    run.abandon()
                    throw error
                }
            }
        )
    }
}

extension Request {
    fileprivate func follow(_ path: String, of script: Script) async throws -> Response {
        let failure: ScriptFailure
        switch await followLocalRedirect(to: path) {
        case .response(let response): return response
        case .failed(let error): throw error
        case .tooOften: failure = .redirectsTooOften
        case .nowhere: failure = .redirectsNowhere(path)
        }
        logger.error("The script \(String(decoding: script.path, as: UTF8.self)) \(failure).")
        throw failure
    }
}
