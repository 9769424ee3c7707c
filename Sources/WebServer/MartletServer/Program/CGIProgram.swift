import Glibc
import MartletBytes
import MartletCGI
import NIOCore

/// A process that a web server has started for one request, as a CGI program (RFC 3875): the request is in its environment and
/// at standard input, the answer goes to standard output.
///
/// The rules:
///
/// 1. Standard output is the answer's alone. Whatever else this process or its children write there goes to standard
///    error, which web servers have in their log; standard input is nobody's but the body's.
/// 2. Children do not inherit what a client may have chosen: `HTTP_PROXY` would be their proxy (httpoxy, CVE-2016-5387).
/// 3. Of standard input no more is read than the length that was said (section 4.2): it may never end.
package struct CGIProgram: Sendable {
    /// As SCGI carries it.
    let head: ByteBuffer
    /// How many bytes the body has; nil for as many as there are.
    let bodyLength: Int?
    let input: CInt
    let output: CInt

    /// Whether a web server has started this process for one request. Nobody else has both variables in an environment: those
    /// of header fields, which a client chooses, begin with `HTTP_`.
    package static var isThisProcess: Bool {
        text("GATEWAY_INTERFACE").starts(with: "CGI/".utf8) && !text("REQUEST_METHOD").isEmpty
    }

    /// QUERY_STRING of the request that this process was started for.
    package static var query: String { String(decoding: text("QUERY_STRING"), as: UTF8.self) }

    /// Takes the request out of the environment, and standard input and output. To be called once, while no other
    /// thread reads the environment.
    package static func take() throws(CGIProgramError) -> CGIProgram {
        guard !text("REQUEST_METHOD").isEmpty else { throw .noRequest }
        let environment = entries()
        var head = ByteBuffer()
        do {
            // Whether they are too many, the server says: then there is somebody to answer.
            let all = CGIVariables.Limits(bytes: Int(Int32.max), count: .max)
            try SCGIHeaders.write(try CGIVariables(environment: environment, limits: all), into: &head)
        } catch {
            throw .unreadable
        }
        let length = bodyLength(text("CONTENT_LENGTH"), isChunked: !text("HTTP_TRANSFER_ENCODING").isEmpty)
        for entry in environment {
            let name = entry.prefix { $0 != UInt8(ascii: "=") }
            if CGIVariables.isOfRequest(name) { unsetenv(String(decoding: name, as: UTF8.self)) }
        }
        return CGIProgram(
            head: head,
            bodyLength: length,
            input: try withdraw(STDIN_FILENO, replacement: open("/dev/null", O_RDONLY | O_CLOEXEC)),
            output: try withdraw(STDOUT_FILENO, replacement: fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))
        )
    }

    /// What is wrong with a length is for the server to say.
    private static func bodyLength(_ text: [UInt8], isChunked: Bool) -> Int? {
        if text.isEmpty { return isChunked ? nil : 0 }
        return DecimalText.value(of: text) ?? 0
    }

    /// Moves a descriptor to a number that children do not inherit.
    private static func withdraw(_ number: CInt, replacement: CInt) throws(CGIProgramError) -> CInt {
        let moved = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard moved >= 0, replacement >= 0, dup2(replacement, number) >= 0 else {
            throw .noDescriptor(reason: String(cString: strerror(errno)))
        }
        close(replacement)
        return moved
    }

    private static func text(_ name: String) -> [UInt8] {
        getenv(name).map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
    }

    /// Linux lets an environment and its arguments have 6 MB at most (execve(2)).
    private static let mostBytes = 6 << 20

    /// As the process was started with: nobody changes it meanwhile.
    private static func entries() -> [[UInt8]] {
        let file = open("/proc/self/environ", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < mostBytes {
            let count = read(file, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes.split(separator: 0).map(Array.init)
    }
}

/// Why a process cannot answer a request as a CGI program.
package enum CGIProgramError: Error, Equatable, CustomStringConvertible {
    case noRequest
    case unreadable
    case noDescriptor(reason: String)

    package var description: String {
        switch self {
        case .noRequest:
            "There is no request: a web server says it in variables such as REQUEST_METHOD (RFC 3875) and starts this program "
                + "for each. To try it: REQUEST_METHOD=GET REQUEST_URI=/ before the command."
        case .unreadable: "The variables of the request cannot be read."
        case .noDescriptor(let reason): "Standard input or output cannot be used: \(reason)."
        }
    }
}
