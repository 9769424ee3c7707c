import Dispatch
import Glibc

/// A client over a plain socket that sends and reads exactly what a test says. Its blocking calls run on a queue of its own.
final class RawClient: Sendable {
    private let descriptor: CInt
    private let queue = DispatchQueue(label: "raw-client")

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to a port of this machine.
    ///
    /// - Parameter receiveBuffer: the socket's buffer in bytes, where a test needs a client that soon takes no more.
    init(port: Int, receiveBuffer: CInt? = nil) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        }
        // The layout of sockaddr_in, whose members the compiler takes for NIO's in some orders of compilation.
        var address = (sa_family_t(AF_INET), in_port_t(port).bigEndian, UInt32(0x7F00_0001).bigEndian, UInt64(0))
        try connect(&address, size: MemoryLayout.size(ofValue: address))
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        try connect(&address, size: MemoryLayout<sockaddr_un>.size)
    }

    private func connect<Address>(_ address: inout Address, size: Int) throws {
        // Only so that a broken server ends a test instead of hanging it.
        // All tests run at once: on a slow machine the longest keep the others waiting for a minute.
        var patience = timeval(tv_sec: 180, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, socklen_t(size)) }
        }
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { _ = Glibc.close(descriptor) }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await onQueue { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let result = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard result > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
                sent += result
            }
        }
    }

    /// No more will be sent.
    func closeWrite() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Ends the connection with a reset.
    func reset() {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        _ = Glibc.connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// The next bytes; empty at the end.
    func read(upTo count: Int = 65_536) async throws -> [UInt8] {
        try await onQueue { [descriptor] in
            var bytes = [UInt8](repeating: 0, count: count)
            let result = recv(descriptor, &bytes, count, 0)
            guard result >= 0 else { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
            return Array(bytes.prefix(result))
        }
    }

    /// Everything until the server closes.
    func readToEnd() async throws -> String {
        var all: [UInt8] = []
        while true {
            let bytes = try await read()
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    /// Reads until the text is there, and returns all that was read.
    func read(until text: String) async throws -> String {
        var all: [UInt8] = []
        while true {
            // One byte at a time: what follows is left for the next call.
            let bytes = try await read(upTo: 1)
            if bytes.isEmpty { throw Failure(description: "closed after: \(String(decoding: all, as: UTF8.self))") }
            all += bytes
            if bytes.last == text.utf8.last, all.suffix(text.utf8.count).elementsEqual(text.utf8) {
                return String(decoding: all, as: UTF8.self)
            }
        }
    }

    struct Answer: Sendable {
        let head: String
        let body: String

        var status: Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }

        func contains(field: String) -> Bool { head.contains("\r\n\(field)\r\n") }
    }

    /// One answer with a length, or without a body.
    func readAnswer(hasBody: Bool = true) async throws -> Answer {
        let head = try await read(until: "\r\n\r\n")
        let length = head.components(after: "Content-Length: ").flatMap { Int($0) } ?? 0
        var body: [UInt8] = []
        while hasBody, body.count < length {
            let bytes = try await read(upTo: min(65_536, length - body.count))
            if bytes.isEmpty { throw Failure(description: "closed after \(body.count) of \(length) bytes") }
            body += bytes
        }
        return Answer(head: head, body: String(decoding: body, as: UTF8.self))
    }

    func get(_ path: String, fields: String = "") async throws -> Answer {
        try await send("GET \(path) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n")
        return try await readAnswer()
    }
}

extension String {
    fileprivate func components(after name: String) -> Substring? {
        guard let start = range(of: name) else { return nil }
        return self[start...].prefix { $0 != "\r\n" && $0 != "\r" }
    }

    private func range(of text: String) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
