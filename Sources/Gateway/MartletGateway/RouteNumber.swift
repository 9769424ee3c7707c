/// Which route of a server a request belongs to, for those who count and log: an index into the server's list of their names.
package struct RouteNumber: Sendable, Hashable {
    package let index: Int

    package init(index: Int) { self.index = index }

    /// No route has it: it was refused before, or no site or route fits.
    package static let none = RouteNumber(index: 0)
    /// Somebody asks whether the server is ready.
    package static let health = RouteNumber(index: 1)
}
