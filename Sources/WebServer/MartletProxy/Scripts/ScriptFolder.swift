import MartletBytes
import MartletFiles
import MartletFolders
import MartletGateway

/// The folder whose scripts an application behind FastCGI runs, such as php-fpm: which of them a path is meant for. It may wait for a
/// disk, so it runs on NIO's thread pool.
///
/// The rules:
///
/// 1. The first name of a path that is a file decides: if it has the ending of scripts it is the script, and what follows is
///    PATH_INFO; if not, nothing behind it is. So `/upload.jpg/x.php` never has upload.jpg run, whatever PHP makes of such a path
///    (`cgi.fix_pathinfo`; nginx needs `try_files` for that, CVE-2019-11043 was in the other direction).
/// 2. A path that names a script which is not there is that of nothing. The application is not asked for it.
/// 3. A folder stands for the index in it. Without its slash the client is sent there, since links in a page would lead elsewhere.
/// 4. Other files are served as they are, unless the ending is in their name: a copy such as wp-config.php~ is not to be seen.
/// 5. Whatever else there is not is the fallback's, where there is one.
/// 6. Names are looked up as those of files that are served: below the folder, and none that begins with a dot.
struct ScriptFolder: Sendable {
    enum Found: Sendable {
        case script(UpstreamScript)
        case file
        /// The path lacks the slash of a folder.
        case folder
        case missing
        case failed(FileError)
    }

    private let folder: String
    private let index: [UInt8]
    private let ending: [UInt8]
    private let fallback: [UInt8]?

    init(_ configuration: ScriptsOfUpstream) {
        folder = FolderRoot.absolute(configuration.root)
        index = Array(configuration.index.utf8)
        ending = configuration.ending.utf8.map(ASCIICase.lowercased)
        fallback = configuration.fallback.map { Array($0.utf8.drop { $0 == UInt8(ascii: "/") }) }
    }

    /// The script of this name, whether or not it is there.
    func script(_ path: [UInt8]) -> UpstreamScript { UpstreamScript(folder: Array(folder.utf8), name: path) }

    /// - Parameter request: the path below the route, as it was sent.
    func find(_ request: [UInt8]) -> Found {
        do throws(FileError) {
            let root = try FolderRoot(folder, symlinks: .inside)
            return try find(request, in: root)
        } catch {
            return error.isMissing ? .missing : .failed(error)
        }
    }

    private func find(_ request: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> Found {
        var name: [UInt8] = []
        var start = min(1, request.count)
        while start < request.count {
            let end = request[start...].firstIndex(of: UInt8(ascii: "/")) ?? request.count
            let part = request[start..<end].withUnsafeBytes(PercentEncoding.decoded)
            let isHidden = part.first == UInt8(ascii: ".") && !(name.isEmpty && part.elementsEqual(".well-known".utf8))
            guard FilePath.isName(part), !isHidden else { return try missing(request, in: root) }
            name += (name.isEmpty ? [] : [UInt8(ascii: "/")]) + part
            switch try kind(of: name, in: root) {
            case .folder: start = end + 1
            case .file: return file(name, part, behind: request[end...])
            case .other: return .missing
            case nil: return try missing(request, in: root)
            }
        }
        let path = name + (name.isEmpty ? [] : [UInt8(ascii: "/")]) + index
        guard try kind(of: path, in: root) == .file else { return try missing(request, in: root) }
        return request.last == UInt8(ascii: "/") ? .script(script([UInt8(ascii: "/")] + path)) : .folder
    }

    private func file(_ name: [UInt8], _ part: [UInt8], behind rest: ArraySlice<UInt8>) -> Found {
        if isScript(part) {
            var found = script([UInt8(ascii: "/")] + name)
            found.pathInfo = rest.withUnsafeBytes(PercentEncoding.decoded)
            // Many programs take a NUL for the end.
            return found.pathInfo.contains(0) ? .missing : .script(found)
        }
        return rest.isEmpty && !hasEnding(part) ? .file : .missing
    }

    private func missing(_ request: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> Found {
        let names = request.withUnsafeBytes(PercentEncoding.decoded).split(separator: UInt8(ascii: "/"))
        guard let fallback, !names.contains(where: { isScript(Array($0)) }), try kind(of: fallback, in: root) == .file
        else { return .missing }
        return .script(script([UInt8(ascii: "/")] + fallback))
    }

    private func isScript(_ name: [UInt8]) -> Bool { name.suffix(ending.count).map(ASCIICase.lowercased) == ending }

    private func hasEnding(_ name: [UInt8]) -> Bool { name.map(ASCIICase.lowercased).firstRange(of: ending) != nil }

    /// Nil if there is nothing of that name.
    private func kind(of name: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> FileFacts.Kind? {
        do throws(FileError) { return try FileFacts(of: try root.open(name, isNameOnly: true)).kind } catch {
            if error.isMissing { return nil }
            throw error
        }
    }
}
