import FoundationEssentials
import Glibc
import MartletPolicies
import MartletSettings

/// Why a policy cannot be had, and which of its settings would put it right.
struct PolicyProblem: Error {
    let key: String
    let description: String
}

/// A text that a policy needs: a page, or a list of users.
enum PolicyFile {
    /// Far more than a page of words, and they are kept in memory.
    static let largest = 1 << 20

    /// - Throws: ``PolicyError`` with the reason, to be put after the path.
    static func text(of path: String) throws(PolicyError) -> String {
        switch FileSystem.kind(of: path) {
        case .file: break
        case .folder: throw PolicyError("it is a folder, not a file")
        case .missing: throw PolicyError("there is no such file")
        case .forbidden(let reason): throw PolicyError("it cannot be reached: \(reason)")
        }
        guard FileSystem.size(of: path) ?? 0 <= largest else { throw PolicyError("it is larger than 1 MB") }
        guard let data = FileManager.default.contents(atPath: path) else {
            let reason = access(path, R_OK) == 0 ? "" : ": \(String(cString: strerror(errno)))"
            throw PolicyError("it cannot be read\(reason)")
        }
        guard data.count <= largest else { throw PolicyError("it is larger than 1 MB") }
        guard let text = String(validating: data, as: UTF8.self) else { throw PolicyError("it is no text in UTF-8") }
        return text
    }
}
