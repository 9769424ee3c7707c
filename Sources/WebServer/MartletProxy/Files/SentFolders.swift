import Glibc
import HTTPTypes
import MartletBytes
import MartletFiles
import MartletFolders
import MartletGateway

/// The folders whose files upstreams may have this server send, and which file the head of an answer names.
///
/// The rules:
///
/// 1. `X-Accel-Redirect` is a path: the prefix of a folder, and what is below it. It is percent-decoded once, as nginx does, and
///    what is behind a question mark does not count.
/// 2. `X-Sendfile` is the absolute path of a file in one of the folders. It is taken as it is, as Flask and Rack write it; where
///    there is no such file it is percent-decoded, as Apache's mod_xsendfile and lighttpd do.
/// 3. Of two folders that fit, the one with the longer path counts. Names are looked up below it, so neither `..` nor a link
///    leads out.
/// 4. Neither field, nor another one of `X-Accel-`, is ever passed on.
struct SentFolders: Sendable {
    /// What an answer names.
    enum Named: Sendable, Equatable {
        /// Files, of which the first that is there is meant.
        case files([Place])
        /// Nothing that may be sent: a sentence's second half, behind "it names ".
        case nothing(String)
    }

    struct Place: Sendable, Equatable {
        let folder: String
        /// Below the folder, decoded.
        let name: [UInt8]
    }

    private struct Folder: Sendable {
        let path: String
        let prefix: [UInt8]
        /// How absolute paths to it begin: as it is written, and where that leads.
        let places: [[UInt8]]
    }

    private let folders: [Folder]

    /// - Returns: nil where there are none: then the fields mean nothing here.
    init?(_ folders: [SentFolder]) {
        guard !folders.isEmpty else { return nil }
        self.folders = folders.map { folder in
            let path = FolderRoot.absolute(folder.folder)
            let places = [path, Self.resolved(path)].compactMap(\.self).map(Self.withoutSlash)
            return Folder(path: path, prefix: Self.withoutSlash(folder.prefix), places: places)
        }
    }

    private static func withoutSlash(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return bytes
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// An answer with what it names, and without the fields that do so.
    func read(_ answer: UpstreamAnswer) -> UpstreamAnswer {
        var answer = answer
        let named = take(from: &answer.headers)
        // Such an answer has no body, whosever it is.
        if !ContentRule(status: answer.status.code).endsWithHead { answer.namedFile = named }
        return answer
    }

    /// - Returns: what the fields name; nil if they name nothing.
    private func take(from headers: inout Headers) -> Named? {
        let path = headers.first("x-accel-redirect").map(Array.init)
        let file = headers.first("x-sendfile").map(Array.init)
        headers.remove(where: Self.isAboutFiles)
        if let path, !path.isEmpty { return named(byPath: path) }
        if let file, !file.isEmpty { return named(byFile: file) }
        return nil
    }

    /// Fields that are passed on beside an answer, ahead of it or behind it, without those that name files.
    func without(_ headers: Headers) -> Headers {
        var headers = headers
        headers.remove(where: Self.isAboutFiles)
        return headers
    }

    private static func isAboutFiles(_ name: ArraySlice<UInt8>) -> Bool {
        ASCIICase.equals(name, "x-sendfile") || ASCIICase.equals(name.prefix(8), "x-accel-")
    }

    private func named(byPath text: [UInt8]) -> Named {
        let sent = text.prefix { $0 != UInt8(ascii: "?") }
        let path = Array(sent).withUnsafeBytes(PercentEncoding.decoded)
        guard path.first == UInt8(ascii: "/") else { return .nothing("\(Self.shown(text)), which is no path") }
        let fitting = folders.filter { Self.rest(of: path, below: $0.prefix) != nil }
        guard let folder = fitting.max(by: { $0.prefix.count < $1.prefix.count }),
            let name = Self.rest(of: path, below: folder.prefix)
        else { return .nothing("\(Self.shown(text)), which is below none of the paths of send-files") }
        guard Self.isName(name) else { return .nothing("\(Self.shown(text)), which is no path of a file") }
        return .files([Place(folder: folder.path, name: name)])
    }

    private func named(byFile text: [UInt8]) -> Named {
        let decoded = text.withUnsafeBytes(PercentEncoding.decoded)
        let places = ([text] + (decoded == text ? [] : [decoded])).compactMap(place)
        guard !places.isEmpty else {
            return .nothing("\(Self.shown(text)), which is in none of the folders of send-files")
        }
        return .files(places)
    }

    private func place(of file: [UInt8]) -> Place? {
        var best: (length: Int, place: Place)?
        for folder in folders {
            for start in folder.places where start.count >= best?.length ?? 0 {
                guard let name = Self.rest(of: file, below: start), Self.isName(name) else { continue }
                best = (start.count, Place(folder: folder.path, name: name))
            }
        }
        return best?.place
    }

    /// What is behind a path and a slash.
    private static func rest(of path: [UInt8], below start: [UInt8]) -> [UInt8]? {
        guard path.starts(with: start), path.dropFirst(start.count).first == UInt8(ascii: "/") else { return nil }
        return Array(path.dropFirst(start.count + 1))
    }

    /// The longest that the system takes (PATH_MAX, with its NUL).
    private static let longest = 4095

    private static func isName(_ name: [UInt8]) -> Bool {
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.count <= longest && parts.allSatisfy { FilePath.isName(Array($0)) }
    }

    /// For the log.
    static func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(500), as: UTF8.self) }
}
