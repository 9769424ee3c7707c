import Glibc
import MartletBytes
import MartletFiles
import MartletFolders
import MartletGateway

/// Finds the script that a path is meant for. It may wait for a disk, so it runs on NIO's thread pool.
///
/// The rules:
///
/// 1. Names are decoded once, one by one, and looked up below the folder by the kernel (``FolderRoot``): no link, no `..` and no
///    encoded slash leads out of it, and no name that begins with a dot is found.
/// 2. The first name that is a file is the script; what follows it is the path info, which is the script's to understand. An encoded
///    slash in it is decoded, as CGI has it.
/// 3. What is no regular file with a bit to execute is not run, and not shown either.
/// 4. Where one script is served, all of the path is path info.
struct ScriptFinder: Sendable {
    enum Found: Sendable {
        case script(Script)
        case missing
        /// It is there, but cannot be run: the reason, for the log.
        case forbidden(String)
        case failed(FileError)
    }

    /// Absolute.
    private let path: String

    init(_ path: String) {
        // A script begins in its own folder, where a relative path would be another one.
        self.path = FolderRoot.absolute(path)
    }

    /// What a configured path is.
    enum Place: Sendable, Equatable {
        case folder, script, notExecutable, nothing
    }

    static func place(_ path: String) -> Place {
        var status = stat()
        guard stat(path, &status) == 0 else { return .nothing }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return status.st_mode & 0o111 == 0 ? .notExecutable : .script
        default: return .nothing
        }
    }

    /// - Parameter request: the path below the route, as it was sent.
    func find(_ request: [UInt8]) -> Found {
        do throws(FileError) {
            switch Self.place(path) {
            case .folder: return try find(request, in: FolderRoot(path, symlinks: .inside))
            case .script: return try one(request)
            case .notExecutable: return .forbidden(Self.advice(path))
            case .nothing: return .missing
            }
        } catch {
            if error.isForbidden { return .forbidden("\(path): \(error)") }
            return error.isMissing ? .missing : .failed(error)
        }
    }

    private static func advice(_ path: String) -> String { "\(path) is not executable: chmod +x \(path)" }

    private func one(_ request: [UInt8]) throws(FileError) -> Found {
        let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        let root = try FolderRoot(folder.isEmpty ? "/" : String(folder), symlinks: .all)
        return script(Array(path.utf8), try root.open([], isNameOnly: true), Array(folder.utf8), 0, request)
    }

    private func find(_ request: [UInt8], in root: borrowing FolderRoot) throws(FileError) -> Found {
        guard request.first == UInt8(ascii: "/") else { return .missing }
        var name: [UInt8] = []
        var start = 1
        while start < request.count {
            let end = request[start...].firstIndex(of: UInt8(ascii: "/")) ?? request.count
            let part = request[start..<end].withUnsafeBytes(PercentEncoding.decoded)
            guard FilePath.isName(part), part.first != UInt8(ascii: ".") else { return .missing }
            let folder = name
            name += (name.isEmpty ? [] : [UInt8(ascii: "/")]) + part
            let facts = try FileFacts(of: try root.open(name, isNameOnly: true))
            switch facts.kind {
            case .folder: start = end + 1
            case .other: return .missing
            case .file:
                let whole = Array(path.utf8) + [UInt8(ascii: "/")] + name
                guard facts.isExecutable else { return .forbidden(Self.advice(String(decoding: whole, as: UTF8.self))) }
                return script(whole, try root.open(folder, isNameOnly: true), Array(path.utf8), end, request)
            }
        }
        return .missing
    }

    private func script(
        _ path: [UInt8],
        _ folder: OwnedDescriptor,
        _ documentRoot: [UInt8],
        _ nameLength: Int,
        _ request: [UInt8]
    ) -> Found {
        let info = request[nameLength...].withUnsafeBytes(PercentEncoding.decoded)
        // A variable ends with a NUL.
        guard !info.contains(0) else { return .missing }
        let names = info.split(separator: UInt8(ascii: "/"))
        let leads = names.contains { $0.elementsEqual("..".utf8) }
        return .script(
            Script(
                path: path,
                folder: folder,
                nameLength: nameLength,
                pathInfo: info,
                pathTranslated: info.isEmpty || leads ? nil : documentRoot + info,
                documentRoot: documentRoot
            )
        )
    }
}
