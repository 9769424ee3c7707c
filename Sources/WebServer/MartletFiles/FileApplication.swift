package import Logging
import MartletFolders
package import MartletGateway
package import NIOCore

/// A folder of files as an application.
///
/// The rules:
///
/// 1. The event loop touches memory and descriptors that are open. What is in its cache and was compared with the disk
///    within the last second is answered there, without a task.
/// 2. Whatever looks a name up goes to NIO's thread pool, the comparison once a second too: a disk or a server of files
///    may take its time. A hop costs about as much as nginx's whole answer, and a file that is asked for often pays it
///    once a second.
/// 3. Up to 128 KB the bytes are kept with their head: cheaper than opening, reading or `sendfile`. Larger ones keep their
///    descriptor and go by `sendfile`; the system has been asked to read ahead.
/// 4. A name is decoded once (``FilePath``), and looked up below the folder by the kernel (``FolderRoot``).
/// 5. Whatever is not served does not exist: one 404 for missing, hidden and forbidden files alike; the log has the
///    reason. Where an application is behind the folder, it is the application's to answer.
package final class FileApplication: DirectApplication {
    private let loops: [LoopFiles]

    /// - Parameters:
    ///   - application: is asked for what is no file here; nil where that does not exist.
    ///   - budget: how much is kept.
    ///   - eventLoops: the loops that it will be called on.
    package init(
        _ configuration: FilesConfiguration,
        before application: (any Application)? = nil,
        keeping budget: CacheBudget = .usual(),
        eventLoops: [any EventLoop],
        logger: Logger
    ) {
        let reader = FolderReader(configuration, budget: budget)
        let rest = application.map { EntryPoint($0) }
        loops = eventLoops.map { LoopFiles(loop: $0, reader: reader, rest: rest, logger: logger) }
    }

    /// How many open files it needs: those of the cache, and what the threads that look up have open meanwhile.
    package static func descriptors(eventLoops: Int, kept: Int = CacheBudget.usualDescriptors) -> Int {
        kept + 4 * eventLoops
    }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) { begin(request, skipping: 0, for: exchange) }

    /// - Parameter count: how many bytes of the request's path stand before the names of files.
    package func begin(_ request: Request, skipping count: Int, for exchange: any Exchange) {
        let loop = request.connection.eventLoop
        for files in loops where files.loop === loop { return files.begin(request, skipping: count, for: exchange) }
        exchange.fail(UnknownLoop())
    }

    /// Whether a folder can be served.
    ///
    /// - Returns: nil if it can, else the system's reason.
    package static func problem(with folder: String) -> String? { FolderRoot.problem(with: folder) }
}

/// A programming error: an event loop that was not named at the start.
private struct UnknownLoop: Error {}
