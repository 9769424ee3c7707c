internal import FoundationEssentials
internal import NIOCore

/// A row of the table: a request, and what every pair of server and application must answer.
public struct ConformanceCase: Sendable, CustomStringConvertible {
    /// What an answer must be like.
    public enum Expectation: Sendable {
        case status(Int)
        case body(String)
        /// A prefix of the body; for answers that are cut off.
        case bodyPrefix(String)
        /// A text that the body must not contain.
        case bodyWithout(String)
        /// The values of a field, one for each line.
        case header(String, [String])
        /// A member of the JSON body; dots separate nested keys.
        case json(String, String, or: String? = nil)
        /// The connection was cut, so that the answer cannot be taken for complete.
        case aborted
    }

    public let name: String
    public let request: ConformanceRequest
    public let expectations: [Expectation]

    init(_ name: String, _ request: ConformanceRequest, _ expectations: Expectation...) {
        self.name = name
        self.request = request
        self.expectations = expectations
    }

    public var description: String { name }

    /// Sends the request and compares.
    ///
    /// - Returns: what is wrong with the answer, as sentences; empty if nothing is.
    public func check(_ target: some ConformanceTarget) async -> [String] {
        let response: ConformanceResponse
        do { response = try await target.send(request) } catch { return ["There was no answer: \(error)"] }
        var faults = expectations.compactMap { fault($0, response) }
        let mayAbort = expectations.contains { if case .aborted = $0 { true } else { false } }
        if !mayAbort, !response.isComplete { faults.append("The answer was cut off.") }
        return faults
    }

    private func fault(_ expectation: Expectation, _ response: ConformanceResponse) -> String? {
        switch expectation {
        case .status(let status):
            guard response.status != status else { return nil }
            return "The status is \(response.status), not \(status): \(response.text.prefix(200))"
        case .body(let body):
            return response.text == body ? nil : "The body is \(Self.shown(response.text)), not \(Self.shown(body))."
        case .bodyPrefix(let text):
            return response.text.hasPrefix(text)
                ? nil : "The body begins with \(Self.shown(response.text)), not \(Self.shown(text))."
        case .bodyWithout(let text):
            return response.text.contains(text) ? "The body gives away \"\(text)\"." : nil
        case .header(let name, let values):
            return response.values(name) == values ? nil : "\(name) is \(response.values(name)), not \(values)."
        case .json(let path, let value, let other):
            let actual = Self.member(path, of: response)
            return actual == value || (other != nil && actual == other)
                ? nil : "\(path) is \(actual ?? "missing"), not \(value)."
        case .aborted:
            return response.isComplete ? "The broken answer ended as if it were whole." : nil
        }
    }

    private static func shown(_ text: String) -> String {
        text.utf8.count > 100 ? "\"\(text.prefix(100))…\" (\(text.utf8.count) bytes)" : "\"\(text)\""
    }

    /// The objects of the table hold strings and objects only.
    private static func member(_ path: String, of response: ConformanceResponse) -> String? {
        var value = try? JSONDecoder().decode(Tree.self, from: Data(response.body.readableBytesView))
        for key in path.split(separator: ".") {
            guard case .object(let members) = value else { return nil }
            value = members[String(key)]
        }
        guard case .text(let text) = value else { return nil }
        return text
    }

    private enum Tree: Decodable {
        case text(String)
        case object([String: Tree])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .object(try container.decode([String: Tree].self))
            }
        }
    }
}
