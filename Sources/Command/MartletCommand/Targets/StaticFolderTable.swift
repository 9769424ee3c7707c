import Logging
import MartletBytes
import MartletControl
import MartletFiles
import MartletGateway
import MartletWSGI
import NIOCore
import Synchronization

/// The folders of one application that the server answers for, on each event loop.
///
/// The rules:
///
/// 1. What the application's workers have told counts, from a reload on what the new ones have. Each loop changes over by itself.
/// 2. The folder with the longest path is asked. What it has no file for is the application's, and so is everything but GET and HEAD: nothing
///    is answered otherwise because a folder is there.
/// 3. Which files, and how: as with `files`. Neither an index nor a listing, which the application does not have.
final class StaticFolderTable: Sendable {
    /// Of one loop, and used there only.
    private final class LoopFolders: @unchecked Sendable {
        let loop: any EventLoop
        /// The longest path first.
        var folders: [ServedFolder] = []

        init(_ loop: any EventLoop) { self.loop = loop }
    }

    private struct State {
        /// Behind the folders; nil before it has started.
        var application: (any Application)?
        var told = StaticFolders()
    }

    /// Files of more than 64 KB that are kept open. Fewer than of a folder that somebody has named: there may be many applications.
    private static let keptDescriptors = 64

    private let loops: [LoopFolders]
    private let state = Mutex(State())
    private let hasFolders = Atomic(false)
    private let refusal: String?
    private let logger: Logger

    /// - Parameter refusal: why no folder is served, whichever there are; nil for no such reason.
    init(eventLoops: [any EventLoop], refusal: String?, logger: Logger) {
        loops = eventLoops.map(LoopFolders.init)
        self.refusal = refusal
        self.logger = logger
    }

    static func descriptors(eventLoops: Int) -> Int {
        FileApplication.descriptors(eventLoops: eventLoops, kept: keptDescriptors)
    }

    /// Answers a request for a file of a folder, or has the application answer it.
    ///
    /// - Returns: false where no folder has to do with it.
    func begin(_ request: Request, for exchange: any Exchange) -> Bool {
        guard hasFolders.load(ordering: .relaxed) else { return false }
        let loop = request.connection.eventLoop
        for own in loops where own.loop === loop {
            for folder in own.folders {
                guard let length = folder.length(in: request) else { continue }
                folder.files.begin(request, skipping: length, for: exchange)
                return true
            }
        }
        return false
    }
}

// MARK: - What is served

extension StaticFolderTable {
    /// The workers have told of other folders. From any thread.
    func take(_ told: StaticFolders) {
        let told = refusal.map { told.folders.isEmpty ? told : StaticFolders(reason: $0) } ?? told
        let application = state.withLock { state in
            state.told = told
            return state.application
        }
        guard let application else { return }
        for fact in Self.facts(of: told) { logger.notice("static files: \(fact)") }
        serve(told, before: application)
    }

    /// The application has started. Returns when its folders are served.
    func begin(before application: any Application) async {
        let told = state.withLock { state in
            state.application = application
            return state.told
        }
        if !told.folders.isEmpty { serve(told, before: application) }
        await settle()
    }

    /// Returns when every loop has what was told last.
    func settle() async {
        for own in loops { try? await own.loop.submit {}.get() }
    }

    private func serve(_ told: StaticFolders, before application: any Application) {
        let budget = CacheBudget.usual(descriptors: Self.keptDescriptors)
        let folders = told.folders.compactMap { folder in
            ServedFolder(
                folder,
                types: told.types,
                before: application,
                keeping: budget,
                eventLoops: loops.map(\.loop),
                logger: logger
            )
        }
        .sorted { $0.path.depth > $1.path.depth }
        hasFolders.store(!folders.isEmpty, ordering: .relaxed)
        for own in loops { own.loop.execute { own.folders = folders } }
    }

    /// The application has ended: it is let go of.
    func end() {
        state.withLock { $0.application = nil }
        for own in loops { own.loop.execute { own.folders = [] } }
    }

    /// For people, a line each.
    ///
    /// - Parameter isHidden: whether somebody else answers for a folder.
    func facts(_ isHidden: (StaticFolderReport) -> Bool = { _ in false }) -> [String] {
        Self.facts(of: state.withLock(\.told), but: isHidden)
    }

    private static func facts(
        of told: StaticFolders,
        but isHidden: (StaticFolderReport) -> Bool = { _ in false }
    ) -> [String] {
        told.folders.filter { !isHidden($0) }.map { "\($0.prefix) from \($0.folder), without the app" }
            + (told.reason.map { ["left to the app: \($0)"] } ?? [])
    }
}

extension StaticFolderReport {
    /// The path of a site that its files are asked for below, with an application at `mount`.
    func path(at mount: MountPath) -> MountPath? {
        try? MountPath(parsing: isFromRoot || mount.depth == 0 ? prefix : "\(mount)" + prefix)
    }
}

/// A folder, and the path that its files are asked for below.
private struct ServedFolder: Sendable {
    let path: MountPath
    let files: FileApplication
    private let isFromRoot: Bool

    /// Nil for a path that no URL can have.
    init?(
        _ folder: StaticFolderReport,
        types: [String: String],
        before application: any Application,
        keeping budget: CacheBudget,
        eventLoops: [any EventLoop],
        logger: Logger
    ) {
        guard let path = try? MountPath(parsing: folder.prefix), path.depth > 0, folder.folder.hasPrefix("/") else {
            return nil
        }
        self.path = path
        isFromRoot = folder.isFromRoot
        var configuration = FilesConfiguration(root: folder.folder)
        configuration.index = []
        configuration.cache = CacheLifetime(seconds: max(0, folder.maxAge), isPublic: true)
        // They become a field of answers.
        configuration.types = types.filter { $1.contains("/") && $1.utf8.allSatisfy(FieldSyntax.isValue) }
        configuration.leavesUnknownTypes = folder.hasView
        files = FileApplication(
            configuration,
            before: application,
            keeping: budget,
            eventLoops: eventLoops,
            logger: logger
        )
    }

    /// How many bytes of the path below the application's own stand before the names of files; nil where it leads elsewhere.
    func length(in request: Request) -> Int? {
        withExtendedLifetime(request.head) {
            guard isFromRoot else { return path.length(in: request.pathBytes) }
            let mount = request.mountBytes.count
            let whole = request.head.slice(request.head.path)
            guard let length = path.length(in: whole), length >= mount else { return nil }
            return length - mount
        }
    }
}
