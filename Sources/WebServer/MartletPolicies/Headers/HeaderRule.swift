import HTTPTypes
import MartletBytes
import MartletGateway

/// One rule for fields of a name.
package struct HeaderRule: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// This line instead of all others.
        case set(String)
        /// Another line.
        case add(String)
        /// This line unless there is one.
        case `default`(String)
        case remove
    }

    /// Which heads a rule is for.
    package enum Side: Sendable {
        case request
        case response
    }

    package let name: String
    package let action: Action

    /// - Throws: ``PolicyError`` for what must not be sent, or is not for a rule to decide.
    package init(_ action: Action, _ name: String, in side: Side) throws(PolicyError) {
        guard !name.isEmpty, name.utf8.allSatisfy(FieldSyntax.isToken) else {
            throw PolicyError("\"\(name)\" is no name of a field: letters, digits and !#$%&'*+-.^_`|~ only")
        }
        switch action {
        case .set(let value), .add(let value), .default(let value):
            guard value.utf8.allSatisfy(FieldSyntax.isValue) else {
                throw PolicyError("the value of \(name) has a line break or another control character in it")
            }
        case .remove: break
        }
        let lowercased = name.lowercased()
        let role = FieldRole(name: name.utf8)
        if !role.isDisjoint(with: .aboutConnection) || role == .contentLength || Self.framing.contains(lowercased) {
            throw PolicyError(
                "\(name) is about the message or the connection, which the server answers for; leave it out"
            )
        }
        if side == .response, !role.isDisjoint(with: .defaulted), action == .remove {
            throw PolicyError("\(name) cannot be removed, since the server adds it last; set it to another value")
        }
        if side == .request, lowercased == "host" {
            throw PolicyError("Host says which site is meant; it cannot be changed here")
        }
        self.name = name
        self.action = action
    }

    /// What says how the body is cut off, encoded or expected, besides what ``FieldRole`` knows.
    private static let framing: Set<String> = ["expect", "http2-settings", "content-encoding", "content-range"]
}
