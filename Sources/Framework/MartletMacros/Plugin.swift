#if Decorators
internal import SwiftCompilerPlugin
internal import SwiftSyntaxMacros

/// What the compiler starts to expand the decorators.
@main struct Plugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [RouteMacro.self]
}
#else
/// Without the trait there is nothing to expand, and swift-syntax is not there; a program needs a beginning all the same.
@main enum Plugin {
    static func main() {}
}
#endif
