import FoundationEssentials
import Glibc

/// A folder that is removed with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var name = Array("/tmp/martlet-proxy-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw Failed() }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func write(_ name: String, _ text: String) {
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    func makeFolder(_ name: String) { mkdir("\(path)/\(name)", 0o755) }

    func link(_ name: String, to target: String) { symlink(target, "\(path)/\(name)") }


    deinit { try? FileManager.default.removeItem(atPath: path) }

    private struct Failed: Error {}
}
