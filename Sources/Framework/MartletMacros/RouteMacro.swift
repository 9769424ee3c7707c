#if Decorators
internal import SwiftSyntax
internal import SwiftSyntaxMacros

/// `@GET`, `@POST`, …: puts a record beside a function, and a builder of its URL.
enum RouteMacro: PeerMacro {
    /// What is put beside a function is laid out as it is made; to do that again takes as long as all the rest.
    static let formatMode = FormatMode.disabled

    static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) -> [DeclSyntax] {
        do throws(RouteFault) {
            let decorator = try Decorator(node)
            let function = try RouteFunction(declaration, decorator, within: context.lexicalContext)
            var check = RouteCheck(decorator, function)
            let arguments = check.arguments()
            guard check.faults.isEmpty else {
                for fault in check.faults { context.diagnose(fault.diagnostic) }
                return []
            }
            return RouteExpansion(decorator, function, arguments, in: context).declarations
        } catch {
            context.diagnose(error.diagnostic)
            return []
        }
    }
}
#endif
