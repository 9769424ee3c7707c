import Foundation
import MartletCGI

/// What real servers have sent, in `Tests/Corpus/cgi`: blocks of lines `NAME=VALUE`, and before each what is to become of it.
struct PeerRequest: Sendable, CustomStringConvertible {
    let peer: String
    let mount: String
    let path: String
    let query: String
    let lines: [(name: String, value: String)]

    var description: String { "\(peer): \(lines.first { $0.name == "REQUEST_URI" }?.value ?? "")" }

    var carrier: CGIProtocol {
        CGIProtocol.allCases.first { peer.contains($0.rawValue) } ?? .scgi
    }

    func variables() throws -> CGIVariables {
        var variables = CGIVariables()
        for line in lines { try variables.append(text: line.name, line.value) }
        return variables
    }

    static let all: [PeerRequest] = {
        let folder = URL(filePath: "\(#filePath)").deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/cgi")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name in
            let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
            return text.components(separatedBy: "\n\n").compactMap { PeerRequest(String(name.dropLast(4)), $0) }
        }
    }()

    private init?(_ peer: String, _ block: String) {
        let lines = block.split(separator: "\n")
        guard let first = lines.first, first.hasPrefix("> ") else { return nil }
        let expected = first.split(separator: "\"", omittingEmptySubsequences: false)
        guard expected.count == 7 else { return nil }
        self.peer = peer
        (mount, path, query) = (String(expected[1]), String(expected[3]), String(expected[5]))
        self.lines = lines.dropFirst().map { line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }
}

extension CGIVariables {
    mutating func append(text name: String, _ value: String) throws {
        let (name, value) = (Array(name.utf8), Array(value.utf8))
        try name.withUnsafeBytes { name in
            try value.withUnsafeBytes { try append(name: name, value: $0) }
        }
    }

    init(_ pairs: [(String, String)]) throws {
        self.init()
        for (name, value) in pairs { try append(text: name, value) }
    }
}
