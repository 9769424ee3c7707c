import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import NIOCore
import NIOPosix

/// The files that one event loop answers with: its cache, and the requests that wait for the disk.
///
/// The rules:
///
/// 1. Used on its loop only; the work on the pool (``FolderReader``) gets values and returns them.
/// 2. One look-up for all requests of a path at a time. They all wait for it, so nobody gets what is older than a second.
/// 3. An application that is behind the folder gets a request as it came.
final class LoopFiles: @unchecked Sendable {
    private struct Waiter {
        let request: Request
        let exchange: any Exchange
    }

    let loop: any EventLoop
    private let reader: FolderReader
    /// Answers where there is no file.
    private let rest: EntryPoint?
    private let logger: Logger
    @exclusivity(unchecked) private var cache = FileCache()
    private var waiting: [LookUp: [Waiter]] = [:]
    private var isSweeping = false
    private var lastWarning = Int.min

    init(loop: any EventLoop, reader: FolderReader, rest: EntryPoint? = nil, logger: Logger) {
        self.loop = loop
        self.reader = reader
        self.rest = rest
        self.logger = logger
    }

    /// - Parameter count: how many bytes of the path stand before the names of files.
    func begin(_ request: Request, skipping count: Int, for exchange: any Exchange) {
        let head = request.head
        let method = head.slice(head.method)
        guard method.elementsEqual("GET".utf8) || method.elementsEqual("HEAD".utf8) else {
            if let rest { return rest.begin(request, for: exchange) }
            return exchange.complete(method.elementsEqual("OPTIONS".utf8) ? Self.options : Self.notAllowed)
        }
        // The memory of the path is the head's.
        withExtendedLifetime(head) {
            let path = UnsafeRawBufferPointer(rebasing: request.pathBytes.dropFirst(count))
            answer(path, isFallback: false, request, exchange)
        }
    }

    private static let allow = Headers([(.allow, "GET, HEAD, OPTIONS")])
    private static let options = Response(status: .noContent, headers: allow)
    private static let notAllowed: Response = {
        var response = Response.refusal(.methodNotAllowed)
        response.headers[.allow] = "GET, HEAD, OPTIONS"
        return response
    }()
    static let missing = Response.refusal(.notFound)

    private func answer(
        _ path: UnsafeRawBufferPointer,
        isFallback: Bool,
        _ request: Request,
        _ exchange: any Exchange
    ) {
        let now = Clock.now
        guard let file = cache.find(path, isFallback: isFallback), file.isFresh(now), file.isUnchanged else {
            return lookUp(Array(path), isFallback: isFallback, request, exchange)
        }
        file.lastUsed = now
        exchange.complete(file.response(to: request.head))
    }

    private func lookUp(_ path: [UInt8], isFallback: Bool, _ request: Request, _ exchange: any Exchange) {
        if let rest, !reader.serves(path) { return rest.begin(request, for: exchange) }
        let question = LookUp(
            path: path,
            isFallback: isFallback,
            wantsJSON: reader.configuration.listing && FolderListing.wantsJSON(request.head)
        )
        waiting[question, default: []].append(Waiter(request: request, exchange: exchange))
        guard waiting[question]?.count == 1 else { return }
        let known = path.withUnsafeBytes { cache.find($0, isFallback: isFallback) }
        let facts = known?.file.facts
        NIOThreadPool.singleton.submit { [reader, loop] state in
            guard case .active = state else { return }
            let found = reader.find(question, known: facts)
            loop.execute { self.take(found, of: question) }
        }
    }

    private func take(_ found: Found, of question: LookUp) {
        let waiters = waiting.removeValue(forKey: question) ?? []
        switch found {
        case .file(let file):
            let entry = CachedFile(file, of: question, at: Clock.now)
            if file.isShortOfRoom { cache.removeUnused(since: entry.checked - Clock.second) }
            if file.isKept {
                cache.insert(entry)
                startSweeping()
            }
            for waiter in waiters { waiter.exchange.complete(entry.response(to: waiter.request.head)) }
        case .unchanged:
            let entry = question.path.withUnsafeBytes { cache.find($0, isFallback: question.isFallback) }
            // It may have been displaced meanwhile.
            guard let entry else { return retry(waiters, question) }
            entry.checked = Clock.now
            entry.lastUsed = entry.checked
            for waiter in waiters { waiter.exchange.complete(entry.response(to: waiter.request.head)) }
        case .folder:
            cache.remove(question)
            for waiter in waiters { waiter.exchange.complete(FolderRedirect.response(to: waiter.request)) }
        case .listing(let response):
            cache.remove(question)
            for waiter in waiters { waiter.exchange.complete(response) }
        case .missing(let reason):
            cache.remove(question)
            if let reason { warn(reason) }
            missing(waiters, question)
        case .failed(let problem):
            cache.remove(question)
            // Descriptors of the cache may be what is missing.
            if problem.isShortage { cache.removeDescriptors() }
            warn(problem.description)
            for waiter in waiters { waiter.exchange.complete(problem.response) }
        }
    }

    private func retry(_ waiters: [Waiter], _ question: LookUp) {
        for waiter in waiters {
            lookUp(question.path, isFallback: question.isFallback, waiter.request, waiter.exchange)
        }
    }

    /// There is no such file: the page of the application that has its routes in the browser, if that is served.
    private func missing(_ waiters: [Waiter], _ question: LookUp) {
        guard !question.isFallback, let fallback = reader.fallback(for: question.path) else {
            for waiter in waiters {
                guard let rest else {
                    waiter.exchange.complete(Self.missing)
                    continue
                }
                if !waiter.exchange.isLost { rest.begin(waiter.request, for: waiter.exchange) }
            }
            return
        }
        fallback.withUnsafeBytes { path in
            for waiter in waiters { answer(path, isFallback: true, waiter.request, waiter.exchange) }
        }
    }

    /// One line a second: whoever asks for what is wrong may do it often.
    private func warn(_ reason: String) {
        let now = Clock.now
        guard now > lastWarning &+ Clock.second || lastWarning == .min else { return }
        lastWarning = now
        logger.warning("\(reason)")
    }

    /// Unused files are given up after a while, so that a file that was deleted does not keep its blocks.
    private func startSweeping() {
        guard !isSweeping else { return }
        isSweeping = true
        loop.scheduleTask(in: .seconds(10)) { [weak self] in
            guard let self else { return }
            self.isSweeping = false
            self.cache.removeUnused(since: Clock.now - 60 * Clock.second)
            if !self.cache.isEmpty { self.startSweeping() }
        }
    }
}

/// A question to the disk.
struct LookUp: Sendable, Hashable {
    /// As it was asked for, percent-encoded; that of the configuration for the fallback.
    let path: [UInt8]
    var isFallback = false
    var wantsJSON = false
}
