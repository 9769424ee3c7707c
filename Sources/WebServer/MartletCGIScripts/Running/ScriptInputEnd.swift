import Glibc
import MartletGateway
import NIOCore
import NIOPosix

/// The standard input of a script, and how the body gets there.
struct ScriptInputEnd: Sendable {
    /// What the script reads.
    let scripts: OwnedDescriptor
    private let rest: Rest

    private enum Rest: Sendable {
        /// The script has all of it.
        case nothing
        /// It is written into this pipe while the script reads.
        case body(RequestBody, OwnedDescriptor)
    }

    init(_ input: ScriptInput) throws(ScriptFailure) {
        switch input {
        case .none:
            scripts = try ScriptPipe.nothing()
            rest = .nothing
        case .file(let descriptor, _):
            scripts = descriptor
            rest = .nothing
        case .bytes(var bytes):
            let pipe = try ScriptPipe()
            scripts = pipe.reading
            Self.fill(pipe.writing, from: &bytes)
            rest = bytes.readableBytes > 0 ? .body(.bytes(bytes), pipe.writing) : .nothing
        case .stream(let stream, _):
            let pipe = try ScriptPipe()
            scripts = pipe.reading
            rest = .body(RequestBody(.stream(stream)), pipe.writing)
        }
    }

    /// What fits into the pipe, 64 KB unless the user has many pipes, needs nobody to write it.
    private static func fill(_ pipe: OwnedDescriptor, from bytes: inout ByteBuffer) {
        _ = fcntl(pipe.number, F_SETFL, O_NONBLOCK)
        while bytes.readableBytes > 0 {
            let count = bytes.withUnsafeReadableBytes { write(pipe.number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes.moveReaderIndex(forwardBy: count)
        }
    }

    /// Writes what the script does not have yet, as fast as it reads.
    ///
    /// - Returns: nil where there is nothing to write.
    func feed(on loop: any EventLoop, for run: ScriptRun) -> Task<Void, Never>? {
        guard case .body(let body, let pipe) = rest else { return nil }
        return Task(executorPreference: LoopExecutor.of(loop)) {
            do {
                try await Self.copy(body, into: pipe, on: loop, for: run)
            } catch is ChannelError {
                // It has ended, or closed its input: nobody has to read all that he is sent.
            } catch is IOError {
            } catch {
                // What has come is not the body, and the script must not take it for that.
                run.abandon(error)
            }
            Self.say(.waits(.input, false), to: run, on: loop)
        }
    }

    private static func copy(
        _ body: RequestBody,
        into pipe: OwnedDescriptor,
        on loop: any EventLoop,
        for run: ScriptRun
    ) async throws {
        let channel = try await NIOPipeBootstrap(group: loop)
            .takingOwnershipOfDescriptor(output: try ScriptPipe.duplicate(pipe)).get()
        defer { channel.close(promise: nil) }
        var chunks = body.makeAsyncIterator()
        while true {
            say(.waits(.input, true), to: run, on: loop)
            guard let chunk = try await chunks.next() else { return }
            say(.waits(.input, false), to: run, on: loop)
            try await channel.writeAndFlush(chunk).get()
            say(.hasRead, to: run, on: loop)
        }
    }

    private static func say(_ event: ScriptMachine.Event, to run: ScriptRun, on loop: any EventLoop) {
        if loop.inEventLoop { run.handle(event) } else { loop.execute { run.handle(event) } }
    }
}
