import ArgumentParser
import Glibc
import MartletBytes
import MartletSettings

/// Asks a running server over its control socket.
struct ControlClient {
    /// There is none, or more than one: what runs is nothing that the command line has wrong.
    struct NotChosen: Error, CustomStringConvertible {
        let description: String
    }

    /// Which server: chosen by `--pid`, or the only one that runs. After an upgrade it is the process that serves, while the former
    /// one finishes what it has.
    static func choose(_ wanted: Int32?) throws -> pid_t {
        let running = ControlSocket.servers()
        if let wanted {
            guard running.contains(wanted) || ControlSocket.formerServers().contains(wanted) else {
                throw NotChosen(description: "No server of yours has the process id \(wanted). \(describe(running))")
            }
            return wanted
        }
        guard running.count == 1, let only = running.first else {
            throw NotChosen(
                description: running.isEmpty ? describe(running) : "\(describe(running)) Choose one with --pid."
            )
        }
        return only
    }

    private static func describe(_ running: [pid_t]) -> String {
        running.isEmpty
            ? "No server of yours is running, or it could not make its socket in \(ControlSocket.folder)."
            : "These run: \(running.map(String.init).joined(separator: ", "))."
    }

    /// Has something done, and prints what comes of it.
    ///
    /// - Throws: also if it is refused.
    static func order(_ pid: pid_t, _ line: String) throws {
        let answer = try ask(pid, line)
        let text = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            StandardError.write("Error: \(text)")
            throw ProgramExit.failure.code
        }
        print(text, terminator: "")
    }

    /// One request; the status code and the body.
    static func ask(_ pid: pid_t, _ line: String) throws -> (status: Int, body: [UInt8]) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ControlFailure(pid: pid) }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(ControlSocket.path(of: pid).utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { throw ControlFailure(pid: pid) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw ControlFailure(pid: pid) }
        let request = Array("\(line) HTTP/1.1\r\nHost: martlet\r\nConnection: close\r\n\r\n".utf8)
        guard write(descriptor, request, request.count) == request.count else { throw ControlFailure(pid: pid) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        guard answer.count > 12, let status = Int(String(decoding: answer[9..<12], as: UTF8.self)),
            let end = answer.firstRange(of: Array("\r\n\r\n".utf8))
        else { throw ControlFailure(pid: pid) }
        return (status, Array(answer[end.upperBound...]))
    }
}

struct ControlFailure: Error, CustomStringConvertible {
    let pid: pid_t
    var description: String { "The server with process id \(pid) does not answer on \(ControlSocket.path(of: pid))." }
}
