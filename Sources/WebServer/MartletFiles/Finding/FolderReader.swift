import Glibc
import MartletBytes
import MartletFolders
import MartletGateway

/// What a path stands for on the disk.
enum Found: Sendable {
    case file(FoundFile)
    /// The files that were known, and as they were.
    case unchanged
    /// A folder, which has a slash at its end.
    case folder
    case listing(Response)
    /// - Parameter reason: for the log, if an operator should know.
    case missing(reason: String?)
    case failed(FileFailure)
}

/// Looks files up. All of it may wait for a disk, so it runs on NIO's thread pool.
struct FolderReader: Sendable {
    let configuration: FilesConfiguration
    private let types: MediaTypes
    private let loader: FileLoader
    private let fallbackPath: [UInt8]?

    init(_ configuration: FilesConfiguration, budget: CacheBudget) {
        self.configuration = configuration
        types = MediaTypes(additions: configuration.types, charset: configuration.charset)
        loader = FileLoader(budget: budget)
        fallbackPath = configuration.fallback.map { fallback in
            let name = fallback.utf8.drop { $0 == UInt8(ascii: "/") }
            return Array("/".utf8)
                + Array(
                    PercentEncoding.encode(name) { PercentEncoding.isUnreserved($0) || $0 == UInt8(ascii: "/") }.utf8
                )
        }
    }

    /// - Parameter known: the facts of the files that answered last time.
    func find(_ question: LookUp, known: [FileFacts]?) -> Found {
        guard let path = FilePath(question.path, showsHidden: configuration.dotfiles || question.isFallback) else {
            return .missing(reason: nil)
        }
        do throws(FileError) {
            let root = try FolderRoot(configuration.root, symlinks: configuration.symlinks)
            return try find(path, question, known, in: root)
        } catch {
            let name = configuration.root + "/" + String(decoding: path.name, as: UTF8.self)
            if error.isForbidden { return .missing(reason: FileFailure(path: name, error: error).description) }
            return error.isMissing ? .missing(reason: nil) : .failed(FileFailure(path: name, error: error))
        }
    }

    /// The path of the file that answers where there is none; nil for a path that names a file of a known type, since a
    /// page in place of a script or an image would only hide what is missing.
    func fallback(for path: [UInt8]) -> [UInt8]? {
        guard let fallbackPath, !types.knows(path) else { return nil }
        return fallbackPath
    }

    /// Whether files of such a name are answered here: of others the application behind the folder knows better what they are.
    func serves(_ path: [UInt8]) -> Bool { !configuration.leavesUnknownTypes || types.tellsAll(of: path) }

    private func find(
        _ path: FilePath,
        _ question: LookUp,
        _ known: [FileFacts]?,
        in root: borrowing FolderRoot
    ) throws(FileError) -> Found {
        if path.isFolder { return try folder(path.name, question, known, in: root) }
        // The path that the application is mounted at, without its slash.
        if path.name.isEmpty { return try isServed(path.name, in: root) ? .folder : .missing(reason: nil) }
        for attempt in question.isFallback ? [FilesConfiguration.itself] : configuration.attempts {
            let name = name(of: attempt, for: path.name)
            guard let opened = try open(name, in: root) else { continue }
            switch opened.facts.kind {
            case .file: return try load(opened, name, known, in: root)
            case .folder where attempt == FilesConfiguration.itself:
                if try isServed(name, in: root) { return .folder }
            case .folder, .other: continue
            }
        }
        return .missing(reason: nil)
    }

    private func name(of attempt: String, for path: [UInt8]) -> [UInt8] {
        let name = Array(attempt.utf8).replacing(Array(FilesConfiguration.itself.utf8), with: path)
        return Array(name.drop { $0 == UInt8(ascii: "/") })
    }

    private func folder(
        _ name: [UInt8],
        _ question: LookUp,
        _ known: [FileFacts]?,
        in root: borrowing FolderRoot
    ) throws(FileError) -> Found {
        if let (file, index) = try index(of: name, in: root) { return try load(index, file, known, in: root) }
        guard configuration.listing, let opened = try open(name, in: root), opened.facts.kind == .folder else {
            return .missing(reason: nil)
        }
        let listing = try FolderListing(
            of: opened.descriptor,
            name: name,
            in: root,
            showsHidden: configuration.dotfiles
        )
        return .listing(question.wantsJSON ? listing.json : listing.page)
    }

    /// Whether there is something behind a folder's slash: a redirect would tell of a folder that is not served.
    private func isServed(_ folder: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> Bool {
        if configuration.listing { return true }
        return try index(of: folder, in: root) != nil
    }

    private struct Opened {
        let descriptor: OwnedDescriptor
        let facts: FileFacts
    }

    /// Nil if there is nothing of that name.
    private func open(_ name: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> Opened? {
        do throws(FileError) {
            let descriptor = try root.open(name)
            return Opened(descriptor: descriptor, facts: try FileFacts(of: descriptor))
        } catch {
            if error.isMissing && !error.isForbidden { return nil }
            throw error
        }
    }

    private func index(of folder: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> ([UInt8], Opened)? {
        for index in configuration.index {
            let name = folder + (folder.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(index.utf8)
            if let opened = try open(name, in: root), opened.facts.kind == .file { return (name, opened) }
        }
        return nil
    }

    private func load(
        _ opened: Opened,
        _ name: [UInt8],
        _ known: [FileFacts]?,
        in root: borrowing FolderRoot
    ) throws(FileError) -> Found {
        var siblings: [(ContentCoding, Opened)] = []
        if configuration.precompressed {
            for coding in ContentCoding.allCases {
                // A sibling that is older is that of a former file.
                guard let sibling = try? open(name + Array(coding.suffix.utf8), in: root), sibling.facts.kind == .file,
                    sibling.facts.modified >= opened.facts.modified
                else { continue }
                siblings.append((coding, sibling))
            }
        }
        let facts = [opened.facts] + siblings.map(\.1.facts)
        if facts == known { return .unchanged }
        let common = RepresentationHead(
            type: types.type(of: name),
            cache: name.elementsEqual((configuration.fallback ?? "").utf8)
                ? CacheLifetime(seconds: 0) : configuration.cache,
            varies: !siblings.isEmpty
        )
        let plain = try loader.load(opened.descriptor, opened.facts, head: common, coding: nil)
        var encoded: [Representation] = []
        for (coding, sibling) in siblings {
            encoded.append(try loader.load(sibling.descriptor, sibling.facts, head: common, coding: coding))
        }
        // Facts that may miss a change are never taken for known ones.
        let isSettled = ([plain] + encoded).allSatisfy(\.isSettled)
        return .file(FoundFile(plain: plain, encoded: encoded, facts: isSettled ? facts : nil))
    }
}
