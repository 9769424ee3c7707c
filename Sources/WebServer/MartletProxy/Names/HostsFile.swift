import Glibc
import MartletBytes

/// The names of /etc/hosts (hosts(5)).
struct HostsFile: Sendable {
    private let lines: [(address: String, names: [[UInt8]])]

    /// Those of the system, as they are now; none where the file cannot be read.
    static func current(_ path: String = "/etc/hosts") -> HostsFile { HostsFile(read(path)) }

    init(_ text: [UInt8]) {
        lines = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let said = line.prefix { $0 != UInt8(ascii: "#") }
            let words = said.split { ASCII.isBlank($0) || $0 == UInt8(ascii: "\r") }
            guard let address = words.first, words.count > 1 else { return nil }
            return (String(decoding: address, as: UTF8.self), words.dropFirst().map { $0.map(ASCIICase.lowercased) })
        }
    }

    /// The addresses of a name, in their order.
    func addresses(of name: String) -> [String] {
        let name = name.utf8.map(ASCIICase.lowercased)
        return lines.filter { $0.names.contains(name) }.map(\.address)
    }

    /// Larger ones are lists of names that are to have no address, of which nobody names an upstream.
    private static let largest = 1 << 20

    private static func read(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return [UInt8](unsafeUninitializedCapacity: largest) { memory, count in
            while count < largest, let start = memory.baseAddress {
                let got = Glibc.read(file, start + count, largest - count)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                count += got
            }
        }
    }
}
