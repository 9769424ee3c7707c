internal import HTTPTypes
internal import MartletBytes
internal import MartletFolders
public import MartletGateway

/// A file as an answer: `File("reports/2026.pdf")`, or one of a folder, whatever a client has named:
///
///     app.get("/uploads/<path:name>") { (name: String) in File(in: "uploads", name) }
///
/// It has an `ETag` and `Last-Modified`; who has it already gets 304, and who asks for a part of it gets that part. The server sends
/// it without reading it into the program. What kind of content it is, its name says.
///
/// It is looked up when the answer is made, on the thread of the handler; it is read by the server. A folder of files that are there for
/// everybody is answered faster by the server itself (the guide on files).
public struct File: ResponseConvertible, Sendable {
    private enum Place: Sendable {
        case path(String)
        case inside(folder: String, name: String)
    }

    private let place: Place
    private let attachment: String?
    private let type: String?

    /// A file by its path.
    ///
    /// - Parameters:
    ///   - path: of the program's own: never what a client has sent.
    ///   - name: what a browser saves it as, instead of showing it.
    ///   - type: its content type, if its name does not say it.
    public init(_ path: String, as name: String? = nil, type: String? = nil) {
        place = .path(path)
        attachment = name
        self.type = type
    }

    /// A file below a folder, or 404. No name leads out of the folder: neither `..` nor a symbolic link, nor a path that begins with
    /// a slash. Names that begin with a dot are no one's business.
    ///
    /// - Parameters:
    ///   - name: what a client may have sent, decoded.
    ///   - attachment: what a browser saves it as, instead of showing it.
    public init(in folder: String, _ name: String, as attachment: String? = nil, type: String? = nil) {
        place = .inside(folder: folder, name: name)
        self.attachment = attachment
        self.type = type
    }

    /// - Throws: 404 for what is not there below a folder; ``FileNotSent`` for a path that cannot be read.
    public func response(to request: Request) throws -> Response {
        let file = try open()
        var headers = Headers([(.contentType, type ?? file.type)])
        headers.append(file.validators)
        headers.append("X-Content-Type-Options", "nosniff")
        if let attachment { headers.append(.contentDisposition, AttachmentName.disposition(attachment)) }
        return Response(
            headers: headers,
            body: .file(FileRange(.descriptor(file.descriptor), offset: 0, length: file.length))
        )
    }

    private func open() throws -> NamedFile {
        switch place {
        case .path(let path):
            do { return try NamedFile.open(path) } catch { throw FileNotSent(path: path, reason: error.description) }
        case .inside(let folder, let name):
            guard Self.isBelow(name) else { throw Abort(.notFound) }
            do {
                return try NamedFile.open(Array(name.utf8), below: FolderRoot.absolute(folder))
            } catch {
                // A folder that is missing is no client's fault.
                if error.isMissing, FolderRoot.problem(with: folder) == nil { throw Abort(.notFound) }
                throw FileNotSent(path: "\(folder)/\(name)", reason: error.description)
            }
        }
    }

    /// Whether each part of a name is that of a file which may be shown.
    private static func isBelow(_ name: String) -> Bool {
        name.utf8.count < 4096
            && name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
                part.first.map { $0 != UInt8(ascii: ".") } == true && !part.contains(0)
            }
    }
}

/// A file that the application wanted to send cannot be read.
public struct FileNotSent: Error, Sendable, CustomStringConvertible {
    let path: String
    let reason: String

    public var description: String {
        "The file \(path.debugDescription) cannot be sent: \(reason)."
            + (path.hasPrefix("/") ? "" : " The path is looked up from the folder that the program was started in.")
    }
}
