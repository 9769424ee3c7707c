/// A call on a stack.
package struct StackFrame: Sendable, Equatable {
    /// The name of the function.
    package var function: String
    /// With the place as the person knows it: "app.py:12".
    package var excerpt: Excerpt
    /// Whether it is of the application, and not of a library.
    package var isOwn: Bool

    package init(function: String, excerpt: Excerpt, isOwn: Bool) {
        self.function = function
        self.excerpt = excerpt
        self.isOwn = isOwn
    }
}
