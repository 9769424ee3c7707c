import NIOCore

/// How a request ended, as its application or its server says (FCGI_END_REQUEST, FastCGI 1.0 section 5.5).
package struct FastCGIEnding: Sendable, Equatable {
    /// The protocol's part of it.
    package enum Status: UInt8, Sendable {
        case complete = 0
        /// The peer answers one request of a connection at a time.
        case cannotMultiplex = 1
        case overloaded = 2
        case unknownRole = 3
    }

    /// What a CGI program would have exited with.
    package var application: UInt32
    package var status: Status

    package init(application: UInt32 = 0, status: Status = .complete) {
        self.application = application
        self.status = status
    }

    static let size = 8

    /// Nil for a status that there is not.
    init?(_ content: ByteBuffer) {
        guard content.readableBytes == Self.size,
            let application = content.getInteger(at: content.readerIndex, as: UInt32.self),
            let status = content.getInteger(at: content.readerIndex + 4, as: UInt8.self).flatMap(Status.init)
        else { return nil }
        self.init(application: application, status: status)
    }

    var content: ByteBuffer {
        var content = ByteBuffer()
        content.writeMultipleIntegers(application, status.rawValue, UInt8(0), UInt8(0), UInt8(0))
        return content
    }
}

/// What a request asks an application to be (FastCGI 1.0 section 6).
enum FastCGIRole: UInt16, Sendable {
    case responder = 1
    case authorizer = 2
    case filter = 3
}

/// How a request begins (FCGI_BEGIN_REQUEST, FastCGI 1.0 section 5.1).
struct FastCGIBeginning: Sendable, Equatable {
    /// Nil for a role that there is not.
    var role: FastCGIRole?
    /// Whether the connection goes on behind the answer (FCGI_KEEP_CONN).
    var keepsConnection: Bool

    static let size = 8

    init(role: FastCGIRole?, keepsConnection: Bool) {
        self.role = role
        self.keepsConnection = keepsConnection
    }

    init?(_ content: ByteBuffer) {
        guard content.readableBytes == Self.size,
            let role = content.getInteger(at: content.readerIndex, as: UInt16.self),
            let flags = content.getInteger(at: content.readerIndex + 2, as: UInt8.self)
        else { return nil }
        self.init(role: FastCGIRole(rawValue: role), keepsConnection: flags & 1 != 0)
    }

    var content: ByteBuffer {
        var content = ByteBuffer()
        content.writeMultipleIntegers(role?.rawValue ?? 0, UInt8(keepsConnection ? 1 : 0), UInt8(0), UInt32(0))
        return content
    }
}
