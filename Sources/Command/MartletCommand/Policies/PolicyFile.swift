import MartletBytes
import MartletPolicies

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
        let data: [UInt8]
        do throws(RegularFile.Problem) {
            data = try RegularFile.read(path, atMost: largest)
        } catch {
            throw PolicyError(error == .tooLarge ? "it is larger than 1 MB" : "\(error)")
        }
        guard let text = String(validating: data, as: UTF8.self) else { throw PolicyError("it is no text in UTF-8") }
        return text
    }
}
