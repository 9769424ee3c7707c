#if Decorators
internal import SwiftDiagnostics
internal import SwiftSyntax

/// What is wrong with a decorated function, where, and what would be right.
struct RouteFault: Error {
    let node: Syntax
    let message: String
    let corrections: [Correction]

    /// A change that an editor offers.
    struct Correction {
        let title: String
        let old: Syntax
        let new: Syntax

        init(_ title: String, _ old: some SyntaxProtocol, by new: some SyntaxProtocol) {
            self.title = title
            self.old = Syntax(old)
            self.new = Syntax(new)
        }
    }

    init(_ node: some SyntaxProtocol, _ message: String, _ corrections: [Correction] = []) {
        self.node = Syntax(node)
        self.message = message
        self.corrections = corrections
    }

    var diagnostic: Diagnostic {
        Diagnostic(
            node: node,
            message: Message(message: message),
            // A piece that is written with spaces is not found again, and nothing would change.
            fixIts: corrections.filter { $0.old.description != $0.new.description }.map { correction in
                FixIt(
                    message: Message(message: correction.title),
                    changes: [.replace(oldNode: correction.old, newNode: correction.new)]
                )
            }
        )
    }

    private struct Message: DiagnosticMessage, FixItMessage {
        let message: String
        var diagnosticID: MessageID { MessageID(domain: "Martlet", id: "route") }
        var fixItID: MessageID { diagnosticID }
        var severity: DiagnosticSeverity { .error }
    }
}
#endif
